"""Run all benchmarks and write RESULTS.md with its plot: ``make bench``."""

import argparse
from pathlib import Path

from benchmarks import end_to_end, fits, linprog, minimize, root, searches
from benchmarks.markdown import machine

HERE = Path(__file__).parent


def main() -> None:
    """Write the results, and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="the smallest sizes: does it still run?")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for RESULTS.md and results.svg")
    parser.add_argument("--problems", type=int, default=1_000_000, help="fits from Parquet to Parquet")
    parser.add_argument("--peer-problems", type=int, default=20_000, help="how many of them SciPy gets")
    options = parser.parse_args()
    if options.smoke:
        in_memory, plot = fits.report(fits.SMOKE, fits.SMOKE_POINTS, fits.SMOKE_PARAMETERS)
        on_disk = end_to_end.report(problems=400, peer_problems=100, points=20)
        programs = linprog.report(linprog.SMOKE)
        effort = searches.SMOKE
    else:
        in_memory, plot = fits.report(fits.FULL, fits.POINTS, fits.PARAMETERS)
        on_disk = end_to_end.report(options.problems, options.peer_problems, points=20)
        programs = linprog.report(linprog.FULL)
        effort = searches.FULL
    text = [
        "# Results",
        f"Written by `make bench`. {machine()}",
        on_disk,
        "![Time of a fit by number of points](results.svg)",
        in_memory,
        programs,
        searches.report(minimize.FIELD, effort),
        searches.report(root.FIELD, effort),
    ]
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "results.svg").write_text(plot, encoding="utf-8")
    results = options.output / "RESULTS.md"
    results.write_text("\n\n".join(text) + "\n", encoding="utf-8")
    print(results.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
