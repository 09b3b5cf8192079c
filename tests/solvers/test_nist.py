"""The NIST reference sets from both their starts: right to 4 digits, or honest about it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from solvers import curve_fit_batch

SETS = pd.read_parquet(Path(__file__).parents[1] / "data" / "nist.parquet")


def digits(found, certified):
    """Correct digits of the worst parameter."""
    return -np.log10(np.maximum(np.abs(found / certified - 1.0), 1e-16)).min(axis=-1)


def fit(row, method, **options):
    """Both starts in one batch."""
    variables = [row.x] if row.x2 is None else [row.x, row.x2]
    return curve_fit_batch(
        row.model, tuple(variables), np.array([row.y, row.y]), np.array([row.start1, row.start2]),
        parameters=list(row.parameters), method=method, **options,
    )  # fmt: skip


@pytest.mark.parametrize(("method", "evaluations"), [("lm", 1097), ("trf", 1228)])
def test_the_reference_sets(method, evaluations):
    """The evaluations were counted when this was written: a rule that is lost shows in them."""
    right, used, wrong = 0, 0, []
    for row in SETS.itertuples():
        fits = fit(row, method)
        correct = digits(fits.x, row.certified) >= 4.0
        right += correct.sum()
        used += fits.nfev.sum()
        if (fits.success & ~correct).any():
            wrong.append(row.name)
        for i in np.flatnonzero(correct & fits.success):
            assert fits.cost[i] == pytest.approx(row.rss / 2, rel=1e-4)
            if row.name != "Lanczos1":  # its residuals are rounding errors
                np.testing.assert_allclose(fits.stderr[i], row.certified_std, rtol=1e-4)
    assert wrong == []  # none says that it converged where it did not
    assert right >= 37
    assert used == pytest.approx(evaluations, rel=0.02)


@pytest.mark.parametrize("jac", ["2-point", "3-point"])
def test_with_differences(jac):
    """The sets of lower difficulty as Python functions, without derivatives."""
    namespace = {name: getattr(np, name) for name in ("exp", "sin", "cos", "log", "arctan")}
    right = total = 0
    for row in SETS[(SETS.difficulty == "lower") & SETS.x2.isna()].itertuples():
        f = eval(f"lambda x, {', '.join(row.parameters)}: {row.model}", namespace)
        fits = curve_fit_batch(
            f, row.x, np.array([row.y, row.y]), np.array([row.start1, row.start2]), jac=jac, method="lm"
        )
        right += (digits(fits.x, row.certified) >= 4.0).sum()
        total += 2
    assert total >= 12
    assert right == total
