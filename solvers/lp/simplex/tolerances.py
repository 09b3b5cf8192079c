"""What the simplex takes as zero. Costs and matrix are scaled to a size of about 1 before.

Koberstein (see `dual`), 6.2 and 8, has 1e-9 to 1e-6 for each; the tighter ones are for answers that are to
agree to 1e-8 with those of others.
"""

#: How far a variable may be outside of its bounds, in units of 1 + the bound's size.
FEASIBLE = 1e-9
#: Reduced costs of the wrong sign up to this are right.
DUAL = 1e-9
#: Reduced costs that the dual simplex may pass by this much for the sake of a larger pivot.
HARRIS = 1e-7
#: No pivot is smaller than this; one smaller than that only in a dictionary that has just been computed.
LEAST_PIVOT, SAFE_PIVOT = 1e-7, 1e-6
#: Entries of the dictionary up to this are what rounding left of zero: they are not passed on.
ROUNDING = 1e-14
#: After so many steps in a row that lead nowhere the problem is perturbed.
STALLED = 12
