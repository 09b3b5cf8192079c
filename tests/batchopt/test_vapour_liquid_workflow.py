"""The workflow vapour_liquid: its phases are in equilibrium, and are where there are two.

What says so is not in the job: the Helmholtz energy, whose derivatives are pressure and fugacities; the Gibbs
energy of mixing, whose lower hull says what splits; and vapour pressures of the pure substances as measured.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import batchopt

WORKFLOW = Path(__file__).parents[2] / "workflows" / "vapour_liquid"
R = 83.14462618  # bar cm3 / (mol K)
TC, PC, OMEGA, K12 = np.array([190.56, 369.83]), np.array([45.99, 42.48]), np.array([0.011, 0.152]), 0.014
ROOT = np.sqrt(2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    copy = tmp_path_factory.mktemp("workflows") / "vapour_liquid"
    shutil.copytree(WORKFLOW, copy, ignore=shutil.ignore_patterns("results"))
    return copy


@pytest.fixture(scope="module")
def table(folder):
    return batchopt.run(batchopt.Job.load(folder / "job.toml"), sync=True).results("pandas")


@pytest.fixture(scope="module")
def both(table):
    """Where there are two phases."""
    return table[table["grade"] == "ok"].sort_values(["kelvin", "bar"])


def flagged(table, flag):
    return table[table["flags"].map(lambda flags: flag in flags)]


def attraction(kelvin):
    """Of Peng and Robinson, in bar cm6/mol2, (..., 2, 2), and volumes in cm3/mol, (2,)."""
    kappa = 0.37464 + 1.54226 * OMEGA - 0.26992 * OMEGA**2
    alpha = (1 + kappa * (1 - np.sqrt(kelvin[..., None] / TC))) ** 2
    a = 0.45724 * (R * TC) ** 2 / PC * alpha
    unlike = np.array([[1, 1 - K12], [1 - K12, 1]])
    return unlike * np.sqrt(a[..., :, None] * a[..., None, :]), 0.07780 * R * TC / PC


def residual_helmholtz(moles, volume, kelvin):
    """Over RT; moles (N, 2), volume in cm3 (N,)."""
    a, b = attraction(kelvin)
    D, B = np.einsum("ni,nij,nj->n", moles, a, moles), moles @ b
    far = np.log((volume + (1 + ROOT) * B) / (volume + (1 - ROOT) * B))
    return -moles.sum(axis=1) * np.log(1 - B / volume) - D / (2 * ROOT * B * R * kelvin) * far


def state(methane, z, kelvin, bar):
    """Pressure in bar (N,), and logarithms of fugacities (N, 2); derivatives by complex steps."""
    moles, volume = np.stack([methane, 1 - methane], axis=1), z * R * kelvin / bar
    step = 1e-30
    pressure = R * kelvin * (1 / volume - residual_helmholtz(moles, volume + 1j * step, kelvin).imag / step)
    slopes = [
        residual_helmholtz(moles + 1j * step * np.eye(2)[i], volume, kelvin).imag / step for i in (0, 1)
    ]
    return pressure, np.stack(slopes, axis=1) + np.log(moles * (R * kelvin / volume)[:, None])


def gibbs_of_mixing(methane, kelvin, bar):
    """Over RT, the least that a compressibility allows; (N,)."""
    kelvins, bars = np.full(len(methane), float(kelvin)), np.full(len(methane), float(bar))
    a, b = attraction(kelvins)
    moles = np.stack([methane, 1 - methane], axis=1)
    A = np.einsum("ni,nij,nj->n", moles, a, moles) * bar / (R * kelvin) ** 2
    B = moles @ b * bar / (R * kelvin)
    companion = np.zeros((len(A), 3, 3))
    companion[:, 0] = np.stack([1 - B, 3 * B**2 + 2 * B - A, A * B - B**2 - B**3], axis=1)
    companion[:, 1, 0] = companion[:, 2, 1] = 1
    roots = np.linalg.eigvals(companion)
    best = np.full(len(A), np.inf)
    for z in roots.T:
        real = (np.abs(z.imag) < 1e-9) & (z.real > B)
        _, fugacity = state(methane[real], z.real[real], kelvins[real], bars[real])
        best[real] = np.minimum(best[real], (moles[real] * fugacity).sum(axis=1))
    return best


def splits(kelvin, bar):
    """The two mole fractions between which the Gibbs energy is above its lower hull, or None."""
    end = np.geomspace(1e-5, 1e-3, 40)
    x = np.concatenate([end[:-1], np.linspace(1e-3, 1 - 1e-3, 999), 1 - end[-2::-1]])
    g = gibbs_of_mixing(x, kelvin, bar)
    hull = [0]
    for i in range(1, len(x)):
        while len(hull) > 1:
            j, k = hull[-2:]
            if (g[k] - g[j]) * (x[i] - x[j]) < (g[i] - g[j]) * (x[k] - x[j]):
                break
            hull.pop()
        hull.append(i)
    widest = int(np.diff(hull).argmax())
    left, right = hull[widest : widest + 2]
    return (x[left], x[right]) if right - left > 3 else None


def test_every_state_ends_as_the_readme_says(table, both):
    assert len(table) == 2200
    assert len(both) == pytest.approx(1318, abs=5)
    assert len(flagged(table, "ill_conditioned")) == pytest.approx(773, abs=20)
    assert len(flagged(table, "outside")) == pytest.approx(108, abs=20)
    assert (table["grade"] == "failed").sum() < 20
    assert both["residual_norm"].max() < 1e-10


def test_phases_are_in_equilibrium(both):
    kelvin, bar = (both[name].to_numpy(float) for name in ("kelvin", "bar"))
    liquid, in_liquid = state(both["x"].to_numpy(), both["zl"].to_numpy(), kelvin, bar)
    vapour, in_vapour = state(both["y"].to_numpy(), both["zv"].to_numpy(), kelvin, bar)
    np.testing.assert_allclose(vapour, bar, rtol=1e-9)
    np.testing.assert_allclose(liquid, bar, rtol=1e-9)
    np.testing.assert_allclose(in_liquid, in_vapour, atol=1e-9)
    assert (both["zv"] > both["zl"]).all()


def test_phases_are_where_the_gibbs_energy_is_above_its_hull(table):
    missed = 0
    for row in table.sort_values(["kelvin", "bar"]).iloc[5::43].itertuples():
        found = splits(row.kelvin, row.bar)
        if row.grade == "ok":
            assert (row.x, row.y) == pytest.approx(found, abs=4e-3)
        missed += found is not None and row.grade != "ok"
    assert missed <= 1


def test_one_phase_is_never_passed_off_as_two(table):
    same = flagged(table, "ill_conditioned")
    assert ((same["y"] - same["x"]).abs() < 1e-3).all()
    assert ((same["zv"] - same["zl"]).abs() < 1e-3).all()
    out = flagged(table, "outside")
    assert ((out[["x", "y"]] < 0) | (out[["x", "y"]] > 1)).any(axis=1).all()


def vapour_pressure(kelvin, critical, factors, powers):
    """Of a pure substance as measured, in bar."""
    tc, pc = critical
    terms = [factor * (1 - kelvin / tc) ** power for factor, power in zip(factors, powers, strict=True)]
    return pc * np.exp(tc / kelvin * sum(terms))


def propane(kelvin):
    """E. Lemmon, M. McLinden, W. Wagner, J. Chem. Eng. Data 54 (2009) 3141-3180."""
    factors, powers = (-6.7722, 1.6938, -1.3341, -3.1876, 0.94937), (1, 1.5, 2.2, 4.8, 6.2)
    return vapour_pressure(kelvin, (369.89, 42.512), factors, powers)


def methane(kelvin):
    """U. Setzmann, W. Wagner, J. Phys. Chem. Ref. Data 20 (1991) 1061-1155."""
    factors, powers = (-6.036219, 1.409353, -0.4945199, -1.443048), (1, 1.5, 2, 4.5)
    return vapour_pressure(kelvin, (190.564, 45.992), factors, powers)


def test_the_measured_vapour_pressures_are_those_at_the_normal_boiling_points():
    assert propane(231.04) == pytest.approx(1.01325, rel=1e-3)
    assert methane(111.667) == pytest.approx(1.01325, rel=1e-3)


def test_pure_substances_have_their_vapour_pressures(both):
    """The pressures of three states, continued to none of the other substance."""
    for kelvin in range(255, 361, 5):
        first = both[both["kelvin"] == kelvin].head(3)
        limit = np.polyfit(first["x"], first["bar"], 2)[-1]
        assert limit == pytest.approx(propane(kelvin), rel=0.007)
    for kelvin in (170, 175, 180, 185):
        last = both[both["kelvin"] == kelvin].tail(3)
        limit = np.polyfit(1 - last["x"], last["bar"], 2)[-1]
        assert limit == pytest.approx(methane(kelvin), rel=0.015)


def test_the_critical_line_is_that_of_methane_and_propane(both):
    """It rises from methane's 46 bar to some 100 bar, and falls to propane's 42."""
    highest = both.groupby("kelvin")["bar"].max()
    assert highest.max() == pytest.approx(100, abs=3)
    assert 265 <= highest.idxmax() <= 290
    assert (highest.diff().loc[175:270] >= 0).all()
    assert (highest.diff().loc[290:] <= 0).all()


def test_the_snippet_of_the_readme_says_what_it_says(table, folder, tmp_path, monkeypatch, capsys):
    code = (WORKFLOW / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflows").symlink_to(folder.parent)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert "vapour" in capsys.readouterr().out
    row = names["cold"].assign(vapour=names["vapour"]).set_index("bar").loc[18]
    assert row[["vapour", "y", "x"]].tolist() == pytest.approx([0.65, 0.85, 0.137], abs=0.001)
    bars = names["both"].groupby("kelvin")["bar"]
    assert (bars.min()[250], bars.max()[250], bars.min()[350], bars.max()[350]) == (4, 94, 30, 62)


def test_the_grid_is_what_the_generator_makes(monkeypatch):
    monkeypatch.syspath_prepend(WORKFLOW)
    import make_grid

    monkeypatch.delitem(sys.modules, "make_grid")
    made, kept = make_grid.table().to_pandas(), pd.read_parquet(make_grid.FILE)
    assert make_grid.FILE.stat().st_size < 200_000
    assert (made[["kelvin", "bar"]] == kept[["kelvin", "bar"]]).all(axis=None)
    np.testing.assert_allclose(made, kept, rtol=1e-12, atol=2e-6)
