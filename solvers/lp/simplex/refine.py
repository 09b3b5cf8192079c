"""Iterative refinement: the variables and multipliers of a vertex from its basis and the original rows.

The dictionary holds the inverse of the basis in the columns of activities, whose columns of the matrix
are unit vectors. With it, the residuals of the rows of nonbasic activities correct the basic variables x,
and the reduced costs of these, which are to be zero, correct the multipliers y: Newton's method with an
inverse that is nearly right, so each pass gains most of the digits that are missing.

References
----------
.. [1] N. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, chapter 12.
"""

from solvers.kernels.compiling import inlined, kernel, summing
from solvers.lp.simplex.dictionary import settle
from solvers.lp.simplex.room import ACTIVITY, COST, LEAVING, RATIO, REST, VALUE, Room, X, Y, Z

#: Residuals of so many units of rounding, relative to the largest term, are rounding; those good enough.
_ROUNDING, GOOD = 2e-15, 1e-11
_PASSES = 4


@kernel
def refine(room: Room) -> bool:
    """Correct variables and reduced costs; whether their residuals are small in the end."""
    _gather(room)
    error = 0.0
    for step in range(_PASSES):
        sweep(room, 1.0)
        error = max(_primal_error(room), dual_error(room))
        if not error > _ROUNDING or step == _PASSES - 1:
            break
        _correct_variables(room)
        correct_multipliers(room)
    _spread(room)
    return error <= GOOD


@inlined
def _gather(room: Room) -> None:
    """Take x, and y with its zeros, from the dictionary."""
    m, n, x, y = len(room.head), len(room.tail), room.columns[X], room.rows[Y]
    for i in range(m):
        y[i] = 0.0
        if room.head[i] < n:
            x[room.head[i]] = room.rows[VALUE, i]
    for j in range(n):
        variable = room.tail[j]
        if variable < n:
            x[variable] = room.columns[REST, j]
        else:
            y[variable - n] = room.T[m, j]


@summing
def sweep(room: Room, costs: float) -> None:
    """Compute A x and z = c - A'y in one pass over the matrix; for c = 0, costs is 0."""
    x, y, z = room.columns[X], room.rows[Y], room.columns[Z]
    for j in range(len(room.tail)):
        z[j] = costs * room.variables[COST, j]
    for i in range(len(room.head)):
        entries, multiplier, total = room.A[i], y[i], 0.0
        for j in range(len(x)):
            total += entries[j] * x[j]
        if multiplier != 0.0:
            for j in range(len(z)):
                z[j] -= multiplier * entries[j]
        room.rows[ACTIVITY, i] = total


@inlined
def _primal_error(room: Room) -> float:
    """The largest residual of a row whose activity is nonbasic, relative to the largest variable."""
    n, activity = len(room.tail), room.rows[ACTIVITY]
    size, error = 1.0, 0.0
    for i in range(len(room.head)):
        size = max(size, abs(activity[i]))
    for j in range(n):
        size = max(size, abs(room.columns[X, j]))
        if room.tail[j] >= n:
            error = max(error, abs(room.columns[REST, j] - activity[room.tail[j] - n]))
    return error / size


@inlined
def dual_error(room: Room) -> float:
    """The largest reduced cost of a basic variable, relative to the largest multiplier."""
    size, error = 1.0, 0.0
    for i in range(len(room.head)):
        size = max(size, abs(room.rows[Y, i]))
        if room.head[i] < len(room.tail):
            error = max(error, abs(room.columns[Z, room.head[i]]))
    return error / size


@summing
def _correct_variables(room: Room) -> None:
    """Correct basic variables by the residuals of rows."""
    n, residual = len(room.tail), room.columns[LEAVING]
    for j in range(n):
        row = room.tail[j] - n
        residual[j] = room.columns[REST, j] - room.rows[ACTIVITY, row] if row >= 0 else 0.0
    for i in range(len(room.head)):
        if room.head[i] < n:
            entries, total = room.T[i], 0.0
            for j in range(n):
                total += entries[j] * residual[j]
            room.columns[X, room.head[i]] += total


@inlined
def correct_multipliers(room: Room) -> None:
    """Correct multipliers by the reduced costs of basic variables."""
    n, change = len(room.tail), room.columns[RATIO]
    for j in range(n):
        change[j] = 0.0
    for i in range(len(room.head)):
        if room.head[i] < n:
            entries, cost = room.T[i], room.columns[Z, room.head[i]]
            for j in range(n):
                change[j] += cost * entries[j]
    for j in range(n):
        if room.tail[j] >= n:
            room.rows[Y, room.tail[j] - n] += change[j]


@inlined
def _spread(room: Room) -> None:
    """Put what came out into the dictionary."""
    m, n = len(room.head), len(room.tail)
    for i in range(m):
        variable = room.head[i]
        value = room.columns[X, variable] if variable < n else room.rows[ACTIVITY, variable - n]
        settle(room, i, variable, value)
    for j in range(n):
        variable = room.tail[j]
        room.T[m, j] = room.columns[Z, variable] if variable < n else room.rows[Y, variable - n]
