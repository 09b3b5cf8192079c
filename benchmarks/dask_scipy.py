"""The peer of the end-to-end race: a loop over SciPy's `curve_fit`, handed out by Dask.

``python -m benchmarks.dask_scipy ADDRESS INPUT OUTPUT`` fits each group of a Parquet table, and prints
the seconds from the first task to the last. It is as quick as such a program gets without leaving SciPy:
every row group holds whole problems, so that nothing is shuffled.
"""

import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit

from benchmarks.curves import CURVES, TOLERANCE

CURVE = CURVES[3]
#: Where every fit starts; the job of batchopt has the same.
START = {"a": 2.5, "b": 1.0, "c": 0.5}
COLUMNS = [*START, *(f"{name}_stderr" for name in START), "success"]


def fit_group(group: Any) -> Any:
    """Fit the rows of one problem."""
    x, y = group["x"].to_numpy(), group["y"].to_numpy()
    try:
        found, covariance = curve_fit(
            CURVE.function, x, y, list(START.values()), ftol=TOLERANCE, xtol=TOLERANCE, gtol=TOLERANCE
        )
    except RuntimeError:  # SciPy's word for no convergence
        return pd.Series([np.nan] * 2 * len(START) + [0.0], index=COLUMNS)
    return pd.Series([*found, *np.sqrt(np.diag(covariance)), 1.0], index=COLUMNS)


def fit_part(part: Any) -> Any:
    """Fit all problems of a row group."""
    return part.groupby("id").apply(fit_group).reset_index()


def main(address: str, source: str, output: str) -> None:
    """Run on a scheduler's workers."""
    import dask.dataframe as dd
    from distributed import Client

    meta = pd.DataFrame({"id": pd.Series(dtype="int64")} | {c: pd.Series(dtype="float64") for c in COLUMNS})
    one = pd.DataFrame({"id": 0, "x": np.arange(9.0), "y": CURVE.function(np.arange(9.0), 2.0, 1.0, 0.5)})
    with Client(address) as client:
        client.run(fit_part, one)  # workers import SciPy, which does not grow with the problems
        begin = time.perf_counter()
        frame = dd.read_parquet(source, split_row_groups=1)
        frame.map_partitions(fit_part, meta=meta).to_parquet(output)
        print(time.perf_counter() - begin)


if __name__ == "__main__":
    main(*sys.argv[1:])
