"""Derivatives by parameter, as further steps of the same program.

The chain rule runs backwards over the steps (reverse accumulation, Griewank & Walther, *Evaluating
Derivatives*, 2nd ed., section 3.2): each step hands its sensitivity, the derivative of the value by
this step, to its arguments. So all derivatives together are a small multiple of the formula,
whatever the number of parameters, and they use what the formula has computed anyway. Nothing is
rearranged, which would lose digits (0.1*(x - mu) is not 0.1*x - 0.1*mu), and nothing recurses, so
that no formula is too deep.

**Zero wins over infinity.** Where dose 0 meets x**p, or an exponential overflows under a fraction
bar, the chain rule says 0 times infinity while the derivative tends to 0; so "scale" says 0. At the
odd point where it does not, as sqrt(p)**2 at p = 0, 0 is a choice. All else undefined stays NaN.
"""

from collections.abc import Sequence

from solvers.expressions.program import Program, Step
from solvers.expressions.syntax import parse

#: The derivative of each function of u, in a form where no digits cancel, as in 1 - tanh(u)**2 for large u.
_SLOPES = {
    "exp": "exp(u)",
    "expm1": "exp(u)",
    "log": "1/u",
    "log1p": "1/(1 + u)",
    "log2": "1/(u*log(2))",
    "log10": "1/(u*log(10))",
    "sqrt": "1/(2*sqrt(u))",
    "sin": "cos(u)",
    "cos": "-sin(u)",
    "tan": "1 + tan(u)**2",
    "arcsin": "1/sqrt((1 - u)*(1 + u))",
    "arccos": "-1/sqrt((1 - u)*(1 + u))",
    "arctan": "1/(1 + u**2)",
    "sinh": "cosh(u)",
    "cosh": "sinh(u)",
    "tanh": "1/cosh(u)**2",
}


def differentiate(
    steps: Sequence[Step], n_parameters: int, of: int | None = None
) -> tuple[tuple[Step, ...], tuple[int, ...]]:
    """Extend a bound program by its derivatives.

    Parameters
    ----------
    steps
        A bound program.
    n_parameters
        How many parameters there are; the derivative by one that does not occur is 0.
    of
        The step to differentiate; None: the last.

    Returns
    -------
    steps, rows
        The longer program, and for each parameter the index of the step that is its derivative.
    """
    program = Program(steps)
    value = len(steps) - 1 if of is None else of
    varies = _varying(steps)
    sensitivities = {value: program.number(1.0)}
    for i in range(value, -1, -1):
        if not varies[i] or i not in sensitivities:
            continue
        for k, argument in enumerate(steps[i].arguments):
            if varies[argument]:
                part = _scale(program, sensitivities[i], _slope(program, i, k))
                before = sensitivities.get(argument)
                sensitivities[argument] = part if before is None else program.add("add", before, part)
    zero = program.number(0.0)
    rows = tuple(sensitivities.get(program.add("parameter", payload=j), zero) for j in range(n_parameters))
    return tuple(program.steps), rows


def _varying(steps: Sequence[Step]) -> list[bool]:
    """Tell of each step whether it depends on a parameter."""
    varies: list[bool] = []
    for step in steps:
        varies.append(step.operation == "parameter" or any(varies[i] for i in step.arguments))
    return varies


def _slope(program: Program, i: int, k: int) -> int:
    """Add the derivative of step i by its k-th argument."""
    operation, arguments, _ = program.steps[i]
    u, v = arguments[0], arguments[-1]
    match operation, k:
        case ("add", _) | ("subtract", 0):
            slope = program.number(1.0)
        case ("negative", _) | ("subtract", 1):
            slope = program.number(-1.0)
        case ("multiply", _) | ("scale", _):
            slope = (v, u)[k]
        case "divide", 0:
            slope = program.add("divide", program.number(1.0), v)
        case "divide", 1:
            slope = program.add("negative", program.add("divide", i, v))
        case "power", 0:
            slope = _scale(program, v, _power(program, u, _less_one(program, v)))
        case "power", 1:
            slope = _scale(program, i, program.add("log", u))
        case "abs", _:
            slope = program.add("sign", u)
        case "sign", _:
            slope = program.number(0.0)
        case _:
            slope = program.inline(parse(_SLOPES[operation]), lambda _: u)
    return slope


def _scale(program: Program, left: int, right: int) -> int:
    """Add a product of the chain rule; where the formula itself has this product, that one serves."""
    for factor, other in ((left, right), (right, left)):
        if program.steps[factor] == Step("number", payload=1.0):
            return other
        if program.steps[factor] == Step("number", payload=-1.0):
            return program.add("negative", other)
        own = program.find("multiply", factor, other)
        if own is not None:
            return own
    return program.add("scale", left, right)


def _less_one(program: Program, exponent: int) -> int:
    step = program.steps[exponent]
    if step.operation == "number":
        return program.number(step.payload - 1.0)
    return program.add("subtract", exponent, program.number(1.0))


def _power(program: Program, base: int, exponent: int) -> int:
    linear = program.steps[exponent] == Step("number", payload=1.0)
    return base if linear else program.add("power", base, exponent)
