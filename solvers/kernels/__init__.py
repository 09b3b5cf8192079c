"""Compiled loops generated from formulas; Numba is imported when the first is built."""

#: Long loops run in whole blocks of this many, the width of the widest vectors, and a condition says where
#: the end is: LLVM then masks the last block, where else it would go through the rest one by one.
BLOCK = 8
