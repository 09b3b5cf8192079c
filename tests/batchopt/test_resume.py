"""Real processes, really killed: what they leave is resumed, and the table is as if nothing had happened."""

import os
import random
import signal
import time

import psutil
import pytest

import batchopt
from batchopt.job import Job
from batchopt.store import RunDirectory
from tests.batchopt.jobs import bits, command, commits, complete, lines, slow, wait_until, write_job

PROBLEMS = 30


@pytest.fixture
def path(tmp_path):
    return write_job(tmp_path / "job", lines(PROBLEMS), **slow(cluster={"workers": 2}))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    path = write_job(tmp_path_factory.mktemp("uninterrupted"), lines(PROBLEMS), **slow())
    return bits(batchopt.run(Job.load(path), sync=True).results())


def resumes(path, uninterrupted, *options):
    """The same command, undisturbed, goes on in the same run and gives the same table."""
    (left,) = RunDirectory.runs(path.parent / "out")
    done = commits(left.path.parent)
    code, out, err = complete("run", *options, path)
    assert code == 0, err
    assert out.strip() == str(left.path)
    assert f"{PROBLEMS} problems, {done} of them done before" in err
    table = left.results()
    assert table["k"].to_pylist() == list(range(PROBLEMS))
    assert bits(table) == uninterrupted


def begun(path, more, *options, seconds=0.025):
    """Start a run and wait until it has made so many commits more."""
    output = path.parent / "out"
    before = commits(output) if output.exists() else 0
    process = command("run", *options, path, SLOW=str(seconds))
    wait_until(lambda: process.poll() is not None or commits(output) >= before + more, "commits")
    assert process.poll() is None, process.communicate()
    return process


def stop(process, number):
    """Signal the process and all that it started, as a terminal does; (exit code, stdout, stderr)."""
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_killed_half_way_and_again_at_random_instants(path, uninterrupted):
    process = begun(path, 5, "--sync")
    assert stop(process, signal.SIGKILL)[0] == -signal.SIGKILL
    assert 5 <= commits(path.parent / "out") < PROBLEMS

    process = begun(path, 2, "--sync")
    code, out, err = stop(process, signal.SIGINT)
    assert (code, out) == (130, "")
    assert err.endswith("batchopt: interrupted; run the same command again to go on from here\n")
    assert "Traceback" not in err

    instants = random.Random()
    for _ in range(3):
        process = command("run", "--sync", path, SLOW="0.025")
        time.sleep(instants.uniform(0.2, 2.5))
        stop(process, signal.SIGKILL)
    resumes(path, uninterrupted, "--sync")


def test_a_local_cluster_interrupted_and_killed(path, uninterrupted):
    process = begun(path, 3, seconds=0.1)
    assert complete("run", "--sync", path)[0] == 4
    code, out, err = stop(process, signal.SIGINT)
    assert (code, out) == (130, "")
    assert "Traceback" not in err

    process = begun(path, 3, seconds=0.1)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 2
    process.kill()  # the driver alone: nobody tells its workers
    process.communicate()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    assert commits(path.parent / "out") < PROBLEMS
    resumes(path, uninterrupted)
