"""Constraints in any of SciPy's forms, as one function between bounds: ``least <= values(x) <= most``."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from solvers.arrays import Array, BoolArray
from solvers.evaluation.differences import SCHEMES
from solvers.quasi_newton import strategy_of


class Piece(NamedTuple):
    """One constraint as it was given: functions of x, or of rows of x, and its arguments."""

    values: Callable[..., Any]
    jacobian: Callable[..., Any] | None  # None: by differences
    curvature: Any  # of x and multipliers; the name of a scheme, or an update
    least: Any
    most: Any
    scheme: str = "2-point"
    relative_step: Any = None
    args: tuple[Any, ...] | None = None  # of its own
    linear: bool = False


def pieces_of(constraints: Any) -> list[Piece]:
    """Look at each constraint.

    Raises
    ------
    ValueError, KeyError, TypeError
        As SciPy's, for what is no constraint.
    """
    if constraints is None:
        return []
    if isinstance(constraints, dict) or hasattr(constraints, "lb"):
        constraints = [constraints]
    return [_piece(i, constraint) for i, constraint in enumerate(constraints)]


def _piece(index: int, given: Any) -> Piece:
    if hasattr(given, "A"):
        return _linear(given)
    if hasattr(given, "lb"):
        jac, scheme = (given.jac, "2-point") if callable(given.jac) else (None, given.jac)
        if scheme not in SCHEMES:
            raise ValueError(f"`jac` must be either callable or one of {SCHEMES}, got {scheme!r}")
        return Piece(given.fun, jac, given.hess, given.lb, given.ub, scheme, given.finite_diff_rel_step)
    if not isinstance(given, Mapping):
        raise TypeError("Constraints must be a sequence of dictionaries.")
    if "type" not in given:
        raise KeyError(f"Constraint {index} has no type defined.")
    kind = given["type"]
    if not isinstance(kind, str):
        raise TypeError("Constraint's type must be a string.")
    if kind.lower() not in ("eq", "ineq"):
        raise ValueError(f"Unknown constraint type '{kind}'.")
    if "fun" not in given:
        raise ValueError(f"Constraint {index} has no function defined.")
    jac, args = given.get("jac"), given.get("args")
    most = 0.0 if kind.lower() == "eq" else np.inf
    return Piece(
        given["fun"],
        jac if callable(jac) else None,
        None,
        0.0,
        most,
        jac if jac in SCHEMES else "2-point",
        args=None if args is None else tuple(args) if isinstance(args, (tuple, list)) else (args,),
    )


def _linear(given: Any) -> Piece:
    matrix = given.A.toarray() if hasattr(given.A, "toarray") else np.atleast_2d(np.asarray(given.A, float))
    n = matrix.shape[1]

    def values(x: Array, *_: Any) -> Array:
        # Not a product of matrices, whose sums depend on how many rows there are.
        sums: Array = (matrix * x[..., None, :]).sum(axis=-1)
        return sums

    def jacobian(x: Array, *_: Any) -> Array:
        return np.broadcast_to(matrix, (*x.shape[:-1], *matrix.shape))

    def curvature(x: Array, *_: Any) -> Array:
        return np.zeros((*x.shape[:-1], n, n))

    return Piece(values, jacobian, curvature, given.lb, given.ub, linear=True)


class ConstraintFunctions(NamedTuple):
    """All constraints of problems."""

    values: Callable[..., Any]  # (x, *args) -> (m,)
    known: BoolArray  # (m,) whose derivatives are given
    jacobian: Callable[..., Any]  # (x, *args) -> (known, n)
    curvature: (
        Callable[..., Any] | None
    )  # (x, multipliers, *args) -> (n, n); None where one does not know its own
    least: Array  # (m,)
    most: Array  # (m,)
    scheme: str
    relative_step: Any
    update: Any  # the quasi-Newton update of the curvature that was asked for, or None
    sizes: list[int]  # of each constraint


class Probe(NamedTuple):
    """Where functions may be tried."""

    x: Array  # (n,), or (1, n) for functions of rows
    args: tuple[Any, ...]


def joined(pieces: Sequence[Piece], probes: Iterable[Probe]) -> ConstraintFunctions:
    """Make one vector function of constraints.

    Parameters
    ----------
    pieces
        The constraints, at least one.
    probes
        Starts and what constraints are called with, but for those that have arguments of their own. The sizes
        of constraints show at the first where none raises; where all do, limits have them.
    """
    sizes = _sizes(pieces, probes)
    ends = np.cumsum([0, *sizes])

    def values(x: Array, *rest: Any) -> Array:
        found = (_called(piece.values, piece, x, rest=rest) for piece in pieces)
        return np.concatenate(
            [np.reshape(part, (*x.shape[:-1], size)) for part, size in zip(found, sizes, strict=True)],
            axis=-1,
        )

    def jacobian(x: Array, *rest: Any) -> Array:
        parts = [np.empty((*x.shape[:-1], 0, x.shape[-1]))]
        for piece, size in zip(pieces, sizes, strict=True):
            if piece.jacobian is not None:
                found = _called(piece.jacobian, piece, x, rest=rest)
                found = found.toarray() if hasattr(found, "toarray") else found
                parts.append(np.reshape(found, (*x.shape[:-1], size, x.shape[-1])))
        return np.concatenate(parts, axis=-2)

    def curvature(x: Array, multipliers: Array, *rest: Any) -> Array:
        total = np.zeros((*x.shape[:-1], x.shape[-1], x.shape[-1]))
        for piece, begin, end in zip(pieces, ends, ends[1:], strict=False):
            found = _called(piece.curvature, piece, x, multipliers[..., begin:end], rest=rest)
            total += found.toarray() if hasattr(found, "toarray") else np.asarray(found)
        return total

    def spread(name: str) -> Array:
        limits = [np.asarray(getattr(piece, name), dtype=float) for piece in pieces]
        each = max(
            [limit.shape[:-1] for limit in limits], key=len
        )  # (B,) where a piece has each problem's own
        shaped = [np.broadcast_to(limit, (*each, size)) for limit, size in zip(limits, sizes, strict=True)]
        return np.concatenate(shaped, axis=-1)

    nonlinear = [piece for piece in pieces if not piece.linear]
    known = [np.full(size, piece.jacobian is not None) for piece, size in zip(pieces, sizes, strict=True)]
    differenced = [piece for piece in nonlinear if piece.jacobian is None]
    updates = [
        piece.curvature for piece in nonlinear if piece.curvature is None or strategy_of(piece.curvature)
    ]
    return ConstraintFunctions(
        values,
        np.concatenate(known),
        jacobian,
        curvature if all(callable(piece.curvature) for piece in pieces) else None,
        spread("least"),
        spread("most"),
        differenced[0].scheme if differenced else "2-point",
        differenced[0].relative_step if differenced else None,
        updates[0] if updates else None,
        sizes,
    )


def _called(function: Callable[..., Any], piece: Piece, *inputs: Any, rest: tuple[Any, ...]) -> Any:
    return function(*inputs, *(rest if piece.args is None else piece.args))


def _sizes(pieces: Sequence[Piece], probes: Iterable[Probe]) -> list[int]:
    """How many values each constraint has."""
    for x, args in probes:
        try:
            values = [_called(piece.values, piece, x.copy(), rest=args) for piece in pieces]
        except Exception:  # it belongs to that problem, and is said of it when that is solved
            continue
        shapes = [np.shape(found) for found in values]
        return [math.prod(shape) if x.ndim == 1 or len(shape) == 1 else shape[-1] for shape in shapes]
    return [int(np.shape(piece.least)[-1]) if np.ndim(piece.least) else 1 for piece in pieces]
