"""A driver is light: what only solving needs, or shuffling, is not loaded to prepare a run."""

import subprocess
import sys

import pyarrow as pa

from tests.batchopt.jobs import lines, write_job
from tests.batchopt.programs import job_of

HEAVY = ("numba", "scipy", "pandas", "dask")
SCRIPT = f"""
import sys
from batchopt.driver import find_earlier
from batchopt.job import Job
from batchopt.plan import prepare

prepared = prepare(Job.load(sys.argv[1]))
find_earlier(prepared)
print(len(prepared.units), [name for name in {HEAVY} if name in sys.modules])
"""


def test_preparing_a_run_with_a_template_loads_highs_alone(tmp_path):
    table = pa.table({"k": [1, 2], "demand": [3.0, 4.0]})
    job_of(tmp_path, table, template={"rhs": {"balance": "demand"}})
    (tmp_path / "job.toml").write_text(
        '[job]\nname = "park"\nkind = "linprog"\n[input]\npath = "data.parquet"\nkey = "k"\n'
        '[template]\npath = "park.mps"\nrhs.balance = "demand"\n[output]\npath = "out"\n'
    )
    script = [sys.executable, "-c", SCRIPT, tmp_path / "job.toml"]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 []"


def test_preparing_a_run_loads_no_heavy_library(tmp_path):
    job = write_job(tmp_path, lines(20), group=7, rescue={"starts": 2}, solver={"confidence": 0.9})
    done = subprocess.run([sys.executable, "-c", SCRIPT, job], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 []"
