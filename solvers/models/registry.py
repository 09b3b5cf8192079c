"""The models that have a name."""

from difflib import get_close_matches

from solvers.expressions import Expression
from solvers.models.arrhenius import ARRHENIUS
from solvers.models.biexponential import BIEXPONENTIAL
from solvers.models.constant import CONSTANT
from solvers.models.damped_sine import DAMPED_SINE
from solvers.models.exponential_decay import EXPONENTIAL_DECAY
from solvers.models.gain_loss import GAIN_LOSS
from solvers.models.gaussian import GAUSSIAN
from solvers.models.growth import GOMPERTZ, LOGISTIC_GROWTH, RICHARDS
from solvers.models.hill import HILL
from solvers.models.langmuir import LANGMUIR
from solvers.models.linear import LINEAR
from solvers.models.logistic4 import LOGISTIC4
from solvers.models.logistic5 import LOGISTIC5
from solvers.models.lognormal_peak import LOGNORMAL_PEAK
from solvers.models.lorentzian import LORENTZIAN
from solvers.models.michaelis_menten import MICHAELIS_MENTEN
from solvers.models.model import Model
from solvers.models.peak_sums import GAUSSIANS2, GAUSSIANS3, LORENTZIANS2, LORENTZIANS3
from solvers.models.pharmacokinetics import IV_ONE_COMPARTMENT, ORAL_ONE_COMPARTMENT
from solvers.models.polynomial import CUBIC, QUADRATIC
from solvers.models.power_law import POWER_LAW
from solvers.models.pseudo_voigt import PSEUDO_VOIGT
from solvers.models.saturating_exponential import SATURATING_EXPONENTIAL, VON_BERTALANFFY
from solvers.models.stretched_exponential import STRETCHED_EXPONENTIAL
from solvers.models.substrate_inhibition import SUBSTRATE_INHIBITION
from solvers.models.weibull import WEIBULL

#: The known models by name; `register` adds one.
MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        ARRHENIUS,
        BIEXPONENTIAL,
        CONSTANT,
        CUBIC,
        DAMPED_SINE,
        EXPONENTIAL_DECAY,
        GAIN_LOSS,
        GAUSSIAN,
        GAUSSIANS2,
        GAUSSIANS3,
        GOMPERTZ,
        HILL,
        IV_ONE_COMPARTMENT,
        LANGMUIR,
        LINEAR,
        LOGISTIC4,
        LOGISTIC5,
        LOGISTIC_GROWTH,
        LOGNORMAL_PEAK,
        LORENTZIAN,
        LORENTZIANS2,
        LORENTZIANS3,
        MICHAELIS_MENTEN,
        ORAL_ONE_COMPARTMENT,
        POWER_LAW,
        PSEUDO_VOIGT,
        QUADRATIC,
        RICHARDS,
        SATURATING_EXPONENTIAL,
        STRETCHED_EXPONENTIAL,
        SUBSTRATE_INHIBITION,
        VON_BERTALANFFY,
        WEIBULL,
    )
}


def get(name: str) -> Model:
    """Return the model of this name.

    Raises
    ------
    ValueError
        If there is none; the message lists those there are.
    """
    if name in MODELS:
        return MODELS[name]
    close = get_close_matches(name, MODELS, n=1)
    hint = f": did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"there is no model {name!r}{hint} The models are {', '.join(sorted(MODELS))}.")


def register(model: Model) -> None:
    """Add a model, to be asked for by its name.

    Raises
    ------
    ValueError
        If another model has that name.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import curve_fit_batch, ragged
    >>> from solvers.models import MODELS, Model, get, register
    >>> def through_the_origin(x, y, offsets):
    ...     return [ragged.segment_sum(x[0] * y, offsets) / ragged.segment_sum(x[0] ** 2, offsets)]
    >>> register(
    ...     Model(
    ...         name="proportional",
    ...         expression="slope*x",
    ...         parameters=("slope",),
    ...         meaning=("y per unit of x",),
    ...         reference="Hooke 1678",
    ...         estimate=through_the_origin,
    ...     )
    ... )
    >>> fits = curve_fit_batch(get("proportional"), np.arange(5.0), [[0, 3, 6, 9, 12]])
    >>> fits.x.round(6).tolist()
    [[3.0]]
    >>> _ = MODELS.pop("proportional")  # an example leaves nothing behind
    """
    if MODELS.get(model.name, model) != model:
        raise ValueError(f"there is a model {model.name!r} already: give this one another name")
    MODELS[model.name] = model


def find(expression: Expression) -> Model | None:
    """Return the model whose formula this is, up to the names, or None.

    Parameters and variables correspond by position, so the model's guess has the expression's columns.
    """
    return next((model for model in MODELS.values() if model.formula().same_as(expression)), None)
