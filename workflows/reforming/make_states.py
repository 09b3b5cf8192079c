"""Make data/states.parquet: temperatures, pressures and ratios of steam to methane, with standard potentials.

Run it from anywhere; the same numbers come out each time:  python workflows/reforming/make_states.py
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILE = Path(__file__).parent / "data" / "states.parquet"
R = 8.314462618e-3  # kJ / (mol K)
#: Up to which temperature in K, and the coefficients A to G of Shomate's equations for ideal gases: M. Chase,
#: NIST-JANAF Thermochemical Tables, 4th ed., J. Phys. Chem. Ref. Data, Monograph 9 (1998), as the NIST
#: Chemistry WebBook, SRD 69, gives them.
SHOMATE = {
    "ch4": [(1300, (-0.703029, 108.4773, -42.52157, 5.862788, 0.678565, -76.84376, 158.7163))],
    "h2o": [(1700, (30.09200, 6.832514, 6.793435, -2.534480, 0.082139, -250.8810, 223.3967))],
    "co": [(1300, (25.56759, 6.096130, 4.054656, -2.671301, 0.131021, -118.0089, 227.3665))],
    "co2": [(1200, (24.99735, 55.18696, -33.69137, 7.948387, -0.136638, -403.6075, 228.2431))],
    "h2": [
        (1000, (33.066178, -11.363417, 11.432816, -2.772874, -0.158558, -9.980797, 172.707974)),
        (2500, (18.563083, 12.257357, -2.859786, 0.268238, 1.977990, -1.147438, 156.288133)),
    ],
}


def potential(substance: str, kelvin: np.ndarray) -> np.ndarray:
    """Standard chemical potential over RT at 1 bar, elements at 298.15 K having no enthalpy; (N,)."""
    t, found = kelvin / 1000, np.full(len(kelvin), np.nan)
    for upto, (a, b, c, d, e, f, g) in reversed(SHOMATE[substance]):
        enthalpy = a * t + b * t**2 / 2 + c * t**3 / 3 + d * t**4 / 4 - e / t + f  # kJ / mol
        entropy = a * np.log(t) + b * t + c * t**2 / 2 + d * t**3 / 3 - e / (2 * t**2) + g  # J / (mol K)
        found = np.where(kelvin <= upto, (enthalpy - kelvin * entropy / 1000) / (R * kelvin), found)
    return found


def table() -> pa.Table:
    """All combinations, a row each."""
    grid = np.meshgrid(np.arange(800, 1201, 10), [1, 5, 10, 20, 30], np.arange(2.0, 5.1, 0.5), indexing="ij")
    kelvin, bar, steam = (part.ravel() for part in grid)
    columns = {
        f"g_{name}": np.round(potential(name, kelvin.astype(float)) + np.log(bar), 9) for name in SHOMATE
    }
    return pa.table(
        {"state": np.arange(len(kelvin)), "kelvin": kelvin, "bar": bar, "steam": steam, **columns}
    )


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    pq.write_table(table(), FILE, compression="zstd", compression_level=19)
