"""Arguments that SciPy has and this package does not act on yet: refused, never silently skipped."""

from typing import Any


def only(function: str, name: str, value: Any, *accepted: Any) -> None:
    """Raise unless an argument has one of the accepted values.

    Raises
    ------
    ValueError
        Naming the function, the argument, what was got and what is accepted.
    """
    if not any(value is a or (type(value) is type(a) and value == a) for a in accepted):
        choices = " or ".join(repr(a) for a in accepted)
        raise ValueError(f"{function}: {name}={value!r} is not supported here; leave it at {choices}")
