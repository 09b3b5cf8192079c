"""What is said of a run's file that cannot be trusted: which one, what is wrong with it, and what to do."""

from pathlib import Path

from pydantic import ValidationError

from batchopt.errors import StoreError


def damaged(
    path: Path, what: str | ValueError, remedy: str = "Restore it from a backup, or start a new run."
) -> StoreError:
    """Return the error for the file at `path`; of all that pydantic finds wrong, the first says enough."""
    if isinstance(what, ValidationError):
        first = what.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
    return StoreError(f"{path} is damaged: {what}. {remedy}")
