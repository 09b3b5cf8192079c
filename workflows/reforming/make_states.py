"""Make data/states.parquet: temperatures, pressures, steam per methane, and Gibbs energies of two reactions.

Run it from anywhere; the same numbers come out each time:  python workflows/reforming/make_states.py
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILE = Path(__file__).parent / "data" / "states.parquet"
R = 8.314462618  # J/(mol K)
#: Of ideal gases at 1 bar: up to how many kelvins, and the coefficients A to G of Shomate's equations. NIST
#: Chemistry WebBook, SRD 69, after M. Chase, NIST-JANAF Thermochemical Tables, 4th ed., J. Phys. Chem. Ref.
#: Data, Monograph 9, 1998. They begin at 298 K, those of water at 500 K.
SHOMATE = {
    "ch4": [(1300, (-0.703029, 108.4773, -42.52157, 5.862788, 0.678565, -76.84376, 158.7163))],
    "h2o": [(1700, (30.09200, 6.832514, 6.793435, -2.534480, 0.082139, -250.8810, 223.3967))],
    "co": [(1300, (25.56759, 6.096130, 4.054656, -2.671301, 0.131021, -118.0089, 227.3665))],
    "co2": [
        (1200, (24.99735, 55.18696, -33.69137, 7.948387, -0.136638, -403.6075, 228.2431)),
        (6000, (58.16639, 2.720074, -0.492289, 0.038844, -6.447293, -425.9186, 263.6125)),
    ],
    "h2": [
        (1000, (33.066178, -11.363417, 11.432816, -2.772874, -0.158558, -9.980797, 172.707974)),
        (2500, (18.563083, 12.257357, -2.859786, 0.268238, 1.977990, -1.147438, 156.288133)),
    ],
}
#: The reactions that make CO and CO2 of methane and steam.
REACTIONS = {
    "g_co": {"ch4": -1, "h2o": -1, "co": 1, "h2": 3},
    "g_co2": {"ch4": -1, "h2o": -2, "co2": 1, "h2": 4},
}


def gibbs(gas: str, kelvin: np.ndarray) -> np.ndarray:
    """``H - T S`` at 1 bar in J/mol, (N,); H is 0 for the elements at 298.15 K."""
    t = kelvin / 1000
    parts = []
    for _, (a, b, c, d, e, f, g) in SHOMATE[gas]:
        enthalpy = a * t + b * t**2 / 2 + c * t**3 / 3 + d * t**4 / 4 - e / t + f  # kJ/mol
        entropy = a * np.log(t) + b * t + c * t**2 / 2 + d * t**3 / 3 - e / (2 * t**2) + g  # J/(mol K)
        parts.append(1000 * enthalpy - kelvin * entropy)
    return np.select([kelvin <= upto for upto, _ in SHOMATE[gas]], parts, np.nan)


def of_reaction(name: str, kelvin: np.ndarray) -> np.ndarray:
    """The standard Gibbs energy of a reaction in units of RT, (N,): minus the logarithm of its constant."""
    return sum(moles * gibbs(gas, kelvin) for gas, moles in REACTIONS[name].items()) / (R * kelvin)


def table() -> pa.Table:
    """All combinations, a row each."""
    grid = np.meshgrid(np.arange(600, 1301, 10), [1, 5, 10, 20, 40], [2, 3, 4, 5], indexing="ij")
    kelvin, bar, steam = (part.ravel() for part in grid)
    energies = {name: np.round(of_reaction(name, kelvin.astype(float)), 9) for name in REACTIONS}
    return pa.table({"kelvin": kelvin, "bar": bar, "steam": steam, **energies})


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    pq.write_table(table(), FILE, compression="zstd", compression_level=19)
