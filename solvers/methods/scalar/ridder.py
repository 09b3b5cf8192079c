from solvers.methods.scalar.bisect import BISECT

RIDDER = BISECT._replace(name="ridder")
