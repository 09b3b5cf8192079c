"""Families of linear programs to race on: dense ones, and transport and assignment problems."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LinearPrograms:
    """B linear programs of one shape, as `linprog_batch` takes them. A leading axis of 1 means: shared."""

    name: str
    size: int
    c: Array  # (B or 1, n)
    A_ub: Array  # (B or 1, m_ub, n)
    b_ub: Array  # (B or 1, m_ub)
    A_eq: Array  # (B or 1, m_eq, n)
    b_eq: Array  # (B or 1, m_eq)
    bounds: Array  # (n, 2)

    def __len__(self) -> int:
        return self.size

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and variables of a problem."""
        return self.A_ub.shape[1] + self.A_eq.shape[1], self.A_ub.shape[2]

    @property
    def same_matrix(self) -> bool:
        """Whether all have one matrix."""
        return len(self.A_ub) == len(self.A_eq) == 1

    def first(self, size: int) -> "LinearPrograms":
        """The first few of them."""
        size = min(size, self.size)
        parts = {name: getattr(self, name)[:size] for name in ("c", "A_ub", "b_ub", "A_eq", "b_eq")}
        return replace(self, size=size, **parts)

    def scipys(self, i: int) -> tuple[Any, ...]:
        """Problem i as the arguments of SciPy's `linprog`."""
        c, A_ub, b_ub, A_eq, b_eq = (
            part[i if len(part) > 1 else 0] for part in (self.c, self.A_ub, self.b_ub, self.A_eq, self.b_eq)
        )
        return c, A_ub, b_ub, A_eq, b_eq, self.bounds


def boxed(m: int, n: int, size: int, seed: int, *, same_matrix: bool = False) -> LinearPrograms:
    """Normal entries, a feasible point within the unit box, costs of both signs."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(1 if same_matrix else size, m, n))
    b = (A @ rng.uniform(size=(size, n, 1)))[:, :, 0] + rng.uniform(0.1, 1.0, (size, m))
    return _inequalities(f"boxed {m}x{n}", rng.normal(size=(size, n)), A, b, upper=1.0)


def packing(m: int, n: int, size: int, seed: int, *, same_matrix: bool = False) -> LinearPrograms:
    """Uniform positive entries and right-hand sides; everything earns something."""
    rng = np.random.default_rng(seed)
    A = rng.uniform(size=(1 if same_matrix else size, m, n))
    b = rng.uniform(1.0, 2.0, (size, m)) * n / 4
    return _inequalities(f"packing {m}x{n}", -rng.uniform(0.5, 1.5, (size, n)), A, b, upper=np.inf)


def transport(sources: int, sinks: int, size: int, seed: int) -> LinearPrograms:
    """What leaves each source is limited, what each sink receives is given; costs and amounts differ."""
    rng = np.random.default_rng(seed)
    demand = rng.uniform(1.0, 3.0, (size, sinks))
    shares = rng.uniform(0.5, 1.5, (size, sources))
    supply = 1.2 * demand.sum(axis=1, keepdims=True) * shares / shares.sum(axis=1, keepdims=True)
    leaving, arriving = _incidence(sources, sinks)
    cost = rng.uniform(1.0, 10.0, (size, sources * sinks))
    bounds = np.tile([0.0, np.inf], (sources * sinks, 1))
    name = f"transport {sources}x{sinks}"
    return LinearPrograms(name, size, cost, leaving, supply, arriving, demand, bounds)


def assignment(count: int, size: int, seed: int) -> LinearPrograms:
    """One task for each worker: every vertex is degenerate. Costs are small integers, with many ties."""
    rng = np.random.default_rng(seed)
    A = np.concatenate(_incidence(count, count), axis=1)
    cost = rng.integers(1, 20, (size, count**2)).astype(float)
    none = np.zeros((1, 0, count**2))
    bounds = np.tile([0.0, np.inf], (count**2, 1))
    name = f"assignment {count}x{count}"
    return LinearPrograms(name, size, cost, none, none[:, :, 0], A, np.ones((1, 2 * count)), bounds)


#: Families of dense problems of any shape.
DENSE: tuple[Callable[..., LinearPrograms], ...] = (boxed, packing)


def _inequalities(name: str, c: Array, A: Array, b: Array, upper: float) -> LinearPrograms:
    size, n = c.shape
    name += ", one matrix" if len(A) < size else ""
    none = np.zeros((1, 0, n))
    return LinearPrograms(name, size, c, A, b, none, none[:, :, 0], np.tile([0.0, upper], (n, 1)))


def _incidence(sources: int, sinks: int) -> tuple[Array, Array]:
    """Which flows (1, sources, flows) leave a source, and which (1, sinks, flows) arrive at a sink."""
    leaving = np.repeat(np.eye(sources), sinks, axis=1)
    arriving = np.tile(np.eye(sinks), sources)
    return leaving[np.newaxis], arriving[np.newaxis]
