"""The hand-written limit: Levenberg-Marquardt for ``a*exp(-b*x) + c`` alone, as one compiled loop.

What somebody would write who fits this one model for ever: derivatives by hand, residuals and normal
matrix in one pass, Marquardt's damping by the diagonal, a 3 by 3 solve without a loop. It has no
options and no diagnostics, so a general solver that comes near it has little left to gain.
"""

import math
from typing import Any

import numba
import numpy as np

from benchmarks.curves import Array, Problems

#: Damping: where it starts, and what it is multiplied by after a step that fails or succeeds.
_DAMPING, _UP, _DOWN = 1e-3, 10.0, 0.1
_MAX_EVALUATIONS = 400


def fit(problems: Problems, tolerance: float) -> tuple[Array, Any, Any]:
    """Answers (B, 3), whether each converged (B,), and evaluations (B,)."""
    if len(problems.curve.parameters) != 3:
        raise ValueError(f"the hand-written loop fits a*exp(-b*x) + c only, not {problems.curve.expression}")
    answers = problems.start.copy()
    evaluations = np.zeros(len(answers), dtype=np.int64)
    converged = np.zeros(len(answers), dtype=np.bool_)
    _fit_all(problems.x, problems.y, tolerance, answers, converged, evaluations)
    return answers, converged, evaluations


@numba.njit(error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})  # type: ignore[untyped-decorator]  # Numba ships no types
def _normal(x: Any, y: Any, a: float, b: float, c: float) -> Any:
    """Half the squares; the gradient; the upper triangle of the normal matrix."""
    cost = ga = gb = gc = aa = ab = ac = bb = bc = 0.0
    for i in range(len(x)):
        e = math.exp(-b * x[i])
        r = a * e + c - y[i]
        jb = -a * x[i] * e
        cost += r * r
        ga += r * e
        gb += r * jb
        gc += r
        aa += e * e
        ab += e * jb
        ac += e
        bb += jb * jb
        bc += jb
    return 0.5 * cost, (ga, gb, gc), (aa, ab, ac, bb, bc, float(len(x)))


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]  # Numba ships no types
def _solve(matrix: Any, gradient: Any, damping: float) -> Any:
    """The damped step: minus the inverse of the matrix, its diagonal enlarged, times the gradient."""
    aa, ab, ac, bb, bc, cc = matrix
    aa, bb, cc = aa * (1.0 + damping), bb * (1.0 + damping), cc * (1.0 + damping)
    ga, gb, gc = gradient
    minor_a, minor_b, minor_c = bb * cc - bc * bc, ac * bc - ab * cc, ab * bc - ac * bb
    determinant = aa * minor_a + ab * minor_b + ac * minor_c
    pa = minor_a * ga + minor_b * gb + minor_c * gc
    pb = minor_b * ga + (aa * cc - ac * ac) * gb + (ab * ac - aa * bc) * gc
    pc = minor_c * ga + (ab * ac - aa * bc) * gb + (aa * bb - ab * ab) * gc
    return -pa / determinant, -pb / determinant, -pc / determinant


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]  # Numba ships no types
def _fit_all(x: Any, ys: Any, tolerance: float, answers: Any, converged: Any, evaluations: Any) -> None:
    for row in range(len(ys)):
        y = ys[row]
        a, b, c = answers[row, 0], answers[row, 1], answers[row, 2]
        cost, gradient, matrix = _normal(x, y, a, b, c)
        damping, count = _DAMPING, 1
        while count < _MAX_EVALUATIONS:
            pa, pb, pc = _solve(matrix, gradient, damping)
            trial, trial_gradient, trial_matrix = _normal(x, y, a + pa, b + pb, c + pc)
            count += 1
            small = pa * pa + pb * pb + pc * pc <= tolerance * tolerance * (a * a + b * b + c * c)
            if trial <= cost:
                small = small or cost - trial <= tolerance * cost
                a, b, c = a + pa, b + pb, c + pc
                cost, gradient, matrix = trial, trial_gradient, trial_matrix
                damping *= _DOWN
            else:
                damping *= _UP
            if small:
                converged[row] = True
                break
        answers[row, 0], answers[row, 1], answers[row, 2] = a, b, c
        evaluations[row] = count
