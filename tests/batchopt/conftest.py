"""What tests of the job layer share."""

import pytest

from batchopt.job import Job
from tests.batchopt.jobs import write_job


@pytest.fixture
def job_file(tmp_path):
    """A function that writes a small job (see `write_job`) and returns the path of its job.toml."""

    def write(table=None, *, name="job", **options):
        return write_job(tmp_path / name, table, **options)

    return write


@pytest.fixture
def job(job_file):
    """The same, loaded."""

    def load(table=None, **options):
        return Job.load(job_file(table, **options))

    return load


@pytest.fixture(autouse=True)
def _no_scheduler(monkeypatch):
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
