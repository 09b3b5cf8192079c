"""Named models: formulas that know how to guess their parameters from data.

To add one, write a file beside these with a `Model` in it and list it in `registry.py`.
"""

from solvers.models.model import Model
from solvers.models.registry import MODELS, find, get, register

__all__ = ["MODELS", "Model", "find", "get", "register"]
