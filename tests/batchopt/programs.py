"""Small jobs of linear programs: tables of parts, templates, and the rows of the result by key."""

import pyarrow as pa
import pyarrow.parquet as pq

import batchopt
from batchopt.job import Job

#: minimize 2 gas + 3 coal + 50 unserved, of which the demand is met; at most 6 of gas and coal emissions.
PARK = """* a park
NAME          PARK
ROWS
 N  cost
 E  balance
 L  carbon
 G  least
COLUMNS
    gas       cost              2.0   balance           1.0
    gas       carbon            1.0   least             1.0
    coal      cost              3.0   balance           1.0
    coal      carbon            2.0   least             1.0
    unserved  cost             50.0   balance           1.0
RHS
    rhs       balance           4.0   carbon            6.0
    rhs       least             1.0
BOUNDS
 UP bnd       gas               3.0
ENDATA
"""


_COMMON = {
    "job": {"name": "programs", "kind": "linprog"},
    "input": {"path": "data.parquet", "key": "k"},
    "output": {"path": "out"},
}
#: Jobs that nothing is wrong with, as Python.
PROGRAMS = _COMMON | {"problem": {"c": "c"}}
TEMPLATE = _COMMON | {"template": {"path": "park.mps"}}


def job_of(folder, table, *, group=1_000_000, **sections):
    """A job on a table whose key is k; its template, if it has one, is park.mps in its folder."""
    folder.mkdir(exist_ok=True)
    pq.write_table(table, folder / "data.parquet", row_group_size=group)
    if "template" in sections:
        sections["template"] = {"path": "park.mps"} | sections["template"]
        (folder / "park.mps").write_text(PARK)
    # In one chunk, unless told otherwise, so that problems are in a batch with others.
    return Job.parse(_COMMON | {"chunks": {"problems": 1000}} | sections, folder=folder)


def keyed(**columns):
    """A table whose keys k are 0, 1, ..."""
    return pa.table({"k": list(range(len(next(iter(columns.values()))))), **columns})


def solved(*arguments, **options):
    """Solve a job (see `job_of`) and return its rows, in the order of the input."""
    return batchopt.run(job_of(*arguments, **options), sync=True).results().to_pylist()
