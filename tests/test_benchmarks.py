"""The benchmarks run, at their smallest size, and what they measure with measures right."""

import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks import accuracy, contenders, end_to_end, fits, handwritten
from benchmarks.cluster import Outcome
from benchmarks.crossover import crossover
from benchmarks.curves import CURVES, TOLERANCE, draw
from benchmarks.markdown import table
from benchmarks.memory import peaks
from benchmarks.race import Effort, best_shares, race

EFFORT = Effort(rounds=2, batch=6, sample=3)


def test_fits_in_memory():
    with fits.one_core():
        free, bounded = fits.run(EFFORT, points=(20,), parameters=(3,))
    names = [entry.name for entry in free[3, 20]]
    assert names[:3] == ["SciPy curve_fit, lm", "expression", "NumPy function"]
    assert names[-1] == "hand-written loop"
    assert len(bounded[3, 20]) == 3
    for entry in free[3, 20] + bounded[3, 20]:
        assert entry.microseconds > 0
        assert entry.success == entry.best == 1.0
        assert entry.nfev >= 2
    assert free[3, 20][0].ratio == bounded[3, 20][0].ratio == 1.0


@pytest.mark.slow  # starts two clusters of processes
def test_everything_is_written(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "--smoke", "--output", tmp_path]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL)
    text = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "| batchopt, 400 problems" in text
    assert "Of 100 problems that both solved, 100.00 %" in text
    assert "hand-written loop" in text
    lines = ET.parse(tmp_path / "results.svg").getroot().findall("{*}polyline")
    assert len(lines) >= 6


@pytest.mark.parametrize("parameters", CURVES)
def test_the_contenders_solve_the_same_problems(parameters):
    """All find the sum of squares that SciPy finds: no race is won by fitting worse."""
    problems = draw(CURVES[parameters], 3, 30)
    everyone = [*contenders.without_bounds(parameters), *contenders.with_bounds()]
    answers = {c.name: contenders.quietly(c.fit, problems) for c in everyone}
    assert set(best_shares(problems, answers).values()) == {1.0}


def test_a_worse_answer_is_seen():
    problems = draw(CURVES[3], 4, 30)
    good = contenders.quietly(contenders.SCIPY.fit, problems)
    worse = good.x.copy()
    worse[1] *= 1.01
    worse[2] = np.nan
    shares = best_shares(problems, {"good": good, "worse": replace(good, x=worse)})
    assert shares == {"good": 1.0, "worse": 0.5}


def test_a_failure_of_scipy_is_a_row():
    def fails(*_, **__):
        raise RuntimeError("no convergence")

    found = contenders.one_by_one("fails", fails, RuntimeError).fit(draw(CURVES[2], 2, 20))
    assert not found.success.any()
    assert np.isnan(found.x).all()


def test_the_hand_written_loop_fits_one_model_only():
    with pytest.raises(ValueError, match=r"not a\*exp\(-b\*x\)$"):
        handwritten.fit(draw(CURVES[2], 2, 20), TOLERANCE)


def test_ratios_are_of_the_first_contender():
    def wait(_):
        return answers

    problems = draw(CURVES[2], 6, 20)
    answers = contenders.SCIPY.fit(problems)
    entries = race(problems, [contenders.SCIPY, contenders.Contender("idle", wait, batched=True)], EFFORT)
    assert entries[0].ratio == 1.0
    assert entries[1].ratio > 10.0


def test_the_crossover_is_where_the_batch_stays_quicker():
    assert crossover([(1, 5.0, 1.0), (2, 1.0, 2.0), (4, 5.0, 4.0), (8, 5.0, 8.0), (16, 5.0, 16.0)]) == 8
    assert crossover([(1, 2.0, 1.0), (2, 3.0, 2.0)]) is None


def test_digits_are_those_of_the_worst():
    assert accuracy.digits([1.001, 2.0], [1.0, 2.0]) == pytest.approx(3.0)
    assert accuracy.digits([1.0, 2.0], [1.0, 2.0]) == accuracy.CAP
    assert accuracy.digits([np.nan, 2.0], [1.0, 2.0]) == 0.0
    assert accuracy.digits([-5.0], [1.0]) == 0.0


GOOD = accuracy.Score("Misra1a", 1, "lm", 9.0, 9.0, success=True, status="cost", nfev=9)


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (GOOD, ""),
        (replace(GOOD, parameters=3.9, success=False), "digits of parameters"),
        (replace(GOOD, parameters=2.9), "called a success"),
        (replace(GOOD, errors=3.9), "digits of parameters"),
        (replace(GOOD, errors=3.9, problem="Lanczos1"), ""),
        (replace(GOOD, parameters=7.9), "on average"),
    ],
)
def test_the_bar(score, said):
    found = "\n".join(accuracy.complaints([score]))
    assert said in found
    assert bool(said) == bool(found)


def test_accuracy_passes(capsys):
    assert accuracy.main() == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 2 + 38 + 1
    assert "38 of 38" in shown[-1]


def test_a_sample_of_problems_is_the_beginning_of_all(tmp_path, monkeypatch):
    monkeypatch.setattr(end_to_end, "GROUP", 8)
    for name, problems in (("all", 20), ("some", 10)):
        end_to_end.write_problems(tmp_path / name, problems, points=5)
    every, some = pq.read_table(tmp_path / "all"), pq.read_table(tmp_path / "some")
    assert every.num_rows == 100
    assert some == every.slice(0, 50)
    file = pq.ParquetFile(tmp_path / "some")
    ids = [set(file.read_row_group(i)["id"].to_pylist()) for i in range(file.num_row_groups)]
    assert len(ids) >= 4  # two workers have something to do
    assert sum(map(len, ids)) == 10  # whole problems lie in each


def test_extrapolation_leaves_what_does_not_grow():
    peer = Outcome(seconds=12.0, memory={}, printed="10.0\n")
    assert end_to_end.extrapolated(peer, share=1.0) == 12.0
    assert end_to_end.extrapolated(peer, share=0.01) == 1002.0


def test_peak_memory_is_seen_after_it_was_freed():
    """The process holds 200 MB for a while, and is small when it waits for its end."""
    code = "import time; hold = bytearray(200_000_000); time.sleep(0.5); del hold; print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        with peaks({"child": child.pid, "gone": 2**22 + 1}) as found:
            child.stdout.readline()
            time.sleep(0.3)
        child.communicate(b"\n")
    assert 200.0 < found["child"] < 300.0
    assert found["gone"] == 0.0


def test_tables_are_markdown():
    shown = table(("name", "time"), [("a", 1), ("long name", 12345)])
    assert shown.splitlines() == [
        "| name      |  time |",
        "| --------- | ----: |",
        "| a         |     1 |",
        "| long name | 12345 |",
    ]
