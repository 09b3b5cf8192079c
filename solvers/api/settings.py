"""What a user asks of a method: its options by SciPy's names, checked, as the numbers that it takes."""

import math
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.method import Method
from solvers.result import OptimizeWarning

#: Options that say how to differentiate or what to show, and are not the method's: of `minimize`, of `root`.
OF_MINIMIZE = ("disp", "return_all", "eps", "finite_diff_rel_step", "workers")
OF_ROOT = ("disp", "eps", "col_deriv", "band")


class Settings(NamedTuple):
    """A method, and what was asked of it."""

    method: Method  # with room for these options
    options: Array  # (k,) in the method's order
    given: dict[str, Any]  # what it begins with, by the names of what it keeps
    ours: dict[str, Any]  # those that are not the method's

    def with_options(self, more: Mapping[str, float]) -> Array:
        """The options, (k,), some of them replaced."""
        return np.array(self.method.options(*self.options)._replace(**more), dtype=float)


def settings_for(
    method: Method, tol: float | None, options: Mapping[str, Any], front: tuple[str, ...] = OF_MINIMIZE
) -> Settings:
    """Sort options; unknown ones are warned of, as by SciPy.

    Parameters
    ----------
    method
        The algorithm.
    tol
        What the options that it stands for are, unless they are given.
    options
        By SciPy's names; None stands for the default.
    front
        The options that are not the method's.

    Raises
    ------
    ValueError
        If an option is no number, none of its words, or makes no sense.
    """
    names: tuple[str, ...] = method.options._fields  # type: ignore[attr-defined]  # a NamedTuple
    defaults = {} if tol is None else dict.fromkeys(method.tol, tol) | dict.fromkeys(method.lifted, math.inf)
    chosen: dict[str, float] = {}
    given: dict[str, Any] = {}
    ours: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in (defaults | dict(options)).items():
        if name in method.takes:
            if value is not None:
                given[method.takes[name]] = value
        elif name in names and name != "given":
            if value is not None or name in method.choices:
                chosen[name] = _number(method, name, value)
        elif name in front:
            ours[name] = value
        else:
            unknown.append(name)
    if unknown:
        warnings.warn(f"Unknown solver options: {', '.join(unknown)}", OptimizeWarning, stacklevel=4)
    if given:
        chosen["given"] = 1.0
    numbers = method.options(**chosen)
    if method.check is not None:
        method.check(numbers, given)
    if method.fitted is not None:
        method = method.fitted(numbers)
    return Settings(method, np.array(numbers, dtype=float), given, ours)


def _number(method: Method, name: str, value: Any) -> float:
    choices = method.choices.get(name)
    if choices is not None and (value is None or isinstance(value, str)):
        if value not in choices:
            words = ", ".join(repr(word) for word in choices)
            raise ValueError(f"option {name!r} of {method.name}: got {value!r}; give one of {words}")
        return float(choices[value])
    try:
        return float(value)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"option {name!r} of {method.name}: got {value!r}; give a number") from problem
