"""Compiled loops generated from formulas; Numba is imported when the first is built."""
