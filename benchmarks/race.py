"""A race: contenders take turns on the same problems, so that what else the machine does hits all alike."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np

from benchmarks.contenders import Answers, Contender, quietly
from benchmarks.curves import Problems

#: A sum of squares is the best known when it is relatively at most this much above the least found.
_BEST = 1e-6


@dataclass(frozen=True)
class Effort:
    """How many rounds, and how many problems are a sample."""

    rounds: int
    batch: int
    sample: int


@dataclass(frozen=True)
class Entry:
    """How a contender did."""

    name: str
    microseconds: float  # a fit
    ratio: float  # time of the first contender over its own
    success: float  # share of the problems it says it solved
    nfev: float  # mean, as it counts them
    best: float  # share of the sample with the least squares known


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one core, where the system has that notion."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def interleaved(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds that each run takes in each round; they take turns at being first."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds):
        order = [*runs][turn % len(runs) :] + [*runs][: turn % len(runs)]
        for name in order:
            begin = time.perf_counter()
            runs[name]()
            times[name].append(time.perf_counter() - begin)
    return times


def race(problems: Problems, contenders: Sequence[Contender], effort: Effort) -> list[Entry]:
    """Medians of interleaved rounds, each contender having run once before; ratios are medians, too."""
    given = {c.name: problems.first(effort.batch if c.batched else effort.sample) for c in contenders}
    runs = {c.name: partial(quietly, c.fit, given[c.name]) for c in contenders}
    answers = {name: run() for name, run in runs.items()}
    seconds = interleaved(runs, effort.rounds)
    times = {name: [taken / len(given[name]) for taken in own] for name, own in seconds.items()}  # a fit
    best = best_shares(problems.first(effort.sample), answers)
    first = times[contenders[0].name]
    return [
        Entry(
            name=name,
            microseconds=1e6 * median(own),
            ratio=median(a / b for a, b in zip(first, own, strict=True)),
            success=float(np.mean(answers[name].success)),
            nfev=float(np.mean(answers[name].nfev)),
            best=best[name],
        )
        for name, own in times.items()
    ]


def best_shares(sample: Problems, answers: dict[str, Answers]) -> dict[str, float]:
    """For each contender, the share of the sample on which nobody found a smaller sum of squares."""
    squares = {name: sample.squares(found.x[: len(sample)]) for name, found in answers.items()}
    least = np.nanmin(list(squares.values()), axis=0)
    return {name: float(np.mean(found <= (1.0 + _BEST) * least)) for name, found in squares.items()}
