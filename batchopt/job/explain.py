"""What is wrong with a job file, in one line that names the field as it stands there."""

import difflib
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from batchopt.job.sections import Column


def explain(error: ValidationError, content: Any, job: type[BaseModel]) -> str:
    """Name the first field that is wrong, what was got and what to do."""
    problems = error.errors(include_url=False)
    # A field spelt wrong is also missing under its right name: the first is what to say.
    first = min(problems, key=lambda problem: problem["type"] != "extra_forbidden")
    path = _place(first["loc"], content)
    field, got = ".".join(path) or "job", first["input"]
    if first["type"] == "extra_forbidden":
        known = _fields_of(path[:-1], job)
        close = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
        text = f"{field}: unknown field; {hint}"
    elif first["type"] == "missing":
        text = f"{'.'.join([*path, str(first['loc'][-1])])}: missing; it must be given"
    else:
        what = first["msg"].removeprefix("Value error, ")
        shown = "" if "got" in what else f"got {got!r:.80}; "
        text = f"{field}: {shown}{what[0].lower()}{what[1:]}"
    more = len(problems) - 1
    one_line = " ".join(text.split())  # names in a file may hold anything
    return one_line + (f" (and {more} more)" if more else "")


def sections(job: type[BaseModel]) -> dict[str, Any]:
    """The sections of a kind of job, those that may be left out for good among them."""
    fields = job.model_fields.items()
    return {name: next(iter(get_args(field.annotation)), field.annotation) for name, field in fields}


def _place(location: tuple[int | str, ...], content: Any) -> list[str]:
    """Where in the job file that is; pydantic also names the alternatives of types that it tried."""
    path = []
    for part in location:
        inside = dict(enumerate(content)) if isinstance(content, list) else content
        if isinstance(inside, dict) and part in inside:
            content = inside[part]
            path.append(f"{part!s:.80}")
    return path


def _fields_of(path: list[str], job: type[BaseModel]) -> list[str]:
    """The fields of the section, or of the column, at this place of the file."""
    section: Any = Column if len(path) > 1 else sections(job)[path[0]] if path else job
    return [field.alias or name for name, field in section.model_fields.items()]
