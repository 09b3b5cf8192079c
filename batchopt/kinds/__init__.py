"""Problem kinds: they turn rows into solver arrays and results into a table; nothing else knows them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

from batchopt.inputs import Layout, ProblemTable
from batchopt.job import CurveFitJob, Job, LinprogJob, MinimizeJob, RootJob
from batchopt.kinds.curve_fit import CurveFit
from batchopt.kinds.linprog import Linprog
from batchopt.kinds.minimize import Minimize
from batchopt.kinds.root import Root


class Kind(Protocol):
    """What the job layer asks of a problem kind; small and picklable, it is sent with every task."""

    @property
    def layout(self) -> Layout:
        """How the input is laid out."""

    @property
    def points(self) -> Mapping[str, str]:
        """Job field to column, of columns with a number a point; those of x first."""

    @property
    def rows(self) -> Mapping[str, str]:
        """Job field to column, of columns with a value a problem."""

    @property
    def about(self) -> Mapping[str, Sequence[str] | int]:
        """What is solved for, for people: such as the parameters by name, or how many variables."""

    @property
    def hashes(self) -> Mapping[str, str | None]:
        """Hashes of what results depend on beside the job file and the input, by a name for it."""

    @property
    def libraries(self) -> Sequence[str]:
        """Libraries whose version may change the last bits of a result."""

    def check_types(self, schema: Any) -> None:
        """Raise JobError if a column of `rows` has, in this pyarrow.Schema, a type that is of no use."""

    @property
    def distinct(self) -> Sequence[str]:
        """Columns whose different values must be known before anything is solved."""

    def informed(self, distinct: Mapping[str, Sequence[Any]]) -> Self:
        """Return the kind that knows those values; JobError if it cannot work with one."""

    def solve(self, table: ProblemTable) -> Any:
        """Solve the problems; a pyarrow.Table with a row each, in their order."""


def kind_of(job: Job, columns: Sequence[str]) -> Kind:
    """The kind of a job whose input has these columns.

    Raises
    ------
    JobError
        If the job's model does not fit the input, or its template is no linear program.
    """
    if isinstance(job, LinprogJob):
        return Linprog.of(job)
    if isinstance(job, CurveFitJob):
        return CurveFit.of(job, columns)
    if isinstance(job, MinimizeJob):
        return Minimize.of(job, columns)
    if isinstance(job, RootJob):
        return Root.of(job, columns)
    raise TypeError(f"{type(job).__name__} is no kind of job")
