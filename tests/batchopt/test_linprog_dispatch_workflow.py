"""The workflow dispatch: hours are solved as SciPy solves them, and prices are those of a sensible market."""

import shutil
import sys
from pathlib import Path

import highspy
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.optimize import linprog

import batchopt
from batchopt.job import Job
from tests.batchopt.jobs import bits

WORKFLOW = Path(__file__).parents[2] / "workflows" / "dispatch"
#: Four days: winter, wind and sun, maintenance in May, and autumn.
DAYS = (10, 98, 135, 290)


def part(folder, **sections):
    """The workflow on those days only."""
    if not folder.exists():
        shutil.copytree(WORKFLOW, folder, ignore=shutil.ignore_patterns("results"))
        hours = pq.read_table(WORKFLOW / "data" / "hours.parquet")
        some = [24 * day + hour for day in DAYS for hour in range(24)]
        pq.write_table(hours.take(some), folder / "data" / "hours.parquet", row_group_size=40)
    job = Job.load(folder / "job.toml")
    content = job.model_dump(by_alias=True) | sections
    return batchopt.run(Job.parse(content, folder=folder), sync=True).results()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("workflows") / "dispatch"


@pytest.fixture(scope="module")
def result(folder):
    return part(folder)


@pytest.fixture(scope="module")
def table(result):
    return result.to_pandas()


@pytest.fixture(scope="module")
def hours(folder):
    return pd.read_parquet(folder / "data" / "hours.parquet")


@pytest.fixture(scope="module")
def park():
    """The template, read by HiGHS alone: names, costs, dense matrix, and bounds of rows and variables."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.readModel(str(WORKFLOW / "park.mps"))
    lp = highs.getLp()
    A = np.zeros((lp.num_row_, lp.num_col_))
    for j in range(lp.num_col_):
        begin, end = lp.a_matrix_.start_[j : j + 2]
        A[lp.a_matrix_.index_[begin:end], j] = lp.a_matrix_.value_[begin:end]
    return lp, A


def cost_of(park, hour):
    """The cost and the price of an hour by SciPy."""
    lp, A = park
    column, row = list(lp.col_names_).index, list(lp.row_names_).index
    c, upper = np.array(lp.col_cost_), np.array(lp.col_upper_)
    low, high = np.array(lp.row_lower_), np.array(lp.row_upper_)
    for name in ("gas", "co2", "import", "export"):
        c[column(name)] = hour[f"{name}_eur"]
    for name in ("wind", "solar"):
        upper[column(name)] = hour[f"{name}_mw"]
    low[row("balance")] = high[row("balance")] = hour["demand_mw"]
    low[row("reserve")], high[row("cap_ccgt")] = hour["reserve_mw"], hour["ccgt_mw"]
    equal = low == high
    above, below = ~equal & np.isfinite(high), ~equal & np.isfinite(low)
    found = linprog(
        c,
        np.concatenate([A[above], -A[below]]),
        np.concatenate([high[above], -low[below]]),
        A[equal],
        high[equal],
        np.stack([lp.col_lower_, upper], axis=1),
    )
    return found.fun, found.eqlin.marginals[np.flatnonzero(equal).tolist().index(row("balance"))]


def test_every_hour_is_solved(table):
    assert len(table) == 96
    assert set(table["status"]) == {"converged"}
    assert (table["optimality"] < 1e-9).all()


def test_costs_and_prices_are_scipys(table, hours, park):
    for i in range(0, 96, 5):
        fun, price = cost_of(park, hours.iloc[i])
        assert table["fun"][i] == pytest.approx(fun, rel=1e-9)
        if "degenerate" not in table["flags"][i]:  # else there are several prices
            assert table["marginal.balance"][i] == pytest.approx(price, rel=1e-9)


def test_prices_are_those_of_a_market(table, hours):
    price = table["marginal.balance"]
    assert price.between(0, 3000).all()
    bought, sold = table["x.import"], table["x.export"]
    # Who could buy or sell more would, if it paid.
    assert (price[bought < 90 - 1e-6] <= hours["import_eur"][bought < 90 - 1e-6] + 1e-6).all()
    assert (price[bought > 1e-6] >= hours["import_eur"][bought > 1e-6] - 1e-6).all()
    assert (price[sold < 70 - 1e-6] >= -hours["export_eur"][sold < 70 - 1e-6] - 1e-6).all()
    # A little more demand costs what the price says.
    assert (np.corrcoef(price, hours["import_eur"])[0, 1]) > 0.5
    assert table["marginal.reserve"].ge(0).all()
    assert table["x.unserved"].eq(0).all()


def test_the_bits_do_not_depend_on_chunks(folder, result):
    for problems in (1, 7, 1000):
        output = {"path": f"results-{problems}"}
        assert bits(part(folder, chunks={"problems": problems}, output=output)) == bits(result)


def test_the_hours_are_what_the_generator_makes(monkeypatch):
    monkeypatch.syspath_prepend(WORKFLOW)
    import make_hours

    monkeypatch.delitem(sys.modules, "make_hours")
    made, kept = make_hours.table().to_pandas(), pd.read_parquet(make_hours.FILE)
    assert make_hours.FILE.stat().st_size < 500_000
    assert len(kept) == 8760
    assert (made["hour"] == kept["hour"]).all()
    # A power or an exponential may be rounded otherwise on another machine.
    numbers = made.columns.drop("hour")
    assert np.abs(made[numbers] - kept[numbers]).max().max() < 0.011
    day = kept["hour"].dt.hour
    assert kept["solar_mw"][(day < 3) | (day > 21)].eq(0).all()
    assert kept["demand_mw"][day == 19].mean() > 1.2 * kept["demand_mw"][day == 3].mean()
