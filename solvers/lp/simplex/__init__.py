"""A bounded-variable simplex on a dense dictionary: all problems of a batch in one compiled call.

A problem's rows get variables of their own, the activities r of ``r - A x = 0``, so every variable, of
which there are n + m, has a lower and an upper bound, and the right-hand side is 0. At a vertex m of them
are basic, and the *dictionary* T says how they follow from the n others, each of which is at a bound:
``x_B = T x_N``, with reduced costs ``d = c_N + T'c_B`` as its last row. At first the activities are basic
and T = A. A pivot exchanges a basic for another variable in O(m n), in a loop that vectorizes.

`dual` works from reduced costs of the right sign towards feasible variables, `primal` from feasible
variables towards reduced costs of the right sign. `vertex` uses the one to prepare the other, so there is
no artificial variable and no big number: costs of the wrong sign are taken as zero until all variables are
feasible (Pan 1990, see [3]_). `refine` then corrects x and y by their residuals in the original rows, with
the inverse of the basis that T contains, so that answers do not carry what pivots have accumulated.

References
----------
.. [1] V. Chvátal, Linear Programming, 1983, chapters 3, 8 and 10.
.. [2] A. Koberstein, The dual simplex method, techniques for a fast and stable implementation, thesis,
   Paderborn, 2005.
.. [3] P.-Q. Pan, Practical finite pivoting rules for the simplex method, OR Spektrum 12 (1990) 219-225.
"""
