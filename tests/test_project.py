"""What is around the code keeps its word: version, license, documented commands, contracts, the wheel."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml

import batchopt

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

FORBIDDEN = {
    "solvers": ["batchopt", "dask", "distributed", "fsspec", "pandas", "pyarrow", "pydantic", "scipy"],
    "batchopt": ["dask", "distributed", "scipy"],
}


def test_the_version_is_the_same_everywhere():
    version = PYPROJECT["project"]["version"]
    assert batchopt.__version__ == version
    assert metadata.version("batchopt") == version, "installed from an older pyproject.toml: run `make test`"


def test_the_license_is_there():
    assert PYPROJECT["project"]["license"] == "BSD-3-Clause"
    for name in PYPROJECT["project"]["license-files"]:
        assert (ROOT / name).read_text().startswith("BSD 3-Clause License")


@pytest.mark.parametrize(("page", "needed"), [("README.md", "run"), ("CONTRIBUTING.md", "test")])
def test_documented_make_commands_are_targets(page, needed):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = re.findall(r"```[^`]+```|`[^`\n]+`|^ {4}[^\n]+$", (ROOT / page).read_text(), re.MULTILINE)
    documented = set(re.findall(r"(?:^|`|&&|\$) *make ([a-z-]+)", "\n".join(code), re.MULTILINE))
    assert needed in documented
    assert documented <= targets


def test_ci_runs_make_test_on_the_oldest_python_and_may_only_read():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    job = workflow["jobs"]["test"]
    oldest = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert job["strategy"]["matrix"]["python"][0] == oldest
    assert job["steps"][-1]["run"].startswith("make test")
    assert workflow["permissions"] == {"contents": "read"}


@pytest.fixture
def skeleton(tmp_path):
    """Two packages with our names and our contracts, and of all modules only the one that may import Dask."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in FORBIDDEN:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "batchopt/cluster.py").write_text("import dask\nimport distributed\n")
    return tmp_path


def lint_imports(folder):
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_import_contracts_let_one_module_import_dask(skeleton):
    result = lint_imports(skeleton)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_import_contracts_forbid_what_the_layers_forbid(skeleton):
    breaches = [(package, name) for package, names in FORBIDDEN.items() for name in names]
    for package, name in breaches:
        (skeleton / package / f"uses_{name}.py").write_text(f"import {name}\n")
    result = lint_imports(skeleton)
    assert result.returncode == 1
    for package, name in breaches:
        assert re.search(rf"\b{package}\.uses_{name} -> {name}\b", result.stdout), result.stdout


@pytest.mark.slow  # builds in an environment of its own, which takes a package index
def test_the_wheel_holds_the_two_packages_and_nothing_else(tmp_path):
    pytest.importorskip("pip", reason="environments that uv makes have no pip")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"batchopt", "solvers", f"batchopt-{batchopt.__version__}.dist-info"}
    for package in FORBIDDEN:
        files = {name for name in names if name.startswith(f"{package}/")}
        assert f"{package}/py.typed" in files
        assert all(name.endswith((".py", "/py.typed")) for name in files)
