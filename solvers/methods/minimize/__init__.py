"""Minimization of functions of several unknowns, a file each method."""
