"""The job file's solver.starts: several starts of each curve, the best kept."""

import numpy as np
import pyarrow as pa

import batchopt
from tests.batchopt.jobs import bits

X = np.linspace(0.0, 6.0, 40)
RATES = np.linspace(1.5, 4.5, 12)
MODEL = {
    "expression": "a*sin(w*x)",
    "start": {"w": 0.5, "a": 1.0},
    "bounds": {"w": [0.1, 6.0], "a": [0.5, 2.0]},
}


def run(job, **sections):
    waves = np.sin(RATES[:, None] * X)
    table = pa.table({"k": np.arange(12), "x": [X.tolist()] * 12, "y": waves.tolist()})
    sections = {"input": {"layout": "nested"}, "model": MODEL} | sections
    return batchopt.run(job(table, **sections), sync=True).results()


def test_the_best_of_several_starts_is_kept(job):
    assert "basin_count" not in run(job, name="one").column_names
    rows = run(job, solver={"starts": 24}).to_pylist()
    np.testing.assert_allclose([row["w"] for row in rows], RATES, rtol=1e-5)
    for row in rows:
        assert 1 <= row["basin_count"] <= 24
        assert ("single_basin" in row["flags"]) == (row["basin_count"] == 1)


def test_the_size_of_chunks_changes_no_bit(job):
    whole = run(job, solver={"starts": 4}, chunks={"problems": 12})
    cut = run(job, name="cut", solver={"starts": 4}, chunks={"problems": 5})
    assert bits(cut) == bits(whole)
