"""The job layer of batchopt: tables of problems in, tables of results out.

import batchopt
run = batchopt.run(batchopt.Job.load("job.toml"))
table = run.results("pandas")
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchopt.driver import run
    from batchopt.errors import BatchoptError, InputError, JobError
    from batchopt.job import Job
    from batchopt.runs import Run

__version__ = version("batchopt")

_HOMES = {
    "BatchoptError": "batchopt.errors",
    "InputError": "batchopt.errors",
    "Job": "batchopt.job",
    "JobError": "batchopt.errors",
    "Run": "batchopt.runs",
    "run": "batchopt.driver",
}

__all__ = ["BatchoptError", "InputError", "Job", "JobError", "Run", "__version__", "run"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: commands that need little should start quickly."""
    if name not in _HOMES:
        raise AttributeError(f"module 'batchopt' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
