"""The job file: what to solve, from where, how and to where; validated once, here.

Every message names the field as it stands in the file, what was got, and what to do.
"""

from typing import Any

from pydantic import TypeAdapter

from batchopt.job.base import Job
from batchopt.job.curve_fit import CurveFitJob
from batchopt.job.linprog import LinprogJob
from batchopt.job.minimize import MinimizeJob
from batchopt.job.root import RootJob

#: The classes of jobs, by kind.
JOBS: dict[str, type[Job]] = {
    "curve_fit": CurveFitJob,
    "linprog": LinprogJob,
    "minimize": MinimizeJob,
    "root": RootJob,
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the job file: that of one kind or another."""
    return TypeAdapter(CurveFitJob | LinprogJob | MinimizeJob | RootJob).json_schema(by_alias=True)


__all__ = ["JOBS", "CurveFitJob", "Job", "LinprogJob", "MinimizeJob", "RootJob", "json_schema"]
