"""The workflow reforming: equilibria whose constants are those that others measured."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import batchopt
from batchopt.job import Job

WORKFLOW = Path(__file__).parents[2] / "workflows" / "reforming"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workflows") / "reforming"
    shutil.copytree(WORKFLOW, folder, ignore=shutil.ignore_patterns("results"))
    states = pq.read_table(WORKFLOW / "data" / "states.parquet")
    pq.write_table(states.take(np.arange(0, len(states), 4)), folder / "data" / "states.parquet")
    found = batchopt.run(Job.load(folder / "job.toml"), sync=True).results().to_pandas()
    return found.merge(states.to_pandas()[["state", "steam"]], on="state")


def test_all_are_verified(table):
    assert table.success.all()
    assert (table.optimality < 1e-5).all()
    assert (table.constraint_violation < 1e-9).all()


def test_nothing_is_lost(table):
    np.testing.assert_allclose(table.ch4 + table.co + table.co2, 1.0, atol=1e-9)
    np.testing.assert_allclose(2 * table.ch4 + table.h2o + table.h2, 2 + table.steam, atol=1e-9)
    np.testing.assert_allclose(table.h2o + table.co + 2 * table.co2, table.steam, atol=1e-9)


def test_constants_are_those_of_xu_and_froment(table):
    """J. Xu, G. Froment, AIChE J. 35 (1989) 88-96."""
    moles = table[["ch4", "h2o", "co", "co2", "h2"]].sum(axis=1)
    reforming = table.co * table.h2**3 / (table.ch4 * table.h2o) * (table.bar / moles) ** 2
    shift = table.co2 * table.h2 / (table.co * table.h2o)
    np.testing.assert_allclose(np.log(reforming), 30.114 - 26830 / table.kelvin, atol=0.06)
    np.testing.assert_allclose(np.log(shift), 4400 / table.kelvin - 4.036, atol=0.06)


def test_the_balances_and_potentials_say_the_same(table):
    """The reactions' Gibbs energies, from the potentials alone, are the logarithms of their constants."""
    states = pd.read_parquet(WORKFLOW / "data" / "states.parquet")
    both = table.merge(states.drop(columns=["kelvin", "bar", "steam"]), on="state")
    moles = both[["ch4", "h2o", "co", "co2", "h2"]].sum(axis=1)
    activity = {
        name: both[f"g_{name}"] + np.log(both[name] / moles) for name in ("ch4", "h2o", "co", "co2", "h2")
    }
    steps = (
        activity["co"] + 3 * activity["h2"] - activity["ch4"] - activity["h2o"],
        activity["co2"] + activity["h2"] - activity["co"] - activity["h2o"],
    )
    for step in steps:
        np.testing.assert_allclose(step, 0.0, atol=1e-4)
