"""The crossover: from how many problems on a batch is quicker than SciPy in a loop."""

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

from benchmarks.contenders import SCIPY, Contender, quietly
from benchmarks.curves import Problems

#: The first call of a new process with an empty kernel cache, and one more after it.
_FIRST_CALL = """
import time
import solvers, numpy as np
x, y = np.linspace(0, 4, 50), np.exp(-np.linspace(0, 4, 50))
call = lambda: solvers.curve_fit_batch("a*exp(-b*x) + c", x, y[None], [1.2, 0.8, 0.1])
begin = time.perf_counter(); call(); middle = time.perf_counter(); call()
print(2 * middle - begin - time.perf_counter())
"""


def batch_times(problems: Problems, contender: Contender, rounds: int) -> list[tuple[int, float, float]]:
    """(B, seconds of the contender, seconds of SciPy) for B = 1, 2, 4, ...."""
    found = []
    for size in (2**k for k in range(len(problems).bit_length())):
        some = problems.first(size)
        quietly(contender.fit, some)
        times = [(_seconds(contender, some), _seconds(SCIPY, some)) for _ in range(rounds)]
        ours, scipys = zip(*times, strict=True)
        found.append((size, median(ours), median(scipys)))
    return found


def crossover(times: list[tuple[int, float, float]]) -> int | None:
    """The least B from which on every measured batch is quicker; None if there is none."""
    quicker = None
    for size, ours, scipys in reversed(times):
        if ours >= scipys:
            break
        quicker = size
    return quicker


def first_call() -> float:
    """Seconds the first fit of an expression takes over the second: lazy imports, compilation."""
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"BATCHOPT_CACHE_DIR": cache}
        command = [sys.executable, "-c", _FIRST_CALL]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)


def _seconds(contender: Contender, problems: Problems) -> float:
    begin = time.perf_counter()
    quietly(contender.fit, problems)
    return time.perf_counter() - begin
