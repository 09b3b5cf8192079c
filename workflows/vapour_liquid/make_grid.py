"""Make data/grid.parquet: methane and propane at 200 to 350 K and 1 to 100 bar, for the equations.

Run it from anywhere; the same numbers come out each time:  python workflows/vapour_liquid/make_grid.py
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILE = Path(__file__).parent / "data" / "grid.parquet"
#: Critical temperature in K and pressure in bar, acentric factor: B. Poling, J. Prausnitz, J. O'Connell, The
#: Properties of Gases and Liquids, 5th ed., McGraw-Hill 2001, appendix A.
TC = np.array([190.56, 369.83])
PC = np.array([45.99, 42.48])
OMEGA = np.array([0.0115, 0.1523])
#: How much weaker methane and propane attract each other than the geometric mean says: for Peng and
#: Robinson's equation, R. Reid, J. Prausnitz, B. Poling, The Properties of Gases and Liquids, 4th ed. 1987,
#: table 4-2.
K12 = 0.014


def parameters(kelvin: np.ndarray, bar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``A = a P / (R T)^2`` and ``B = b P / (R T)`` of each substance, (2, N), Peng's and Robinson's.

    D.-Y. Peng, D. Robinson, A new two-constant equation of state, Ind. Eng. Chem. Fundam. 15 (1976) 59-64.
    """
    tr, pr = np.multiply.outer(1 / TC, kelvin), np.multiply.outer(1 / PC, bar)
    m = (0.37464 + 1.54226 * OMEGA - 0.26992 * OMEGA**2)[:, None]
    alpha = (1 + m * (1 - np.sqrt(tr))) ** 2
    return 0.45724 * alpha * pr / tr**2, 0.07780 * pr / tr


def wilson(kelvin: np.ndarray, bar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Guess the methane in liquid and vapour, by Wilson's correlation of K-values."""
    tr, pr = np.multiply.outer(1 / TC, kelvin), np.multiply.outer(1 / PC, bar)
    k1, k2 = np.exp(5.373 * (1 + OMEGA[:, None]) * (1 - 1 / tr)) / pr
    x = np.clip((1 - k2) / (k1 - k2), 0.01, 0.95)
    return x, np.clip(k1 * x, x + 0.01, 0.99)


def compressibility(a: np.ndarray, b: np.ndarray, pick: int) -> np.ndarray:
    """The least (0) or the greatest (-1) real root of the cubic, (N,)."""
    found = np.empty(len(a))
    for i, (big, small) in enumerate(zip(a, b, strict=True)):
        roots = np.roots([1, small - 1, big - 3 * small**2 - 2 * small, small**3 + small**2 - big * small])
        real = np.sort(roots.real[np.abs(roots.imag) < 1e-9])
        found[i] = real[real > small][pick]
    return found


def table() -> pa.Table:
    """The grid, a row a temperature and pressure."""
    grid = np.meshgrid(np.arange(200, 351, 5), np.arange(1, 101), indexing="ij")
    kelvin, bar = (part.ravel() for part in grid)
    (a1, a2), (b1, b2) = parameters(kelvin, bar)
    a12 = (1 - K12) * np.sqrt(a1 * a2)
    x, y = wilson(kelvin, bar)
    columns = {"a1": a1, "a12": a12, "a2": a2, "b1": b1, "b2": b2, "x_guess": x, "y_guess": y}
    for name, part, pick in (("zl_guess", x, 0), ("zv_guess", y, -1)):
        a, b = part**2 * a1 + 2 * part * (1 - part) * a12 + (1 - part) ** 2 * a2, part * b1 + (1 - part) * b2
        columns[name] = compressibility(a, b, pick)
    rounded = {name: np.round(part, 9) for name, part in columns.items()}
    return pa.table({"kelvin": kelvin, "bar": bar, **rounded})


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    pq.write_table(table(), FILE, compression="zstd", compression_level=19)
