from solvers.methods.scalar.bisect import BISECT

TOMS748 = BISECT._replace(name="toms748")
