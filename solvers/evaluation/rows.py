"""Users' functions called for rows: for all in one call, or for one row at a time."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array


def call_rows(
    function: Callable[..., Any],
    inputs: Sequence[NDArray[Any]],
    args: Sequence[NDArray[Any]],
    tail: tuple[int, ...],
    *,
    joint: bool,
) -> tuple[Array, dict[int, str]]:
    """Evaluate a function for b rows, and say what it raised for which.

    When a call for many raises, they are called one at a time, so that only the guilty rows say so.

    Parameters
    ----------
    function
        ``function(*inputs, *args)``
    inputs, args
        Each with leading axis b. Inputs are handed over as copies: users write over what they get.
    tail
        The shape of what it returns for a row.
    joint
        Whether it takes and returns rows, (b, ...); else it is a function of one row without that axis.

    Returns
    -------
    values : (b, *tail)
        NaN where it raised.
    raised
        Row -> "Type: text".
    """
    size = len(inputs[0])
    if joint and size:
        try:
            return _shaped(function(*(array.copy() for array in inputs), *args), (size, *tail)), {}
        except Exception:  # users' functions raise anything; find out for which rows
            pass
    values = np.full((size, *tail), np.nan, dtype=np.result_type(*inputs, np.float64))
    raised: dict[int, str] = {}
    for row in range(size):
        at: Any = slice(row, row + 1) if joint else row
        try:
            found = function(*(array[at].copy() for array in inputs), *(arg[at] for arg in args))
            values[at] = _shaped(found, values[at].shape)
        except Exception as error:  # whatever it raises belongs to its row
            raised[row] = f"{type(error).__name__}: {error}"
    return values, raised


def _shaped(values: Any, shape: tuple[int, ...]) -> Array:
    array = np.array(values)  # a copy: users reuse their arrays
    array = array.astype(np.result_type(array, np.float64), copy=False)
    if array.shape == shape:
        return array
    if array.size == 1 and math.prod(shape) == 1:
        return array.reshape(shape)
    raise ValueError(f"the function must return shape {shape} here, got {array.shape}")
