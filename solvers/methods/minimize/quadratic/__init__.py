"""Quadratic programs of a few unknowns, by way of least squares with nonnegative multipliers."""
