"""The models that have a name."""

from difflib import get_close_matches

from solvers.expressions import Expression
from solvers.models.exponential_decay import EXPONENTIAL_DECAY
from solvers.models.gaussian import GAUSSIAN
from solvers.models.hill import HILL
from solvers.models.linear import LINEAR
from solvers.models.logistic4 import LOGISTIC4
from solvers.models.michaelis_menten import MICHAELIS_MENTEN
from solvers.models.model import Model

#: The known models by name; `register` adds one.
MODELS: dict[str, Model] = {
    model.name: model for model in (EXPONENTIAL_DECAY, GAUSSIAN, HILL, LINEAR, LOGISTIC4, MICHAELIS_MENTEN)
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
    """
    if MODELS.get(model.name, model) != model:
        raise ValueError(f"there is a model {model.name!r} already: give this one another name")
    MODELS[model.name] = model


def find(expression: Expression) -> Model | None:
    """Return the model whose formula this is, up to the names, or None.

    Parameters and variables correspond by position, so the model's guess has the expression's columns.
    """
    return next((model for model in MODELS.values() if model.formula().same_as(expression)), None)
