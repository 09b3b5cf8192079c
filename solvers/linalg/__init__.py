"""Small dense linear algebra, one problem at a time inside one compiled call for the batch.

Every function takes stacks with leading axis B, handles each matrix by itself (so that its bits do
not depend on its neighbours) and never raises: a matrix that cannot be handled says so in a mask,
where ``np.linalg`` would raise for the whole stack. Compiled methods call the functions for one
problem that lie beneath.
"""

from solvers.linalg.inverse import inverse_of_normal
from solvers.linalg.norm import EPS
from solvers.linalg.singular_values import trust_region_step
from solvers.linalg.triangularize import triangularize

__all__ = [
    "EPS",
    "inverse_of_normal",
    "triangularize",
    "trust_region_step",
]
