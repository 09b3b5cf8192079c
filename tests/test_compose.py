"""docker-compose.yml, without Docker: its very commands run as processes on loopback and fit the curves.

What Docker would do is done here: the service name resolves to 127.0.0.1, the ports are free ones, and the
shared folder is a temporary copy.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from batchopt.job import Job
from batchopt.store import RunDirectory

ROOT = Path(__file__).parents[1]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
SHARED = "/work/workflows"
TIMEOUT = 120.0  # seconds for the scheduler to answer, and again for the job


def test_all_services_share_one_image_and_one_folder():
    assert set(SERVICES) == {"scheduler", "worker", "runner"}
    for service in SERVICES.values():
        assert service["build"] == "."
        assert service["image"] == "batchopt"
        assert service["volumes"] == [f"./workflows:{SHARED}"]


def test_all_commands_are_console_scripts():
    scripts = metadata.entry_points(group="console_scripts").names
    assert {shlex.split(service["command"])[0] for service in SERVICES.values()} <= scripts


def test_services_wait_for_a_scheduler_that_answers():
    assert "healthcheck" in SERVICES["scheduler"]
    for name in ("worker", "runner"):
        assert SERVICES[name]["depends_on"]["scheduler"] == {"condition": "service_healthy"}


def test_a_worker_uses_one_thread():
    assert "--nthreads 1" in SERVICES["worker"]["command"]
    assert set(SERVICES["worker"]["environment"].values()) == {"1"}
    assert SERVICES["worker"]["deploy"]["replicas"] >= 2


def test_the_job_runs_through_the_commands_of_the_file(tmp_path):
    shared = tmp_path / "workflows"
    shutil.copytree(ROOT / "workflows", shared, ignore=shutil.ignore_patterns("results"))
    places = places_here(shared)
    with ExitStack() as running:
        scheduler = running.enter_context(process("scheduler", places, tmp_path / "scheduler.log"))
        await_health(scheduler, places)
        for number in range(SERVICES["worker"]["deploy"]["replicas"]):
            running.enter_context(process("worker", places, tmp_path / f"worker-{number}.log"))
        runner = running.enter_context(process("runner", places, tmp_path / "runner.log"))
        status = exit_status(runner)
    assert status == 0, "\n".join(f"--- {log.name}\n{log.read_text()}" for log in tmp_path.glob("*.log"))

    job = Job.load(shared / "fit_curves" / "job.toml")
    run = RunDirectory.latest(job.output_path)
    assert run is not None
    assert run.finished
    measurements = pq.read_table([*job.folder.glob(job.input.path[0])])
    assert keys(run.results(), job) == sorted(set(keys(measurements, job)))


def keys(table, job):
    """Return the keys of a table's rows, sorted."""
    return sorted(tuple(row.values()) for row in table.select(job.input.key).to_pylist())


def places_here(shared):
    """Return what the commands name in Docker, as patterns, with what it is called here."""
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        ports = [str(server.getsockname()[1]) for server in (first, second)]
    return {
        r"(?<=--host )scheduler\b|\bscheduler(?=:)": "127.0.0.1",
        r"\b8786\b": ports[0],
        r"\b8787\b": ports[1],
        SHARED: str(shared),
    }


def located(text, places):
    for pattern, here in places.items():
        text = re.sub(pattern, here, text)
    return text


@contextmanager
def process(name, places, log):
    """Run a service's command, and end the process when the block ends."""
    script, *arguments = shlex.split(located(SERVICES[name]["command"], places))
    command = [Path(sys.executable).with_name(script), *arguments]
    environment = os.environ | SERVICES[name].get("environment", {})
    with log.open("w") as output:
        started = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield started
        finally:
            started.terminate()
            if exit_status(started, timeout=20.0) is None:
                started.kill()
                started.wait()


def exit_status(process, timeout=TIMEOUT):
    """Return the status that the process ends with, None when it does not end in time."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        return None


def await_health(scheduler, places):
    """Repeat the scheduler's own health check until it passes."""
    mode, python, *arguments = SERVICES["scheduler"]["healthcheck"]["test"]
    assert (mode, python) == ("CMD", "python")
    check = [sys.executable, *(located(argument, places) for argument in arguments)]
    deadline = time.monotonic() + TIMEOUT
    while subprocess.run(check, capture_output=True, check=False).returncode != 0:
        if scheduler.poll() is not None or time.monotonic() > deadline:
            pytest.fail("the scheduler does not come up; its log is in the test's temporary folder")
        time.sleep(0.1)
