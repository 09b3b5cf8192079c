"""Remember the latest value only: a worker's next chunk mostly comes from the unit that it has just read."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A cache of one value, made once even if several threads ask for it at the same time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._key: Hashable = None
        self._future: Future[T] = Future()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value for `key`, from `make` unless it is the one asked for last."""
        with self._lock:
            mine = self._key != key
            if mine:
                self._key, self._future = key, Future()
            future = self._future
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
                self._forget(future)  # so that a second attempt really is one
        return future.result()

    def _forget(self, future: Future[T]) -> None:
        with self._lock:
            if self._future is future:
                self._key = None
