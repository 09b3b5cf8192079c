"""The Netlib problems of `tests/data/netlib.parquet`, and copies of them with perturbed right-hand sides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import scipy.optimize
import scipy.sparse

from benchmarks.linear_programs import Array, LinearPrograms

FILE = Path(__file__).parents[1] / "tests" / "data" / "netlib.parquet"

#: How far a point moves, relative to its size, and the share of its zeros that do.
_PERTURBATION, _LEAVING = 0.02, 0.2


@dataclass(frozen=True)
class Netlib:
    """One problem as it is published."""

    problem: LinearPrograms  # B = 1
    feasible: bool


def read() -> dict[str, Netlib]:
    """All of them by name."""
    return {row["name"]: Netlib(_problem(row), row["expected"] == "optimal") for row in _rows()}


def perturbed(problem: LinearPrograms, size: int, seed: int) -> LinearPrograms:
    """B problems, feasible all: their right-hand sides are moved as a point near the optimum moves them.

    Variables move in proportion to their size, and some of those that may be zero leave zero, so that the
    vertex that was optimal is no longer feasible.
    """
    rng = np.random.default_rng(seed)
    x = scipy.optimize.linprog(*problem.scipys(0), method="highs").x
    lower, upper = problem.bounds.T
    shape = (size, len(x))
    leaving = np.abs(x).mean() * rng.uniform(size=shape) * (rng.random(shape) < _LEAVING)
    steps = _PERTURBATION * (x * rng.uniform(-1.0, 1.0, shape) + leaving)
    points = np.clip(x + steps, lower, upper)
    return LinearPrograms(
        problem.name,
        size,
        problem.c,
        problem.A_ub,
        problem.b_ub + (points - x) @ problem.A_ub[0].T,
        problem.A_eq,
        problem.b_eq + (points - x) @ problem.A_eq[0].T,
        problem.bounds,
    )


def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(FILE).to_pylist()
    return rows


def _problem(row: dict[str, Any]) -> LinearPrograms:
    n = len(row["c"])
    lower, upper = (
        np.array([unbounded if bound is None else bound for bound in row[side]])
        for side, unbounded in (("lower", -np.inf), ("upper", np.inf))
    )
    return LinearPrograms(
        row["name"],
        1,
        np.array([row["c"]]),
        _dense(row["A_ub"], n),
        np.array([row["b_ub"] or []]),
        _dense(row["A_eq"], n),
        np.array([row["b_eq"] or []]),
        np.column_stack([lower, upper]),
    )


def _dense(rows: dict[str, Any] | None, n: int) -> Array:
    """(1, m, n)."""
    if rows is None:
        return np.zeros((1, 0, n))
    parts = (rows["data"], rows["indices"], rows["indptr"])
    matrix: Array = scipy.sparse.csr_array(parts, shape=(len(rows["indptr"]) - 1, n)).toarray()
    return matrix[np.newaxis]
