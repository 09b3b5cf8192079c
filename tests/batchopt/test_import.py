"""A driver is light: what only solving needs, or shuffling, is not loaded to prepare a run."""

import subprocess
import sys

from tests.batchopt.jobs import lines, write_job

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


def test_preparing_a_run_loads_no_heavy_library(tmp_path):
    job = write_job(tmp_path, lines(20), group=7, rescue={"starts": 2}, solver={"confidence": 0.9})
    done = subprocess.run([sys.executable, "-c", SCRIPT, job], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 []"
