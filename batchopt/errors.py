"""The one tree of exceptions of the job layer, each with the exit code that it becomes on the command line.

A problem that does not converge is never an exception: it is a row of the result table.
"""


class BatchoptError(Exception):
    """Anything batchopt says no to; the message says what was got, where, and what to do."""

    exit_code = 2


class JobError(BatchoptError):
    """The job file or a command-line option is wrong."""


class InputError(BatchoptError):
    """The input table is missing, unreadable, or does not have what the job names."""


class StoreError(BatchoptError):
    """The run directory is damaged, or another driver took it over."""

    exit_code = 3


class RunStoppedError(BatchoptError):
    """The run could not go on; what it committed stays, and the same command resumes it."""

    exit_code = 3


class LeaseHeldError(BatchoptError):
    """Another driver is working on this run directory."""

    exit_code = 4
