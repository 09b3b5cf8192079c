"""Linear programs in files: MPS and LP, which HiGHS reads, and arrays of NumPy."""

import difflib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from solvers.arrays import Array
from solvers.lp.programs import Program
from solvers.lp.sparse import SparseRows

#: A program, a constant in its objective, the names of its variables and of its rows.
Named = tuple[Program, float, list[str], list[str]]

_ARRAYS = ("c", "A_ub", "b_ub", "A_eq", "b_eq", "lower", "upper")
_NAMES = ("columns", "ineqlin", "eqlin")


def read_model(path: Path) -> Named:
    """Read a .mps, .mps.gz or .lp file.

    Raises
    ------
    ValueError
        If it is not read without a complaint, or is no linear program to be minimized.
    """
    import highspy  # a quarter of a second, which a job without a template need not wait

    class Quiet(highspy.Highs):  # type: ignore[misc]  # it ships no types
        """HiGHS that says nothing on the console, not even its name on being made."""

        def enableCallbacks(self) -> None:  # noqa: N802 - what making one calls
            self.setOptionValue("log_to_console", False)
            super().enableCallbacks()

    highs, said = Quiet(), []
    highs.cbLogging += lambda event: said.append(event.message)
    status = highs.readModel(str(path))
    # What HiGHS ignores with no more than a warning, such as a row that is not there, is a slip, too.
    complaints = [" ".join(text.split()) for text in said if text.startswith(("ERROR:", "WARNING:"))]
    if complaints or status != highspy.HighsStatus.kOk:
        raise ValueError(f"HiGHS says of it: {'; '.join(complaints)[:400] or status}")
    model = highs.getLp()
    continuous = highspy.HighsVarType.kContinuous
    for name, kind in zip(model.col_names_, model.integrality_, strict=False):
        if kind != continuous:
            raise ValueError(f"variable {name!r} is integer or semi-continuous; only LPs are solved")
    if model.sense_ == highspy.ObjSense.kMaximize:
        raise ValueError("it maximizes; change the signs of the costs and minimize")
    if highs.getModel().hessian_.dim_:
        raise ValueError("its objective is quadratic; only LPs are solved")
    program = Program(
        np.array(model.col_cost_, dtype=float),
        _by_rows(model, highspy),
        np.array(model.row_lower_, dtype=float),
        np.array(model.row_upper_, dtype=float),
        np.array(model.col_lower_, dtype=float),
        np.array(model.col_upper_, dtype=float),
    )
    return program, float(model.offset_), list(model.col_names_), list(model.row_names_)


def read_arrays(path: Path) -> Named:
    """Read a .npz file with the arrays c, A_ub, b_ub, A_eq, b_eq, lower and upper, and names.

    Raises
    ------
    ValueError
        If an array is missing, unknown or of a wrong shape.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except (OSError, BadZipFile, ValueError) as error:
        raise ValueError(f"not an .npz file of plain arrays: {error}") from None
    for name in arrays:
        if name not in (*_ARRAYS, *_NAMES):
            close = difflib.get_close_matches(name, (*_ARRAYS, *_NAMES), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join((*_ARRAYS, *_NAMES))}"
            raise ValueError(f"unknown array {name!r}; {hint}")
    if "c" not in arrays:
        raise ValueError("the array c is missing; it must be there")
    for pair in (("A_ub", "b_ub"), ("A_eq", "b_eq")):
        if (pair[0] in arrays) != (pair[1] in arrays):
            given, other = pair if pair[0] in arrays else pair[::-1]
            raise ValueError(f"{given} is there without {other}; give both")
    n = _numbers(arrays, "c", None).size
    b = {name: _numbers(arrays, f"b_{name}", None) for name in ("ub", "eq")}
    A = [_numbers(arrays, f"A_{name}", (b[name].size, n)) for name in ("ub", "eq")]
    program = Program(
        _numbers(arrays, "c", (n,)),
        SparseRows.of(np.concatenate(A)),
        np.concatenate([np.full(b["ub"].size, -np.inf), b["eq"]]),
        np.concatenate([b["ub"], b["eq"]]),
        _numbers(arrays, "lower", (n,), 0.0),
        _numbers(arrays, "upper", (n,), np.inf),
    )
    rows = _names(arrays, "ineqlin", "ub", b["ub"].size) + _names(arrays, "eqlin", "eq", b["eq"].size)
    return program, 0.0, _names(arrays, "columns", "x", n), rows


def _numbers(arrays: dict[str, Any], name: str, shape: tuple[int, ...] | None, absent: float = 0.0) -> Array:
    """An array of numbers of this shape, or (without one) of one axis; what is not there is `absent`."""
    if name not in arrays:
        return np.full(shape or 0, absent)
    found = arrays[name]
    if found.dtype.kind not in "iuf":
        raise ValueError(f"{name} holds {found.dtype}; it must hold numbers")
    if found.shape != shape if shape is not None else found.ndim != 1:
        wanted = "one axis" if shape is None else f"the shape {shape}"
        raise ValueError(f"{name} has the shape {found.shape}; it must have {wanted}")
    numbers: Array = found.astype(float)
    return numbers


def _names(arrays: dict[str, Any], name: str, letter: str, size: int) -> list[str]:
    """Names (size,): the file's, else x0, x1, ..., ub0, ... and eq0, ..."""
    if name not in arrays:
        return [f"{letter}{i}" for i in range(size)]
    found = arrays[name]
    if found.dtype.kind != "U" or found.shape != (size,):
        raise ValueError(f"{name} holds {found.dtype} {found.shape}; it must hold {size} names")
    return [str(text) for text in found]


def _by_rows(model: Any, highspy: Any) -> SparseRows:
    """The matrix of a model, which HiGHS may have by columns."""
    matrix = model.a_matrix_
    shape = (int(model.num_row_), int(model.num_col_))
    start, index = np.array(matrix.start_, dtype=np.int32), np.array(matrix.index_, dtype=np.int32)
    value = np.array(matrix.value_, dtype=float)
    if matrix.format_ == highspy.MatrixFormat.kRowwise:
        return SparseRows(shape, start, index, value)
    order = np.argsort(index, kind="stable")
    column = np.repeat(np.arange(shape[1], dtype=np.int32), np.diff(start))
    indptr = np.searchsorted(index[order], np.arange(shape[0] + 1)).astype(np.int32)
    return SparseRows(shape, indptr, column[order], value[order])
