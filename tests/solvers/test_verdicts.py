"""When short steps are an answer, and when not."""

from types import SimpleNamespace

import numpy as np
import pytest

from solvers import Status
from solvers.methods.verdicts import verdict


def ended(step, taken, angle, cost=1.0, column=1.0, ratio=1.0, counts=True, radius=1.0):
    """The status of an unknown of size 1, cost 1, that made this step to this cost."""
    before = SimpleNamespace(
        x=np.ones((1, 1)), fun=np.ones(1), nit=np.zeros(1), scale=np.ones((1, 1)), radius=np.array([radius]),
        factor=np.full((1, 1, 1), column),
    )  # fmt: skip
    after = SimpleNamespace(
        **vars(before) | {"nit": np.full(1, taken), "fun": np.array([cost if taken else 1.0])}
    )
    trial = SimpleNamespace(step=np.full((1, 1), step), length=np.full(1, step))
    arrays = (np.full(1, value) for value in (cost, ratio, angle, counts))
    return Status(verdict(SimpleNamespace(ftol=1e-8, xtol=1e-8, gtol=1e-8), before, after, trial, *arrays)[0])


@pytest.mark.parametrize(
    ("status", "tick"),
    [
        (Status.RUNNING, {"step": 0.1, "taken": True, "angle": 0.1, "cost": 0.9}),
        (Status.COST, {"step": 0.1, "taken": True, "angle": 1e-5, "cost": 1 - 1e-9}),
        (Status.RUNNING, {"step": 0.1, "taken": True, "angle": 1e-3, "cost": 1 - 1e-9}),  # it was cut short
        (Status.RUNNING, {"step": 0.1, "taken": True, "angle": 1e-5, "cost": 1 - 1e-9, "ratio": 0.1}),
        (Status.RUNNING, {"step": 0.1, "taken": True, "angle": 1e-5, "cost": 1 - 1e-9, "counts": False}),
        (Status.STEP, {"step": 1e-9, "taken": True, "angle": 1e-5, "cost": 0.9}),
        (Status.RUNNING, {"step": 1e-9, "taken": True, "angle": 0.1, "cost": 0.9}),  # it was cut short
        (
            Status.STEP,
            {"step": 1e-9, "taken": True, "angle": 0.1, "cost": 0.9, "column": 1e6},
        ),  # no residuals
        (Status.COST_AND_STEP, {"step": 1e-9, "taken": True, "angle": 1e-5, "cost": 1 - 1e-9}),
        (Status.STALLED, {"step": 1e-9, "taken": False, "angle": 0.1, "cost": 2.0, "radius": 1e-9}),
        (Status.RUNNING, {"step": 1e-9, "taken": False, "angle": 0.1, "cost": 2.0}),
        (
            Status.STEP,
            {"step": 1e-9, "taken": False, "angle": 1.0, "cost": 1.0, "column": 1e-6, "radius": 1e-9},
        ),
        (Status.GRADIENT, {"step": 0.1, "taken": True, "angle": 1e-9, "cost": 0.9}),
        (Status.COST, {"step": 0.1, "taken": True, "angle": 0.1, "cost": 0.0}),
    ],
)
def test_ticks(status, tick):
    assert ended(**tick) is status
