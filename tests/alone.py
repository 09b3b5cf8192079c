"""A method by itself on one problem given by Python functions."""

from types import SimpleNamespace

import numpy as np

from solvers.coroutines import alone
from solvers.coroutines.row import CURVATURE, GRADIENT, HESSIAN, JACOBIAN, NIT, OBJECTIVE, PRODUCT, VALUES


class Functions:
    """Python functions by the kinds of what they answer, and how often they were called."""

    def __init__(self, answers):
        self.answers, self.called = answers, dict.fromkeys(answers, 0)

    def answer(self, kind, parts):
        self.called[kind] += 1
        more = {PRODUCT: ("vector",), CURVATURE: ("multipliers",)}.get(kind, ())
        return np.asarray(self.answers[kind](parts["x"].copy(), *(parts[name].copy() for name in more)))

    @property
    def counts(self):
        def count(*kinds):
            return sum(self.called.get(kind, 0) for kind in kinds)

        return (
            max(count(OBJECTIVE), count(VALUES) if OBJECTIVE not in self.called else 0),
            count(GRADIENT),
            count(HESSIAN, PRODUCT),
        )


def solve(
    method,
    x0,
    /,
    fun=None,
    jac=None,
    hess=None,
    hessp=None,
    bounds=(-np.inf, np.inf),
    values=None,
    jacobian=None,
    curvature=None,
    least=(),
    most=(),
    given=None,
    watch=None,
    **options,
):
    """Minimize ``fun`` under ``least <= values(x) <= most``, or solve ``values(x) = 0``, least 0, most 0."""
    kinds = {
        OBJECTIVE: fun,
        GRADIENT: jac,
        HESSIAN: hess,
        PRODUCT: hessp,
        VALUES: values,
        JACOBIAN: jacobian,
        CURVATURE: curvature,
    }
    functions = Functions({kind: function for kind, function in kinds.items() if function is not None})
    if "products" in method.options._fields and hess is None:
        options["products"] = 1.0
    chosen = method.options(**options)
    if given:
        chosen = chosen._replace(given=1.0)
    if method.fitted:
        method = method.fitted(chosen)
    ended = alone.solve(
        method,
        functions,
        np.asarray(x0, dtype=float),
        [float(v) for v in chosen],
        bounds=bounds,
        limits=(least, most),
        given=given,
        watch=watch,
    )
    numbers = ended.parts["numbers"]
    nfev, njev, nhev = functions.counts
    return SimpleNamespace(
        x=ended.parts["answer"], fun=float(numbers[1]), jac=ended.parts["slope"], status=ended.status,
        nit=int(numbers[NIT]), nfev=nfev, njev=njev, nhev=nhev, counts=functions.called, kept=ended.kept,
        parts=ended.parts, maxcv=float(numbers[7]),
    )  # fmt: skip
