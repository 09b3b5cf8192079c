"""Side by side with peers, in one run: `make bench` for all of it, `make bench-smoke` for seconds of it.

Thread pools read their size from the environment when NumPy is loaded, which this comes before.
"""

import os

for _pool in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_pool] = "1"
