"""`import solvers` is light: heavy libraries load when they are first used."""

import subprocess
import sys

import pytest

import solvers

HEAVY = ("numba", "highspy", "scipy", "pandas", "dask")
SCRIPT = f"import sys, solvers; print([name for name in {HEAVY} if name in sys.modules])"


def test_importing_loads_no_heavy_library():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    for name in solvers.__all__:
        assert getattr(solvers, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'minimise'"):
        _ = solvers.minimise
