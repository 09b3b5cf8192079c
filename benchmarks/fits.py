"""Curve fits in memory, on one core: every contender, by number of points and of parameters.

Run it alone with ``python -m benchmarks.fits``; ``make bench`` writes what it prints to RESULTS.md.
"""

import argparse
from collections.abc import Iterable

from benchmarks.contenders import EXPRESSION, EXPRESSION_BOUNDED, FUNCTION, SCIPY, SINGLE, with_bounds
from benchmarks.contenders import without_bounds as unbounded
from benchmarks.crossover import batch_times, crossover, first_call
from benchmarks.curves import CURVES, draw
from benchmarks.markdown import machine, rounded, table
from benchmarks.plot import svg
from benchmarks.race import Effort, Entry, one_core, race

#: (parameters, points) -> the entries of a race.
Races = dict[tuple[int, int], list[Entry]]

FULL = Effort(rounds=7, batch=4000, sample=60)
SMOKE = Effort(rounds=2, batch=64, sample=4)
POINTS, PARAMETERS = (20, 50, 200, 1000), (2, 3, 4, 5, 6)
SMOKE_POINTS, SMOKE_PARAMETERS = (20, 50), (3, 4)

#: Of a batch, so that large problems take no longer than they must.
_MOST_POINTS = 1_000_000

_HOW = (
    "Medians of {effort.rounds} interleaved rounds: batches of {effort.batch:,} problems (a million points "
    "at most), {effort.sample} one after the other. Data, starts and tolerances (1e-8) are the same for all; "
    "functions have no derivatives given. Ratios are medians of SciPy's time over the contender's."
)
_COLUMNS = (
    "Success is what the contender says; best, the share of problems on which nobody found a sum of squares "
    "that is smaller by more than 1e-6 of it. SciPy's lm, lmfit and solvers.curve_fit count evaluations for "
    "differences, the others do not."
)

#: What issue 3 asks for: name, points, contender, ratio at least, and aimed at.
_GOALS = (
    ("expression, 20 points", 20, EXPRESSION, 90, 150),
    ("expression, 50 points", 50, EXPRESSION, 60, 100),
    ("expression, 200 points", 200, EXPRESSION, 40, 100),
    ("expression with bounds, 50 points", 50, EXPRESSION_BOUNDED, 300, 800),
    ("NumPy function, finite differences, 50 points", 50, FUNCTION, 15, 25),
    ("single fit, NumPy function, 50 points", 50, SINGLE, 0.25, 1),
)


def run(effort: Effort, points: Iterable[int], parameters: Iterable[int]) -> tuple[Races, Races]:
    """Race over all sizes, without bounds and with them."""
    free, bounded = Races(), Races()
    for n in parameters:
        for m in points:
            problems = draw(CURVES[n], min(effort.batch, _MOST_POINTS // m), m)
            free[n, m] = race(problems, unbounded(n), effort)
            bounded[n, m] = race(problems, with_bounds(), effort)
    return free, bounded


def report(effort: Effort, points: tuple[int, ...], parameters: tuple[int, ...]) -> tuple[str, str]:
    """Run everything; (Markdown, SVG)."""
    with one_core():
        free, bounded = run(effort, points, parameters)
        text = [
            "## Fits in memory, one core",
            _HOW.format(effort=effort),
            "### Against issue 3's goals",
            _goals(free, bounded),
            "### How many times SciPy, without bounds",
            _ratios(free),
            "### How many times SciPy, with bounds (`trf`)",
            _ratios(bounded),
            "### From how many problems on",
            _crossover(effort),
            "### Times, success and evaluations",
            _COLUMNS,
            _details(free),
            _details(bounded),
        ]
    shown = 3
    lines: dict[str, list[tuple[float, float]]] = {}
    for (n, m), entries in free.items():
        for entry in entries if n == shown else []:
            lines.setdefault(entry.name, []).append((m, entry.microseconds))
    title = f"Time of a fit, {CURVES[shown].expression}, one core"
    return "\n\n".join(text), svg(title, "points", "microseconds", lines)


def _goals(free: Races, bounded: Races) -> str:
    rows = []
    for goal, m, contender, least, aim in _GOALS:
        races = bounded if contender is EXPRESSION_BOUNDED else free
        found = [
            entry.ratio for n in (3, 4) for entry in races.get((n, m), []) if entry.name == contender.name
        ]
        if found:
            verdict = "no" if min(found) < least else "aim" if min(found) >= aim else "yes"
            rows.append((goal, *(rounded(ratio) for ratio in (min(found), max(found), least, aim)), verdict))
    header = ("over SciPy's time, 3 and 4 parameters", "lower", "higher", "at least", "aim", "reached")
    return table(header, rows)


def _ratios(races: Races) -> str:
    names = list(dict.fromkeys(entry.name for entries in races.values() for entry in entries[1:]))
    rows = []
    for (n, m), entries in races.items():
        ratios = {entry.name: rounded(entry.ratio) for entry in entries}
        rows.append([f"{n} parameters, {m:,} points", *(ratios.get(name, "") for name in names)])
    return table(["", *names], rows)


def _details(races: Races) -> str:
    rows = [
        (
            f"{CURVES[n].name} ({n}), {m:,} points: {entry.name}",
            rounded(entry.microseconds),
            rounded(entry.ratio),
            f"{100 * entry.success:.1f} %",
            f"{entry.nfev:.1f}",
            f"{100 * entry.best:.1f} %",
        )
        for (n, m), entries in races.items()
        for entry in entries
    ]
    return table(("", "µs a fit", "times SciPy", "success", "evaluations", "best"), rows)


def _crossover(effort: Effort) -> str:
    problems = draw(CURVES[3], min(effort.batch, 256), 50)
    measured = {c: batch_times(problems, c, effort.rounds) for c in (EXPRESSION, FUNCTION)}
    rows = []
    for position, (size, _, scipys) in enumerate(measured[EXPRESSION]):
        own = [rounded(1e3 * measured[c][position][1]) for c in measured]
        rows.append((f"{size} problems", rounded(1e3 * scipys), *own))
    won = [f"{c.name}: {crossover(times) or 'never here'}" for c, times in measured.items()]
    start = first_call()
    scipy_fit = measured[EXPRESSION][-1][2] / measured[EXPRESSION][-1][0]
    text = (
        f"Of {CURVES[3].expression}, 50 points, a batch is quicker than SciPy from this many problems on, "
        f"once its model is compiled: {'; '.join(won)}. The first call of a process, with nothing cached on "
        f"the machine, takes {start:.1f} s more, in which {SCIPY.name} does {start / scipy_fit:,.0f} fits."
    )
    return f"{text}\n\n" + table(("milliseconds", SCIPY.name, *(c.name for c in measured)), rows)


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="the smallest sizes: does it still run?")
    small = parser.parse_args().smoke
    sizes = (SMOKE, SMOKE_POINTS, SMOKE_PARAMETERS) if small else (FULL, POINTS, PARAMETERS)
    print(machine(), report(*sizes)[0], sep="\n\n")


if __name__ == "__main__":
    main()
