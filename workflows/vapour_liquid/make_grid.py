"""Make data/grid.parquet: temperatures and pressures for methane and propane, with what their equations need.

Run it from anywhere; the same numbers come out each time:  python workflows/vapour_liquid/make_grid.py

In it, substance 1 is methane and 2 propane; arrays have a row a substance, a column a state: (2, N).
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILE = Path(__file__).parent / "data" / "grid.parquet"
#: Critical temperature in K, critical pressure in bar, acentric factor; (2, 1). B. Poling, J. Prausnitz,
#: J. O'Connell, The Properties of Gases and Liquids, 5th ed., McGraw-Hill 2001, appendix A.
TC = np.array([[190.56], [369.83]])
PC = np.array([[45.99], [42.48]])
OMEGA = np.array([[0.011], [0.152]])
#: By how much unlike molecules attract each other less than the geometric mean: H. Knapp et al., Vapor-Liquid
#: Equilibria for Mixtures of Low Boiling Substances, DECHEMA Chemistry Data Series VI, 1982.
K12 = 0.014


def pure(kelvin: np.ndarray, bar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``A = a P / (R T)^2`` and ``B = b P / (R T)`` of both substances.

    D.-Y. Peng, D. Robinson, A New Two-Constant Equation of State, Ind. Eng. Chem. Fundam. 15 (1976) 59-64.
    """
    tr, pr = kelvin / TC, bar / PC
    kappa = 0.37464 + 1.54226 * OMEGA - 0.26992 * OMEGA**2
    alpha = (1 + kappa * (1 - np.sqrt(tr))) ** 2
    return 0.45724 * alpha * pr / tr**2, 0.07780 * pr / tr


def wilson(kelvin: np.ndarray, bar: np.ndarray) -> np.ndarray:
    """K = y/x of both substances by Wilson's correlation (see Poling et al.): good at low pressures only."""
    return PC / bar * np.exp(5.373 * (1 + OMEGA) * (1 - TC / kelvin))


def split(k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Methane in liquid and vapour that have these K, moved inside of 0 to 1; (N,) each."""
    x = np.clip((1 - k[1]) / (k[0] - k[1]), 0.001, 0.995)
    return x, np.clip(k[0] * x, x + 0.002, 0.998)


def phase(
    x: np.ndarray, a: np.ndarray, a12: np.ndarray, b: np.ndarray, which: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compressibility (N,), the least or greatest root, and logarithms of fugacity coefficients (2, N)."""
    one, two = x * a[0] + (1 - x) * a12, x * a12 + (1 - x) * a[1]
    big, small = x * one + (1 - x) * two, x * b[0] + (1 - x) * b[1]
    z = np.array([_root(*state, which) for state in zip(big, small, strict=True)])
    r2 = np.sqrt(2)
    far = big / (2 * r2 * small) * np.log((z + (1 + r2) * small) / (z + (1 - r2) * small))
    phi = [
        b_i / small * (z - 1) - np.log(z - small) - far * (2 * pull / big - b_i / small)
        for b_i, pull in ((b[0], one), (b[1], two))
    ]
    return z, np.array(phi)


def _root(big: float, small: float, which: int) -> float:
    cubic = [1, small - 1, big - 3 * small**2 - 2 * small, small**3 + small**2 - big * small]
    roots = np.roots(cubic)
    real = np.sort(roots.real[np.abs(roots.imag) < 1e-9])
    return float(real[real > small][which])


def table() -> pa.Table:
    """The grid, a row a temperature and pressure."""
    grid = np.meshgrid(np.arange(170, 366, 5), np.arange(2, 111, 2), indexing="ij")
    kelvin, bar = (part.ravel() for part in grid)
    a, b = pure(kelvin, bar)
    a12 = (1 - K12) * np.sqrt(a[0] * a[1])
    x, y = split(wilson(kelvin, bar))
    for _ in range(4):  # from K by Wilson, then three times from that of the equation of state
        (zl, liquid), (zv, vapour) = phase(x, a, a12, b, 0), phase(y, a, a12, b, -1)
        start = {"x_start": x, "y_start": y, "zl_start": zl, "zv_start": zv}
        x, y = split(np.exp(liquid - vapour))
    parameters = {"a1": a[0], "a12": a12, "a2": a[1], "b1": b[0], "b2": b[1]}
    starts = {name: np.round(values, 6) for name, values in start.items()}
    return pa.table({"kelvin": kelvin, "bar": bar, **parameters, **starts})


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    pq.write_table(table(), FILE, compression="zstd", compression_level=19)
