"""What results are written in: Markdown tables, and the machine they were measured on, in words."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    "batchopt",
    "numpy",
    "numba",
    "scipy",
    "highspy",
    "lmfit",
    "dask",
    "distributed",
    "pandas",
    "pyarrow",
)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table that also reads well as plain text; the first column is text, the others are numbers."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    first, *others = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        [row[0].ljust(first), *(cell.rjust(wide) for cell, wide in zip(row[1:], others, strict=True))]
        for row in cells
    ]
    lines.insert(1, ["-" * max(first, 3), *("-" * max(wide - 1, 3) + ":" for wide in others)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rounded(value: float) -> str:
    """Three digits or so, for people."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine() -> str:
    """Cores, processor, memory and versions; nothing that names the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB of memory"
    return (
        f"{cores} cores, {_processor()}{memory}; {platform.system()}, Python {platform.python_version()}; "
        f"{', '.join(_versions())}. {date.today().isoformat()}."
    )


def _processor() -> str:
    """Its model, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _versions() -> list[str]:
    found = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return found
