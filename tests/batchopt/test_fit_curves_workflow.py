"""The workflow fit_curves on real measurements: actives are found, flat samples do not pass for curves.

Numbers of the README are checked here, but which of two criteria nearly equal is the lower, or whether a
steepness that the data leave open ends at its bound, is not.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import batchopt

WORKFLOW = Path(__file__).parents[2] / "workflows" / "fit_curves"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    copy = tmp_path_factory.mktemp("workflows") / "fit_curves"
    shutil.copytree(WORKFLOW, copy, ignore=shutil.ignore_patterns("results"))
    return copy


@pytest.fixture(scope="module")
def measured():
    return pd.read_parquet(WORKFLOW / "data" / "toxcast_er_agonist.parquet")


@pytest.fixture(scope="module")
def table(folder, measured):
    """The result table, with the chemical of each sample."""
    found = batchopt.run(batchopt.Job.load(folder / "job.toml"), sync=True).results("pandas")
    names = measured.drop_duplicates("sample_id").set_index("sample_id")["chemical"]
    return found.assign(chemical=found["sample_id"].map(names)).set_index("sample_id")


@pytest.fixture(scope="module")
def curve(table):
    """(samples,) whether there is strong evidence of a curve."""
    return table["success"] & ~table["flags"].map(lambda flags: "no_better_than_constant" in flags)


@pytest.fixture(scope="module")
def plateau(measured):
    """Each sample's response at its three highest doses, in medians: what a chemist's eye sees."""
    doses = measured.groupby(["sample_id", "log10_conc_um"])["response"].median()
    return doses.groupby("sample_id").apply(lambda response: response.iloc[-3:].max())


def test_every_sample_is_there_once_and_all_its_points_counted(table, measured):
    assert sorted(table.index) == sorted(measured["sample_id"].unique())
    assert len(table) == 186
    assert (table["n_points"] == measured.groupby("sample_id").size()[table.index]).all()
    assert table["n_points"].sum() == 32_175


def test_every_fit_converges(table):
    assert set(table["status"]) == {"converged"}


def test_the_flat_are_not_passed_off_as_curves(table, curve, plateau):
    """Where no dose's median leaves the noise there is no `ok`; or the curve is as small as it looks."""
    flat = plateau[table.index].abs() < 2
    assert flat.sum() > 90
    passed = table[flat & (table["grade"] == "ok")]
    assert len(passed) <= 10
    assert (passed["top"].abs() < 5).all()
    assert (~curve[flat]).mean() > 0.75


def test_no_ok_row_explains_nothing_or_has_unknown_errors(table):
    ok = table[table["grade"] == "ok"]
    assert 20 < len(ok) < 60
    assert (len(ok) * 3) < len(table)
    assert set(ok["model"]) <= {"hill", "gain_loss"}
    constant = ok["n_points"] * np.log(1 - ok["rsquared"])
    assert (constant < -6).all()
    assert ok[["top_stderr", "ga_stderr", "p_stderr"]].notna().all().all()
    assert ok["at_bound"].map(len).eq(0).all()


def test_the_rising_are_found(table, curve, plateau):
    rising = plateau[table.index] > 15
    assert rising.sum() > 15
    assert curve[rising].all()
    assert (table["top"][rising] > 10).all()


@pytest.mark.parametrize(
    ("chemical", "ac50"),
    [
        ("Bisphenol A", (0.5, 1.5)),
        ("17-Methyltestosterone", (3.0, 10.0)),
        ("4,4'-Sulfonyldiphenol", (7.0, 25.0)),
        ("Methoxychlor", (4.0, 8.0)),
        ("Benzyl butyl phthalate", (15.0, 35.0)),
    ],
)
def test_known_agonists_have_their_potency(table, curve, chemical, ac50):
    samples = table[table["chemical"] == chemical]
    assert len(samples) > 0
    assert curve[samples.index].all()
    assert (samples["top"] > 10).all()
    for candidates in samples["candidates"]:
        hill = {p["name"]: p for p in candidates[1]["params"]}
        assert ac50[0] < 10 ** hill["ga"]["value"] < ac50[1]
        assert hill["ga"]["stderr"] < 0.1
    sure = samples[samples["ga_stderr"] < 0.1]  # a loss at high doses may leave the top, and so this, open
    assert (10 ** sure["ga"]).between(*ac50).all()


def test_the_best_by_aic_is_selected_and_all_are_kept(table):
    for candidates, model, aic in zip(table["candidates"], table["model"], table["aic"], strict=True):
        assert [candidate["model"] for candidate in candidates] == ["constant", "hill", "gain_loss"]
        assert sum(candidate["weight"] or 0.0 for candidate in candidates) == pytest.approx(1.0)
        converged = [candidate for candidate in candidates if candidate["success"]]
        best = min(converged, key=lambda candidate: candidate["aic"])
        assert (best["model"], best["aic"]) == (model, aic)
    selected = table["model"].value_counts()
    assert selected["constant"] == pytest.approx(74, abs=3)  # as the README says
    assert selected["hill"] > selected["gain_loss"] > 10


def test_the_readmes_rule_finds_them(table, curve):
    active = table[curve & (table["top"] > 3 * table["redchi"] ** 0.5)]
    assert 20 < len(active) < 60
    assert {"Bisphenol A", "Methoxychlor", "17-Methyltestosterone"} <= set(active["chemical"])
    ac50 = sorted(10 ** active["ga"][active["chemical"] == "Bisphenol A"])
    assert ac50 == pytest.approx([1.01, 1.24], abs=0.01)  # as the README says
    hill = active["candidates"][active["chemical"] == "Bisphenol A"].map(lambda found: found[1]["params"][1])
    assert sorted(10 ** ga["value"] for ga in hill) == pytest.approx([0.75, 0.94], abs=0.01)


def test_the_snippet_of_the_readme_runs(table, folder, tmp_path, monkeypatch, capsys):
    text = (WORKFLOW / "README.md").read_text()
    code = text.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflows").symlink_to(folder.parent)
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert "ac50_um" in lines[0]
    assert len(lines) > 10
