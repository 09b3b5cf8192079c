"""HiGHS through one `highspy` object that is used again and again, in the signs and codes of this package.

A model goes over in one call that takes arrays, and comes back in two, so that little is spent beside the
solve. Every solve starts from an empty object: its answer does not depend on what was solved before it.
Where presolve has hidden why a program has no optimum, rays are asked for, or found by a program of their
own (`solvers.lp.rays`).

References
----------
Q. Huangfu, J. A. J. Hall, "Parallelizing the dual revised simplex method", Mathematical Programming
Computation 10 (2018) 119-142. https://highs.dev
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array
from solvers.lp.programs import Program
from solvers.lp.rays import cone, elastic, is_falling, is_farkas
from solvers.status import Status

#: What HiGHS calls the methods; its `choose` is the simplex method for linear programs.
METHODS = {"highs": "choose", "highs-ds": "simplex", "highs-ipm": "ipm"}
#: Options for answers whose certificates are to hold; by default the tolerances are 1e-7, and coefficients
#: up to 1e-9 are dropped.
TIGHT = {
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "small_matrix_value": 1e-12,
}

#: Numbers in HiGHS's interface: rows come compressed, the objective is minimized; a point is feasible.
_ROWWISE, _MINIMIZE, _FEASIBLE = 2, 1, 2
_MODEL_ERROR = 2
#: HiGHS's model status -> how the program ended; all others are `Status.NUMERICAL`.
_STATUSES = {
    7: Status.OPTIMAL,
    8: Status.INFEASIBLE,
    10: Status.UNBOUNDED,
    13: Status.TIME_LIMIT,
    14: Status.ITERATION_LIMIT,
    16: Status.ITERATION_LIMIT,  # of the nodes of a mixed-integer program
}
_DEFINITE = (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)


@dataclass(frozen=True)
class HighsAnswer:
    """What HiGHS says of one program; arrays are NaN where it says nothing."""

    #: OPTIMAL, INFEASIBLE and UNBOUNDED are HiGHS's word, within its tolerances.
    status: Status
    #: HiGHS's number for it, and its words.
    model_status: int
    message: str
    x: Array  # (n,) where UNBOUNDED, a feasible point
    row_value: Array  # (m,) A x
    y: Array  # (m,)
    z: Array  # (n,)
    farkas: Array  # (m,) where INFEASIBLE
    ray: Array  # (n,) where UNBOUNDED
    #: (n + m,) codes of `solvers.lp.programs`; None where there is none.
    basis: NDArray[np.int8] | None
    fun: float
    #: Iterations of the simplex method, of the interior-point method, and of its crossover to a vertex.
    simplex_nit: int
    ipm_nit: int
    crossover_nit: int
    mip_node_count: int
    mip_dual_bound: float
    mip_gap: float

    @property
    def nit(self) -> int:
        """Iterations of the method that solved it."""
        return self.simplex_nit or self.ipm_nit


class HighsSolver:
    """One HiGHS object with its options. Not for several threads at once.

    `options` are HiGHS's, by its names; `time_limit` counts for each solve.
    """

    def __init__(self, method: str = "highs", **options: Any) -> None:
        import highspy  # it loads a library: only when a program is solved with it

        if method not in METHODS:
            raise ValueError(f"method {method!r} is none of HiGHS's; use {', '.join(METHODS)}")
        self._highspy: Any = highspy
        self._highs: Any = highspy._core._Highs()  # highspy.Highs adds callbacks and expressions to it
        self._codes = [highspy.HighsBasisStatus(code) for code in range(4)]
        self._time_limit = np.inf
        quiet = {"output_flag": False, "threads": 1, "solver": METHODS[method]}
        for name, value in (quiet | options).items():
            if not self.set(name, value):
                raise ValueError(f"HiGHS takes no option {name} = {value!r}; see https://highs.dev")

    def set(self, name: str, value: Any) -> bool:
        """Set one of HiGHS's options, if it is one and takes the value."""
        try:
            done = bool(self._highs.setOptionValue(name, value) == self._highspy.HighsStatus.kOk)
        except TypeError:  # no number, truth value or text
            return False
        if done and name == "time_limit":
            self._time_limit = float(value)
        return done

    def solve(self, program: Program, basis: NDArray[np.int8] | None = None) -> HighsAnswer:
        """Solve one program, from a basis (n + m,) if there is one."""
        answer = self._attempt(program, basis)
        if program.integrality is not None:
            return answer
        answer = self._with_proof(program, answer)
        for presolve in ("off", "on"):
            if not _is_doubtful(answer):
                break
            with self._options(solver="simplex", presolve=presolve):
                again = self._with_proof(program, self._attempt(program))
            answer = again if again.status in _DEFINITE else answer
        return answer

    def _with_proof(self, program: Program, answer: HighsAnswer) -> HighsAnswer:
        """The answer to the program just solved, with a reason why there is no optimum, if one is found."""
        if answer.status not in {Status.INFEASIBLE, Status.UNBOUNDED}:
            return answer
        with self._options(solver="simplex"):  # interior points have no rays
            if answer.status == Status.UNBOUNDED:
                return self._unbounded(program, answer)
            return replace(answer, farkas=self._farkas(program))

    def _attempt(self, program: Program, basis: NDArray[np.int8] | None = None) -> HighsAnswer:
        if self._pass(program) == self._highspy.HighsStatus.kError:
            return replace(self._read(*program.A.shape), model_status=_MODEL_ERROR, message="Model error")
        if basis is not None:
            self._start_from(basis, program.A.shape[1])
        self._run()
        return self._read(*program.A.shape)

    def _farkas(self, program: Program) -> Array:
        """(m,) a proof that there is no feasible point; NaN if none is found."""
        _, found, ray = self._highs.getDualRay()  # solves again where presolve hid it
        if not (found and is_farkas(program, ray)):
            ray = self._attempt(elastic(program)).y
        return np.array(ray) if is_farkas(program, ray) else np.full_like(ray, np.nan)

    def _unbounded(self, program: Program, answer: HighsAnswer) -> HighsAnswer:
        """With a feasible point, and a direction in which the objective falls; NaN if none is found."""
        _, found, ray = self._highs.getPrimalRay()
        if not (found and is_falling(program, ray)):
            ray = self._attempt(cone(program)).x
        point = answer
        if np.isnan(answer.x).any():
            point = self._attempt(replace(program, c=np.zeros_like(program.c)))
        ray = np.array(ray) if is_falling(program, ray) else np.full_like(ray, np.nan)
        return replace(answer, ray=ray, x=point.x, row_value=point.row_value)

    def _pass(self, program: Program) -> Any:
        m, n = program.A.shape
        integrality = np.zeros(n, np.int32) if program.integrality is None else program.integrality
        rows = program.A
        return self._highs.passModel(
            n,
            m,
            len(rows.data),
            _ROWWISE,
            _MINIMIZE,
            0.0,
            program.c,
            program.lower,
            program.upper,
            program.row_lower,
            program.row_upper,
            rows.indptr,
            rows.indices,
            rows.data,
            integrality,
        )

    def _start_from(self, codes: NDArray[np.int8], n: int) -> None:
        basis = self._highspy.HighsBasis()
        status = [self._codes[code] for code in codes.tolist()]
        basis.col_status, basis.row_status = status[:n], status[n:]
        basis.valid = True
        self._highs.setBasis(basis)  # nothing happens if it does not have m basic ones

    def _run(self) -> None:
        if np.isfinite(self._time_limit):  # HiGHS counts the time of all solves of an object
            self._highs.setOptionValue("time_limit", self._highs.getRunTime() + self._time_limit)
        if self._highs.run() == self._highspy.HighsStatus.kError:
            # Another object of this process may have made HiGHS's one scheduler, for more threads: use that.
            self._highs.setOptionValue("threads", 0)
            self._highs.run()

    def _read(self, m: int, n: int) -> HighsAnswer:
        highs, info = self._highs, self._highs.getInfo()
        solution, basis = highs.getSolution(), highs.getBasis()
        word = highs.getModelStatus()
        status = _STATUSES.get(int(word), Status.NUMERICAL)
        message = highs.modelStatusToString(word)
        if status != Status.OPTIMAL:
            feasible = highs.solutionStatusToString(info.primal_solution_status)
            message = f"model_status is {message}; primal_status is {feasible}"
        valued = solution.value_valid and (
            status != Status.UNBOUNDED or info.primal_solution_status == _FEASIBLE
        )
        return HighsAnswer(
            status=status,
            model_status=int(word),
            message=message,
            x=_array(solution.col_value, n, valued),
            row_value=_array(solution.row_value, m, valued),
            y=_array(solution.row_dual, m, solution.dual_valid),
            z=_array(solution.col_dual, n, solution.dual_valid),
            farkas=np.full(m, np.nan),
            ray=np.full(n, np.nan),
            basis=_codes(basis.col_status + basis.row_status) if basis.valid else None,
            fun=float(info.objective_function_value) if valued else np.nan,
            simplex_nit=max(info.simplex_iteration_count, 0),
            ipm_nit=max(info.ipm_iteration_count, 0),
            crossover_nit=max(info.crossover_iteration_count, 0),
            mip_node_count=max(info.mip_node_count, 0),
            mip_dual_bound=float(info.mip_dual_bound),
            mip_gap=float(info.mip_gap),
        )

    @contextmanager
    def _options(self, **options: Any) -> Iterator[None]:
        """Options for a while."""
        before = {name: self._highs.getOptionValue(name)[1] for name in options}
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                self._highs.setOptionValue(name, value)


def _is_doubtful(answer: HighsAnswer) -> bool:
    """Whether nothing is said, or something without a proof: presolve has its errors."""
    without = {
        Status.NUMERICAL: True,
        Status.INFEASIBLE: np.isnan(answer.farkas).any(),
        Status.UNBOUNDED: np.isnan(answer.ray).any() or np.isnan(answer.x).any(),
    }
    return bool(without.get(answer.status, False))


def _array(values: list[float], size: int, valid: bool) -> Array:
    return np.array(values) + 0.0 if valid else np.full(size, np.nan)  # 0.0 makes -0.0 positive


def _codes(status: list[Any]) -> NDArray[np.int8]:
    """By their __index__, the quickest way out of an enumeration."""
    return np.frombuffer(bytearray(status), np.int8)
