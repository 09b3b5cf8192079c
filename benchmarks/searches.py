"""Minima and roots in memory, on one core: methods in batches against loops of SciPy's of the same name.

Run it alone with ``python -m benchmarks.minimize`` or ``python -m benchmarks.root``.
"""

import argparse
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.markdown import machine, rounded, table
from benchmarks.race import interleaved, one_core
from solvers.arrays import Array


@dataclass(frozen=True)
class Family:
    """B problems of one shape: as functions of rows for us, of one problem for SciPy, and as text."""

    method: str
    n: int
    start: Array  # (B, n)
    batch: Callable[..., Any]  # (start (b, n)) -> result of ours by functions
    loop: Callable[..., Any]  # (start (n,)) -> SciPy's result
    text: Callable[..., Any] | None = None  # (start (b, n)) -> result of ours by an expression
    goal: float | None = None  # over SciPy's, at B = 4,000
    right: Callable[[Array], Any] = field(default=lambda x: np.ones(len(x), dtype=bool))  # of answers (b, n)


@dataclass(frozen=True)
class Field:
    """Who runs against SciPy."""

    title: str
    how: str  # what was measured
    methods: Sequence[str]
    family: Callable[[str, int, int], Family]  # (method, n, B)
    scalar_methods: Sequence[str]
    scalar_family: Callable[[str, int], Family]  # (method, B)

    def families(self, effort: "Effort", methods: Iterable[str]) -> Iterator[Family]:
        """All there are of these methods."""
        most = max(*effort.sizes, effort.batch)
        for method in methods:
            if method in self.scalar_methods:
                yield self.scalar_family(method, most)
            else:
                yield from (self.family(method, n, most) for n in effort.unknowns)


@dataclass(frozen=True)
class Effort:
    """How many rounds, problems and samples."""

    rounds: int
    sizes: Sequence[int]  # B for which the crossover is looked for
    batch: int  # B of the table
    sample: int  # how many SciPy gets
    unknowns: Sequence[int]
    seconds: float = 4.0  # of a run: what would take longer gets fewer problems


FULL = Effort(rounds=3, sizes=(1, 10, 100, 1000, 10_000), batch=4000, sample=20, unknowns=(2, 5, 10, 30))
SMOKE = Effort(rounds=1, sizes=(1, 10), batch=20, sample=3, unknowns=(2,))


@dataclass(frozen=True)
class Entry:
    """How a family went."""

    family: Family
    size: int  # B
    microseconds: tuple[float, float, float]  # a problem: ours, ours by text (NaN without), SciPy's
    ratios: tuple[float, float]  # SciPy's time over ours, over ours by text
    evaluations: tuple[float, float]  # mean, ours and SciPy's of the same problems
    success: tuple[float, float]
    crossover: int | None  # least B of those tried from which on we are quicker


def race(family: Family, effort: Effort) -> Entry:
    """Race at one size, then look for the size from which on we are quicker."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        family.batch(family.start[:1])  # compiles
        few = family.start[: min(effort.sample, _affordable(partial(_looped, family), family, 1, effort))]
        most = _affordable(family.batch, family, len(few), effort)
        start = family.start[: min(effort.batch, most)]
        runs: dict[str, Callable[[], Any]] = {
            "ours": partial(family.batch, start),
            "SciPy": partial(_looped, family, few),
        }
        if family.text is not None:
            runs["text"] = partial(family.text, start)
        found: dict[str, Any] = {name: run() for name, run in runs.items()}
        seconds = interleaved(runs, effort.rounds)
        crossover = _crossover(family, effort, median(seconds["SciPy"]) / len(few), most)
    size = {"ours": len(start), "SciPy": len(few), "text": len(start)}
    each = {name: [t / size[name] for t in times] for name, times in seconds.items()}
    each.setdefault("text", [np.nan])
    scipy = median(each["SciPy"])
    ours, peers = found["ours"], found["SciPy"]
    k = len(few)
    return Entry(
        family,
        len(start),
        (1e6 * median(each["ours"]), 1e6 * median(each["text"]), 1e6 * scipy),
        (scipy / median(each["ours"]), scipy / median(each["text"])),
        (float(np.mean(ours.nfev[:k])), float(np.nanmean([peer.nfev for peer in peers]))),
        (
            float(np.mean(ours.success & family.right(ours.x))),
            float(np.mean([p.success for p in peers] & family.right(np.array([p.x for p in peers])))),
        ),
        crossover,
    )


def _affordable(solve: Callable[..., Any], family: Family, sample: int, effort: Effort) -> int:
    """How many problems a run may have, by what a sample takes."""
    taken = median(interleaved({"": partial(solve, family.start[:sample])}, 3)[""])
    return max(sample, int(effort.seconds * sample / taken))


def _looped(family: Family, start: Array) -> list[Any]:
    """SciPy's results; what raises has not solved its problem."""
    found: list[Any] = []
    for x in start:
        try:
            found.append(family.loop(x))
        except ArithmeticError:
            found.append(SimpleNamespace(x=np.full(np.shape(x), np.nan), nfev=np.nan, success=False))
    return found


def _crossover(family: Family, effort: Effort, scipy: float, most: int) -> int | None:
    """The least size from which on a problem takes us less time than SciPy."""
    quicker: int | None = None
    for size in sorted(effort.sizes, reverse=True):
        part = family.start[:size]
        if not len(part) == size <= most:
            continue
        taken = median(interleaved({"ours": partial(family.batch, part)}, effort.rounds)["ours"]) / size
        if taken >= scipy:
            break
        quicker = size
    return quicker


def report(runners: Field, effort: Effort, methods: Sequence[str] = ()) -> str:
    """Race all methods, or these; Markdown."""
    header = (
        "", "n", "B", "µs, ours", "by text", "SciPy", "over SciPy", "by text", "goal",
        "evaluations", "SciPy's", "success", "SciPy's", "quicker from B =",
    )  # fmt: skip
    rows = []
    with one_core():
        for family in runners.families(effort, methods or (*runners.methods, *runners.scalar_methods)):
            entry = race(family, effort)
            print(f"{family.method}, n = {family.n}: {entry.ratios[0]:.3g}", file=sys.stderr, flush=True)
            rows.append([
                family.method,
                family.n,
                entry.size,
                *map(rounded, entry.microseconds),
                *map(rounded, entry.ratios),
                "" if family.goal is None else rounded(family.goal),
                *map(rounded, entry.evaluations),
                *(f"{share:.0%}" for share in entry.success),
                "none tried" if entry.crossover is None else entry.crossover,
            ])  # fmt: skip
    how = f"{runners.how} What would take longer than {effort.seconds:g} s a run gets fewer problems."
    return "\n\n".join([f"## {runners.title}", how, table(header, rows)])


def main(runners: Field) -> None:
    """Race from the command line."""
    parser = argparse.ArgumentParser(description=runners.title)
    parser.add_argument("methods", nargs="*", help="left out: all")
    parser.add_argument("--smoke", action="store_true", help="the smallest sizes: does it still run?")
    given = parser.parse_args()
    print(machine())
    print(report(runners, SMOKE if given.smoke else FULL, given.methods))
