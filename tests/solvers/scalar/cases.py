"""Functions with a sign change, for methods that keep a bracket, and the comparison with SciPy's."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.optimize
from hypothesis import strategies as st

from solvers.evaluation.scalars import Scalars
from solvers.methods.scalar.alone import search
from solvers.methods.scalar.stepping import Stepping, search_functions

#: SciPy's defaults: xtol, rtol, maxiter.
TOLERANCES = (2e-12, 4 * float(np.finfo(float).eps), 100)


#: All of them rise through zero at zero.
SHAPES = (
    lambda t: t,
    lambda t: t**3 + t,
    lambda t: t**5,
    lambda t: math.atan(50 * t),
    lambda t: math.expm1(min(t, 300.0)),
    lambda t: math.copysign(1.0, t),
    lambda t: math.copysign(math.sqrt(abs(t)), t),
    lambda t: t if t < 1e3 else math.inf,
)


class Case(NamedTuple):
    """A function and a bracket."""

    f: Callable[[float], float]
    bracket: tuple[float, float]
    #: Where its sign changes; None: SciPy is asked.
    root: float | None = None


def poles(x):
    return -2.0 * sum((2 * i - 5) ** 2 / (x - i * i) ** 3 for i in range(1, 21))


def vanishing(x):
    return x * math.exp(-(x**-2)) if x else 0.0


#: Those with (n) are of the paper's Table I, by its number; SciPy's and the rule's counts are compared.
FUNCTIONS = {
    "sine and line (1)": Case(lambda x: math.sin(x) - x / 2, (math.pi / 2, math.pi)),
    "between poles (2)": Case(poles, (1 + 1e-9, 4 - 1e-9)),
    "between far poles (2)": Case(poles, (100 + 1e-9, 121 - 1e-9)),
    "x exp (3)": Case(lambda x: -40 * x * math.exp(-x), (-9, 31), 0.0),
    "x exp, steeper (3)": Case(lambda x: -100 * x * math.exp(-2 * x), (-9, 31), 0.0),
    "fourth power (4)": Case(lambda x: x**4 - 0.2, (0, 5)),
    "twelfth power (4)": Case(lambda x: x**12 - 1, (0, 5)),
    "fourteenth power (4)": Case(lambda x: x**14 - 1, (-0.95, 4.05)),
    "sine (5)": Case(lambda x: math.sin(x) - 0.5, (0, 1.5)),
    "exponentials (6)": Case(lambda x: 2 * x * math.exp(-20) - 2 * math.exp(-20 * x) + 1, (0, 1)),
    "parabola (7)": Case(lambda x: (1 + (1 - 5) ** 2) * x - (1 - 5 * x) ** 2, (0, 1)),
    "twentieth power (8)": Case(lambda x: x * x - (1 - x) ** 20, (0, 1)),
    "quartic (9)": Case(lambda x: (1 + (1 - 20) ** 4) * x - (1 - 20 * x) ** 4, (0, 1)),
    "exponential and power (10)": Case(lambda x: math.exp(-5 * x) * (x - 1) + x**5, (0, 1)),
    "hyperbola (11)": Case(lambda x: (5 * x - 1) / (4 * x), (0.01, 1), 0.2),
    "ninth root (12)": Case(lambda x: x ** (1 / 9) - 9 ** (1 / 9), (1, 100), 9.0),
    "half a line (14)": Case(lambda x: x / 1.5 + math.sin(x) - 1 if x >= 0 else -1.0, (-1e4, math.pi / 2)),
    "steep exponential (15)": Case(
        lambda x: math.e - 1.859 if x > 1e-4 else math.exp(1e4 * x) - 1.859 if x >= 0 else -0.859,
        (-1e4, 1e-4),
    ),
    "cosine": Case(lambda x: math.cos(x) - x, (-1, 3)),
    "logarithm": Case(math.log, (0.01, 50), 1.0),
    "steep": Case(lambda x: math.tanh(1e3 * (x - 0.777)), (-10, 2), 0.777),
    "jump": Case(lambda x: 1.0 if x > 0.3 else -1.0, (0, 2), 0.3),
    "pole": Case(lambda x: 1 / (x - 0.3), (0, 1), 0.3),
    "vertical": Case(lambda x: math.copysign(math.sqrt(abs(x - 0.2)), x - 0.2), (-3, 7), 0.2),
    "cubic": Case(lambda x: (x - 0.4) ** 3, (-1, 4.3), 0.4),
    "tiny bracket": Case(lambda x: math.expm1(x - 1), (1 - 1e-9, 1 + 3e-9), 1.0),
    "huge bracket": Case(lambda x: math.atan(x - 3.7), (-1e6, 1e7), 3.7),
    "at the left end": Case(lambda x: x * (x + 3), (0, 1), 0.0),
    "at the right end": Case(lambda x: x * x - 4, (0, 2), 2.0),
}
#: What SciPy's take badly or not at all, and what floating-point numbers cannot tell.
EXTREME = {
    "flat (13)": Case(vanishing, (-1, 4)),
    "ninth power": Case(lambda x: x**9, (-1, 4.3), 0.0),
    "infinite on the right": Case(lambda x: x - 0.3 if x < 2 else math.inf, (0, 2), 0.3),
    "infinite on the left": Case(lambda x: x - 0.3 if x > 0 else -math.inf, (0, 2), 0.3),
    "infinite on one side": Case(lambda x: -1.0 if x < 0.3 else math.inf, (0, 2), 0.3),
    "infinite everywhere": Case(lambda x: math.inf if x > 0.3 else -math.inf, (0, 2), 0.3),
    "all numbers": Case(lambda x: math.atan(x - 0.3), (-1.7e308, 1.7e308), 0.3),
    "large values": Case(lambda x: 1e300 * (x**3 - 2), (0, 2), 2 ** (1 / 3)),
    "small values": Case(lambda x: 1e-300 * (x**3 - 2), (0, 2), 2 ** (1 / 3)),
    "subnormal bracket": Case(lambda x: x - 1e-310, (0, 1e-309), 1e-310),
}


@st.composite
def monotone(draw):
    """A function that rises or falls through zero, with a bracket of any size."""
    root = draw(st.floats(-100, 100))
    left, right = draw(st.floats(1e-3, 1e6)), draw(st.floats(1e-3, 1e6))
    scale = draw(st.sampled_from([1e-200, -1e-9, 1.0, -3.0, 1e200]))
    shape = draw(st.sampled_from(SHAPES))
    return Case(lambda x: scale * shape(x - root), (root - left, root + right))


def scipys(method, case, k=None):
    """SciPy's root and its counts."""
    options = {} if k is None else {"k": k}
    return scipy.optimize.root_scalar(case.f, method=method, bracket=case.bracket, options=options)


def ours(rule, case, tolerances=TOLERANCES, k=None):
    """How it ended, and where the function was evaluated."""
    points = []

    def f(x):
        points.append(float(x))
        return case.f(float(x))

    given = tuple(map(float, case.bracket)) + (() if k is None else (float(k),))
    ended = search(rule, (f,), given, tolerances)
    assert ended.nfev == len(points)
    return ended, points


def check_bracket(case, ended, points, tolerances=TOLERANCES):
    """All points lie in the bracket; what is left of it is short, and the answer is in it or an end of it."""
    a, b = sorted(case.bracket)
    assert all(a <= x <= b for x in points)
    assert ended.x in points
    assert ended.fun == case.f(ended.x)
    if ended.fun == 0.0:
        return
    values = {x: case.f(x) for x in points}
    falls = case.f(b) < case.f(a)
    left = max(x for x, value in values.items() if (value > 0) == falls)
    right = min(x for x, value in values.items() if (value > 0) != falls)
    assert left <= ended.x <= right or ended.x in (left, right)
    assert right - left <= 1.001 * (tolerances[0] + tolerances[1] * max(abs(left), abs(right)))


def in_a_batch(rule, functions, brackets, k=None):
    """Run the loop over problems that have a function each."""
    given = np.array([tuple(map(float, ends)) + (() if k is None else (float(k),)) for ends in brackets])
    which = np.arange(len(functions))
    problems = Scalars((lambda x, i: functions[i](float(x)),), (which,), given, joint=False)
    return search_functions(Stepping(rule, *TOLERANCES), problems, window=7)


def check_batch(rule, k=None):
    """A batch of all functions is each of them alone, to the bit, in any company."""
    cases = [*FUNCTIONS.values(), *EXTREME.values()]
    for order in (range(len(cases)), np.random.default_rng(5).permutation(len(cases))[:20]):
        chosen = [cases[i] for i in order]
        outcome = in_a_batch(rule, [case.f for case in chosen], [case.bracket for case in chosen], k)
        for row, case in enumerate(chosen):
            alone, _ = ours(rule, case, k=k)
            assert outcome.x[row].tobytes() == np.float64(alone.x).tobytes()
            assert outcome.fun[row].tobytes() == np.float64(alone.fun).tobytes()
            found = outcome.status[row], outcome.nit[row], outcome.nfev[row]
            assert found == (alone.status, alone.nit, alone.nfev)
