"""Freed memory is kept, whatever the process was told before it started."""

import os
import platform
import subprocess
import sys

import pytest

_FAULTS = """
import resource
import sys
import numpy as np
from solvers.memory import keep_freed
if sys.argv[1] == "kept":
    keep_freed()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    np.ones(1 << 18)  # 2 MiB: 512 pages
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how):
    environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}  # as in Dask's workers
    command = [sys.executable, "-c", _FAULTS, how]
    return int(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have no mallopt")
def test_arrays_take_the_place_of_those_that_were_freed():
    assert faults("kept") < 50 * 100 < faults("handed back")
