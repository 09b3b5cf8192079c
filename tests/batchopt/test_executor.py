"""Tasks run, fail and are tried again; never more of them at once than the window allows."""

import threading

import pytest

from batchopt.errors import InputError, RunStoppedError
from batchopt.executor import MAX_ATTEMPTS, Failure, SyncExecutor, guarded, run_all


class Window(SyncExecutor):
    """Counts the tasks that are queued at once, and runs the newest first."""

    slots = 3

    def __init__(self):
        super().__init__()
        self.most = 0
        self.tags = []

    def submit(self, tag, function, *args):
        super().submit(tag, function, *args)
        self.tags.append(tag)
        self.most = max(self.most, len(self._queued))

    def wait(self):
        self._queued.rotate(1)
        return super().wait()


def test_results_come_in_the_order_of_the_arguments():
    window = Window()
    assert run_all(window, "squares", lambda x: x * x, [(i,) for i in range(20)]) == [
        i * i for i in range(20)
    ]
    assert window.most == 2 * window.slots
    assert len(set(window.tags)) == 20


def test_no_arguments_no_tasks():
    assert run_all(SyncExecutor(), "nothing", print, []) == []


def test_a_task_is_tried_again():
    calls = []

    def flaky(x):
        calls.append(x)
        if calls.count(x) < MAX_ATTEMPTS:
            raise RuntimeError("no luck")
        return x

    window = Window()
    assert run_all(window, "flaky", flaky, [(i,) for i in range(4)]) == [0, 1, 2, 3]
    assert sorted(calls) == sorted([*range(4)] * MAX_ATTEMPTS)
    assert len(set(window.tags)) == len(window.tags), "Dask takes a key that it knows for the same task"


def test_a_task_that_never_works_ends_the_run_with_its_traceback():
    def broken():
        raise RuntimeError("the disk is on fire")

    with pytest.raises(
        RunStoppedError, match=rf"(?s)counting failed {MAX_ATTEMPTS} times.*broken.*disk is on fire"
    ):
        run_all(SyncExecutor(), "counting", broken, [()])


def test_a_verdict_is_final():
    calls = []

    def refused():
        calls.append(1)
        raise InputError("input.path: empty")

    with pytest.raises(InputError, match=r"input\.path: empty"):
        run_all(SyncExecutor(), "counting", refused, [()])
    assert len(calls) == 1


def test_an_error_of_the_system_is_one_line():
    def full():
        raise OSError(28, "No space left on device", "parts/p")

    failure = guarded(full)
    assert failure == Failure("OSError: [Errno 28] No space left on device: 'parts/p'")


def test_an_interrupt_is_no_failure():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded(interrupted)


def test_sync_runs_here_and_only_when_waited_for():
    ran = []
    executor = SyncExecutor()
    executor.submit(("a", 1), lambda: ran.append(threading.get_ident()))
    assert ran == []
    assert executor.wait() == (("a", 1), None)
    assert ran == [threading.get_ident()]
