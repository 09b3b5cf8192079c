"""What is wrong with the numbers of linear programs: found in all at once, said of each."""

from collections.abc import Iterator

import numpy as np

from solvers.arrays import Array, BoolArray
from solvers.lp.programs import Programs, SparsePrograms


def faults(programs: Programs | SparsePrograms, m_ub: int) -> dict[int, str]:
    """Find the problems that are none: row -> what is wrong, where, and what to do."""
    if isinstance(programs, SparsePrograms):
        good = bool(np.isfinite(programs.A.data).all())
        programs = programs.with_matrix(np.empty((programs.A.shape[0], 0))) if good else programs.dense()
    found: dict[int, str] = {}
    for wrong, say in _checks(programs, m_ub):
        if not wrong.any():
            continue
        for row in np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1)).tolist():
            rows = range(programs.size) if len(wrong) == 1 else (row,)
            place = tuple(int(at[0]) for at in np.nonzero(wrong[row]))
            for i in rows:
                found.setdefault(i, say(i, place))
    return found


def _checks(programs: Programs, m_ub: int) -> Iterator[tuple[BoolArray, "_Said"]]:
    """Masks (B or 1, ...) of what is wrong, and what to say of it."""
    c, A, row_lower, row_upper, lower, upper = programs.parts
    yield ~np.isfinite(c), _Said("c", c, "costs are finite numbers")
    yield ~np.isfinite(A), _Said("A", A, "coefficients are finite numbers", m_ub)
    for name, least, most, inequalities in (("b", row_lower, row_upper, m_ub), ("bounds", lower, upper, 0)):
        for values, never in ((least, np.inf), (most, -np.inf)):
            wrong = np.isnan(values) | (values == never)
            yield (
                wrong,
                _Said(name, values, "bounds are numbers, or infinite where there is none", inequalities),
            )
        wrong = least > most
        yield wrong, _Said(name, least, "a lower bound is at most the upper one", inequalities, most)


class _Said:
    """A message on a number, made when it is needed."""

    def __init__(
        self, name: str, values: Array, rule: str, m_ub: int = 0, others: Array | None = None
    ) -> None:
        self._name, self._values, self._rule, self._m_ub, self._others = name, values, rule, m_ub, others

    def __call__(self, row: int, place: tuple[int, ...]) -> str:
        name = self._name
        if name in ("A", "b"):
            inequality = place[0] < self._m_ub
            name += "_ub" if inequality else "_eq"
            at = (place[0] - (0 if inequality else self._m_ub), *place[1:])
        else:
            at = place
        where = f"{name}[{', '.join(map(str, at))}]"
        got = f"{self._of(self._values, row, place)}"
        if self._others is not None:
            got = f"[{got}, {self._of(self._others, row, place)}]"
        return f"{where}: got {got}; {self._rule}"

    @staticmethod
    def _of(values: Array, row: int, place: tuple[int, ...]) -> float:
        return float(values[row if len(values) > 1 else 0][place])
