"""How a run of pivots may end, and how a problem, from OPTIMAL on."""

#: All is as it should be; nothing blocks, or nothing helps; a pivot that is not to be trusted; enough pivots.
DONE, NO_WAY, DOUBTFUL, LIMIT = 0, 1, 2, 3

OPTIMAL, INFEASIBLE, UNBOUNDED, TROUBLE = 4, 5, 6, 7
