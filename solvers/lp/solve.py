"""Linear programs solved and proven: by the compiled simplex, or by HiGHS what is large or in trouble."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import BoolArray
from solvers.lp.answers import Answers, replace_rows, result
from solvers.lp.certificates import Certificates, certify, certify_one
from solvers.lp.faults import faults
from solvers.lp.highs import METHODS, TIGHT, HighsSolver
from solvers.lp.programs import Program, Programs, SparsePrograms
from solvers.lp.result import LinprogResult
from solvers.lp.simplex.solve import solve as simplex
from solvers.memory import keep_freed
from solvers.status import Status

#: Matrices with more entries, zeros counted, are left to HiGHS if fewer than this share are not zero, and
#: those with more than the second number always. On 400 x 800 HiGHS takes 7 times as long as the simplex
#: with all entries, 1.6 times with 3 %, 0.8 times with 1 %; on 800 x 1600 with 10 % it takes 5 times as long.
LARGE, LARGEST, SHARE = 200_000, 2_000_000, 0.05

Basis = NDArray[np.int8]


def fits(m: int, n: int, nonzeros: int = 0) -> bool:
    """Whether the simplex is for problems of this shape with at least so many entries that are not zero."""
    entries = m * n
    return entries <= LARGE or (entries <= LARGEST and nonzeros >= SHARE * entries)


def check_options(method: str | None, maxiter: int | None) -> None:
    """Refuse a method that there is not, and a number of iterations that is none."""
    if method not in (None, "simplex", *METHODS):
        raise ValueError(f"got method {method!r}; use simplex, {', '.join(METHODS)}, or None to choose")
    if maxiter is not None and not (maxiter >= 0 and maxiter // 1 == maxiter):
        raise ValueError(f"got maxiter {maxiter!r}; give a whole number, 0 or more, or None for enough")


def solve_programs(
    programs: Programs | SparsePrograms,
    *,
    m_ub: int,
    method: str | None = None,
    basis: Basis | None = None,
    maxiter: int | None = None,
    time_limit: float | None = None,
) -> LinprogResult:
    """Solve linear programs of one shape.

    Parameters
    ----------
    programs
        B of them, any numbers.
    m_ub
        How many rows are inequalities; they come first.
    method
        ``simplex``, one of HiGHS's, or None: the simplex, and HiGHS where the problems are large or the
        simplex has no proof.
    basis
        (B or 1, n + m) where to start.
    maxiter
        Iterations a problem.
    time_limit
        Seconds a problem that HiGHS may take.

    Raises
    ------
    ValueError
        If there is no such method, or the iterations are no number of them.
    """
    check_options(method, maxiter)
    keep_freed()
    errors = faults(programs, m_ub)
    good = np.ones(programs.size, dtype=bool)
    good[list(errors)] = False
    left = programs.take(good) if errors else programs
    if isinstance(left, SparsePrograms) and _worth_dense(left, method):
        left = left.dense()
    answers, proofs = _solve(left, _Options(method, maxiter, time_limit), _cut(basis, good))
    if errors:
        answers, proofs = answers.spread(good), proofs.spread(good)
        answers.method[~good] = None
    return result(answers, proofs, programs.c, programs.row_lower, programs.row_upper, m_ub, errors)


def solve_program(program: Program, **options: Any) -> LinprogResult:
    """Solve one linear program, as `solve_programs` does with its options; the result has B = 1."""
    return solve_programs(program.batch(), **options)


class _Options(NamedTuple):
    method: str | None
    maxiter: int | None
    time_limit: float | None


def _worth_dense(programs: SparsePrograms, method: str | None) -> bool:
    """Whether they are for the simplex; so that nothing has to be said of none, those of none are."""
    by_choice = method is None and fits(*programs.A.shape, len(programs.A.data))
    return method == "simplex" or by_choice or programs.size == 0


def _solve(
    programs: Programs | SparsePrograms, options: _Options, basis: Basis | None
) -> tuple[Answers, Certificates]:
    if isinstance(programs, SparsePrograms) or (programs.size and options.method in METHODS):
        return _each_by_highs(programs, options, basis)
    suited = np.ones(programs.size, dtype=bool) if options.method else _suited(programs)
    left = programs if suited.all() else programs.take(suited)
    answers = _by_simplex(left, options.maxiter, _cut(basis, suited))
    proofs = certify(left, answers.status, answers.x, answers.y, answers.ray)
    if left is not programs:
        answers, proofs = answers.spread(suited), proofs.spread(suited)
    unproven = ~proofs.holds
    if options.maxiter is not None:
        unproven &= answers.status != Status.ITERATION_LIMIT
    if options.method is None and unproven.any():
        found, checked = _each_by_highs(programs.take(unproven), options, _cut(basis, unproven))
        replace_rows(answers, unproven, found)
        replace_rows(proofs, unproven, checked)
    return answers, proofs


def _suited(programs: Programs) -> BoolArray:
    """(B,) which problems are for the simplex."""
    m, n = programs.m, programs.n
    if fits(m, n):
        return np.ones(programs.size, dtype=bool)
    good = [fits(m, n, int(np.count_nonzero(matrix))) for matrix in programs.A]
    return np.broadcast_to(np.array(good, dtype=bool), programs.size)


def _cut(basis: Basis | None, rows: BoolArray) -> Basis | None:
    """The bases of these rows; one for all stays one."""
    return basis if basis is None or len(basis) == 1 else basis[rows]


def _by_simplex(programs: Programs, maxiter: int | None, basis: Basis | None) -> Answers:
    limit = 100 + 20 * (programs.m + programs.n) if maxiter is None else maxiter
    return Answers(*simplex(programs, basis, limit), np.full(programs.size, "simplex", dtype=object))


def _each_by_highs(
    programs: Programs | SparsePrograms, options: _Options, basis: Basis | None
) -> tuple[Answers, Certificates]:
    bases = repeat(None) if basis is None else np.broadcast_to(basis, (programs.size, basis.shape[1]))
    return _by_highs(map(programs.one, range(programs.size)), options, bases)


def _by_highs(
    programs: Iterable[Program], options: _Options, bases: Iterable[Basis | None]
) -> tuple[Answers, Certificates]:
    """Solve programs of one shape, one after the other."""
    limits: dict[str, Any] = {
        "simplex_iteration_limit": options.maxiter,
        "ipm_iteration_limit": options.maxiter,
    }
    limits |= {"time_limit": options.time_limit}
    method = options.method or "highs"
    given = {name: limit for name, limit in limits.items() if limit is not None}
    solver = HighsSolver(method, **TIGHT | given)
    answers, proofs = [], []
    for program, basis in zip(programs, bases, strict=False):
        found = solver.solve(program, basis)
        y = found.farkas if found.status == Status.INFEASIBLE else found.y
        codes = np.zeros(len(found.x) + len(y), np.int8) if found.basis is None else found.basis
        scalars = [np.int64(found.status)], [np.int64(found.nit)], np.array([method], dtype=object)
        status, nit, name = map(np.asarray, scalars)
        answers.append(Answers(status, found.x[None], y[None], found.ray[None], codes[None], nit, name))
        proofs.append(certify_one(program, found.status, found.x, y, found.ray))
    return Answers.concatenate(answers), Certificates.concatenate(proofs)
