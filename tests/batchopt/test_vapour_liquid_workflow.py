"""The workflow vapour_liquid: both phases have the fugacities that are computed here, and propane boils."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import batchopt
from batchopt.job import Job

WORKFLOW = Path(__file__).parents[2] / "workflows" / "vapour_liquid"
R = 83.14462618  # bar cm3 / (mol K)
TC, PC, OMEGA = np.array([190.56, 369.83]), np.array([45.99, 42.48]), np.array([0.0115, 0.1523])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workflows") / "vapour_liquid"
    shutil.copytree(WORKFLOW, folder, ignore=shutil.ignore_patterns("results"))
    grid = pq.read_table(WORKFLOW / "data" / "grid.parquet")
    some = grid.filter(pc.is_in(grid["kelvin"], pc.cast(np.array([230, 280, 300, 330]), "int64")))
    pq.write_table(some, folder / "data" / "grid.parquet")
    return batchopt.run(Job.load(folder / "job.toml"), sync=True).results().to_pandas()


def log_fugacities(kelvin, bar, fractions, z):
    """Of both substances over P, by the equation in its units of volume; and what is left of it."""
    kappa = 0.37464 + 1.54226 * OMEGA - 0.26992 * OMEGA**2
    a = 0.45724 * (R * TC) ** 2 / PC * (1 + kappa * (1 - np.sqrt(kelvin / TC))) ** 2
    b = 0.07780 * R * TC / PC
    pairs = np.sqrt(np.outer(a, a)) * (1 - 0.014 * (1 - np.eye(2)))
    mixed, size, volume = fractions @ pairs @ fractions, fractions @ b, z * R * kelvin / bar
    left = R * kelvin / (volume - size) - mixed / (volume**2 + 2 * size * volume - size**2) - bar
    log_phi = (
        b / size * (z - 1)
        - np.log(bar * (volume - size) / (R * kelvin))
        - mixed / (2 * np.sqrt(2) * size * R * kelvin)
        * (2 * pairs @ fractions / mixed - b / size)
        * np.log((volume + (1 + np.sqrt(2)) * size) / (volume + (1 - np.sqrt(2)) * size))
    )  # fmt: skip
    return np.log(fractions) + log_phi, left


def test_both_phases_have_the_same_fugacities(table):
    found = table[table.success]
    assert len(found) > 290
    for row in found.itertuples():
        state = row.kelvin, row.bar
        liquid, left = log_fugacities(*state, np.array([row.x, 1 - row.x]), row.zl)
        vapour, also_left = log_fugacities(*state, np.array([row.y, 1 - row.y]), row.zv)
        np.testing.assert_allclose(liquid, vapour, atol=2e-5)
        np.testing.assert_allclose([left, also_left], 0.0, atol=1e-3 * row.bar)


def test_phases_are_two_and_in_order(table):
    found = table[table.success]
    assert (found.x < found.y).all()
    assert (found.zl < found.zv).all()


@pytest.mark.parametrize(("kelvin", "boils"), [(230, 0.97), (280, 5.8), (300, 9.98), (330, 19.9)])
def test_two_phases_begin_where_propane_boils(table, kelvin, boils):
    """Vapour pressures of propane in bar: E. Lemmon et al., NIST Chemistry WebBook, SRD 69."""
    first = table[table.success & (table.kelvin == kelvin)].bar.min()
    assert boils - 0.5 < first < boils + 2.5


def test_more_methane_dissolves_under_pressure(table):
    found = table[table.success & (table.kelvin == 280)].sort_values("bar")
    assert (np.diff(found.x) > 0).all()
