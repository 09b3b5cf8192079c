"""The workflow reforming: equilibria whose constants are those that others measured and tabulated."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import batchopt

WORKFLOW = Path(__file__).parents[2] / "workflows" / "reforming"
GASES = ["ch4", "h2o", "co", "co2", "h2"]
R = 8.314462618e-3  # kJ/(mol K)
#: Gibbs energies of formation in kJ/mol: M. Chase, NIST-JANAF Thermochemical Tables, 4th ed., 1998.
FORMATION = {
    800: {"ch4": -2.115, "h2o": -203.496, "co": -182.497, "co2": -395.586, "h2": 0.0},
    1000: {"ch4": 19.492, "h2o": -192.590, "co": -200.275, "co2": -395.886, "h2": 0.0},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    copy = tmp_path_factory.mktemp("workflows") / "reforming"
    shutil.copytree(WORKFLOW, copy, ignore=shutil.ignore_patterns("results"))
    return copy


@pytest.fixture(scope="module")
def table(folder):
    found = batchopt.run(batchopt.Job.load(folder / "job.toml"), sync=True).results("pandas")
    return found.sort_values(["kelvin", "bar", "steam"], ignore_index=True)


def constants(table):
    """Logarithms of the mass-action ratios of reforming and shift, pressures in bar."""
    per_mole = table["bar"] / table[GASES].sum(axis=1)
    reforming = table["co"] * table["h2"] ** 3 / (table["ch4"] * table["h2o"]) * per_mole**2
    shift = table["co2"] * table["h2"] / (table["co"] * table["h2o"])
    return np.log(reforming), np.log(shift)


def test_all_are_verified(table):
    assert len(table) == 1420
    assert set(table["grade"]) == {"ok"}
    assert table["optimality"].max() < 1e-3
    assert table["constraint_violation"].max() < 1e-12


def test_nothing_is_lost(table):
    carbon = table["ch4"] + table["co"] + table["co2"]
    hydrogen = 2 * table["ch4"] + table["h2o"] + table["h2"]
    oxygen = table["h2o"] + table["co"] + 2 * table["co2"]
    np.testing.assert_allclose(carbon, 1.0, rtol=1e-12)
    np.testing.assert_allclose(hydrogen, 2.0 + table["steam"], rtol=1e-12)
    np.testing.assert_allclose(oxygen, table["steam"], rtol=1e-12)
    assert (table[GASES] > 1e-6).all(axis=None)


def test_ratios_are_the_constants_of_the_input(table):
    given = pd.read_parquet(WORKFLOW / "data" / "states.parquet")
    both = table.merge(given, on=["kelvin", "bar", "steam"])
    reforming, shift = constants(both)
    np.testing.assert_allclose(reforming, -both["g_co"], atol=2e-3)
    np.testing.assert_allclose(shift, both["g_co"] - both["g_co2"], atol=2e-3)


@pytest.mark.parametrize("kelvin", [800, 1000])
def test_ratios_are_the_constants_of_janaf(table, kelvin):
    g = FORMATION[kelvin]
    reforming, shift = constants(table[table["kelvin"] == kelvin])
    expected = (g["ch4"] + g["h2o"] - g["co"]) / (R * kelvin), (g["co"] + g["h2o"] - g["co2"]) / (R * kelvin)
    np.testing.assert_allclose(reforming, expected[0], atol=3e-3)
    np.testing.assert_allclose(shift, expected[1], atol=3e-3)


def test_ratios_are_the_constants_of_xu_and_froment(table):
    """J. Xu, G. Froment, AIChE J. 35 (1989) 88-96: straight lines in 1/T."""
    some = table[table["kelvin"].between(800, 1200)]
    reforming, shift = constants(some)
    np.testing.assert_allclose(reforming, 30.114 - 26830 / some["kelvin"], atol=0.06)
    np.testing.assert_allclose(shift, 4400 / some["kelvin"] - 4.036, atol=0.06)


def composition(steam, bar, reforming, shift):
    """Moles by the two constants: for each extent of reforming that of the shift, a root in a root."""

    def shifted(extent):
        def left(more):
            return (extent - more) * (steam - extent - more) * shift - more * (3 * extent + more)

        return brentq(left, 0.0, min(extent, steam - extent), xtol=1e-15)

    def left(extent):
        more = shifted(extent)
        moles = 1 + steam + 2 * extent
        ratio = (extent - more) * (3 * extent + more) ** 3 * (bar / moles) ** 2
        return ratio - reforming * (1 - extent) * (steam - extent - more)

    extent = brentq(left, 1e-9, 1 - 1e-12, xtol=1e-14)
    more = shifted(extent)
    return 1 - extent, steam - extent - more, extent - more, more, 3 * extent + more


def test_mixtures_are_those_that_roots_of_the_constants_give(table):
    given = pd.read_parquet(WORKFLOW / "data" / "states.parquet")
    for row in given.merge(table, on=["kelvin", "bar", "steam"]).iloc[::53].itertuples():
        moles = composition(row.steam, row.bar, np.exp(-row.g_co), np.exp(row.g_co - row.g_co2))
        np.testing.assert_allclose([row.ch4, row.h2o, row.co, row.co2, row.h2], moles, rtol=2e-4)


def test_mixtures_go_the_way_of_le_chatelier(table):
    """Reforming takes up heat and makes four molecules of two; steam drives it and the shift."""
    cube = {name: table[name].to_numpy().reshape(71, 5, 4) for name in GASES}
    assert (np.diff(cube["co"], axis=0) > 0).all()
    assert (np.diff(cube["ch4"], axis=0) < 0).all()
    assert (np.diff(cube["ch4"], axis=1) > 0).all()
    assert (np.diff(cube["ch4"], axis=2) < 0).all()
    assert (np.diff(cube["h2"], axis=2) > 0).all()


def test_the_snippet_of_the_readme_says_what_it_says(table, folder, tmp_path, monkeypatch, capsys):
    code = (WORKFLOW / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflows").symlink_to(folder.parent)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert "dry_co" in capsys.readouterr().out
    plant = names["plant"]
    assert plant["converted"][[900, 1200]].tolist() == pytest.approx([0.325, 0.947], abs=5e-4)
    assert plant[["h2", "dry_co"]].loc[1200].tolist() == pytest.approx([3.1, 0.16], abs=0.02)
    enough = names["table"].groupby(["steam", "bar"])["enough"].min()
    assert enough[[(3, 1), (3, 20), (5, 1), (5, 20)]].tolist() == [930, 1160, 870, 1090]


def test_the_states_are_what_the_generator_makes(monkeypatch):
    monkeypatch.syspath_prepend(WORKFLOW)
    import make_states

    monkeypatch.delitem(sys.modules, "make_states")
    made, kept = make_states.table().to_pandas(), pd.read_parquet(make_states.FILE)
    assert make_states.FILE.stat().st_size < 200_000
    np.testing.assert_allclose(made, kept, rtol=1e-12, atol=2e-9)


@pytest.mark.parametrize(
    ("gas", "enthalpy", "entropy"),
    [("ch4", -74.87, 186.25), ("co", -110.53, 197.66), ("co2", -393.52, 213.79), ("h2", 0.0, 130.68)],
)
def test_the_coefficients_give_the_energies_at_room_temperature(monkeypatch, gas, enthalpy, entropy):
    """Enthalpies of formation in kJ/mol and entropies in J/(mol K): NIST Chemistry WebBook."""
    monkeypatch.syspath_prepend(WORKFLOW)
    import make_states

    monkeypatch.delitem(sys.modules, "make_states")
    kelvin = 298.15
    found = make_states.gibbs(gas, np.array([kelvin]))[0]
    assert found == pytest.approx(1000 * enthalpy - kelvin * entropy, abs=30)
