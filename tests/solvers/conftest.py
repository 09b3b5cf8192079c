"""Every method that solves one problem alone keeps to its memory: what lies beside it stays as it was."""

from types import SimpleNamespace

import numpy as np
import pytest

from solvers.coroutines import alone

_MARGIN, _MARK = 128, 7.25


class _Guarded(SimpleNamespace):
    """NumPy, whose zeros have margins."""

    def __init__(self):
        super().__init__(whole=[])

    def __getattr__(self, name):
        return getattr(np, name)

    def zeros(self, size):
        whole = np.full(size + 2 * _MARGIN, _MARK)
        whole[_MARGIN:-_MARGIN] = 0.0
        self.whole.append(whole)
        return whole[_MARGIN:-_MARGIN]


@pytest.fixture(autouse=True)
def guarded(monkeypatch):
    """Fail where a method wrote beside its memory."""
    numpy = _Guarded()
    monkeypatch.setattr(alone, "np", numpy)
    yield
    for whole in numpy.whole:
        assert (whole[:_MARGIN] == _MARK).all(), "written before the memory of a problem"
        assert (whole[-_MARGIN:] == _MARK).all(), "written behind the memory of a problem"
