"""Make data/hours.parquet: a year of hours for the plant park, invented, but shaped as such years are.

Run it from anywhere; the same numbers come out each time:  python workflows/dispatch/make_hours.py
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HOURS = 8760
SEED = 2025
FILE = Path(__file__).parent / "data" / "hours.parquet"


def correlated(numbers: np.random.Generator, hours: float, size: int = HOURS) -> np.ndarray:
    """Normal numbers (size,) that forget themselves within so many hours."""
    keep = np.exp(-1 / hours)
    shocks = numbers.normal(size=size) * np.sqrt(1 - keep**2)
    found = np.empty(size)
    value = numbers.normal()
    for i, shock in enumerate(shocks):
        value = keep * value + shock
        found[i] = value
    return found


def demand(hour: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    """MW: more in winter, by day, with a morning and an evening peak, less at weekends."""
    of_day, day = hour % 24, hour // 24
    season = 1 + 0.13 * np.cos(2 * np.pi * (day - 15) / 365)
    morning, evening = (np.exp(-(((of_day - peak) / width) ** 2)) for peak, width in ((10, 4.5), (19, 3)))
    weekend = np.where((day + 2) % 7 >= 5, 0.86, 1.0)  # 2025 began on a Wednesday
    return (
        300
        * season
        * (0.78 + 0.30 * morning + 0.34 * evening)
        * weekend
        * (1 + 0.025 * correlated(numbers, 8))
    )


def solar(hour: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    """MW of 130 installed: the sun's height at 50 degrees north, and clouds."""
    of_day, day = hour % 24 + 0.5, hour // 24
    tilt = np.radians(-23.44) * np.cos(2 * np.pi * (day + 10) / 365)
    north = np.radians(50)
    angle = 2 * np.pi * (of_day - 12) / 24
    height = np.sin(north) * np.sin(tilt) + np.cos(north) * np.cos(tilt) * np.cos(angle)
    clear = 1 / (1 + np.exp(-0.6 - 1.2 * correlated(numbers, 20)))
    return 130 * np.clip(height, 0, None) * (0.2 + 0.8 * clear)


def wind(hour: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    """MW of 160 installed: days of wind and days without, more of it in winter."""
    winter = 0.35 * np.cos(2 * np.pi * (hour // 24 - 15) / 365)
    return 160 / (1 + np.exp(1.1 - winter - 1.5 * correlated(numbers, 30)))


def table() -> pa.Table:
    """The year."""
    numbers = np.random.default_rng(SEED)
    hour = np.arange(HOURS)
    load, sun, air = demand(hour, numbers), solar(hour, numbers), wind(hour, numbers)
    # The neighbours have the same weather: their price follows what wind and sun leave over.
    left = (load - sun - air) / 300
    gas = 27 + 5 * np.cos(2 * np.pi * (hour - 600) / HOURS) + 2 * correlated(numbers, 500)
    spot = np.clip(27 + 62 * left**2 + 0.7 * (gas - 27) + 7 * correlated(numbers, 5), 0.5, None)
    maintenance = (hour >= 130 * 24) & (hour < 151 * 24)  # three weeks from the middle of May
    columns = {
        "demand_mw": load,
        "reserve_mw": 25 + 0.05 * load + 0.08 * air,
        "ccgt_mw": np.where(maintenance, 105.0, 210.0),
        "wind_mw": air,
        "solar_mw": sun,
        "gas_eur": gas,
        "co2_eur": 46 + 5 * correlated(numbers, 800),
        "import_eur": spot + 2,
        "export_eur": -(spot - 2),
    }
    start = np.datetime64("2025-01-01T00", "ms")
    hours = pa.array(start + hour * np.timedelta64(1, "h").astype("timedelta64[ms]"))
    return pa.table({"hour": hours, **{name: np.round(values, 2) for name, values in columns.items()}})


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    pq.write_table(table(), FILE, compression="zstd", compression_level=19)
