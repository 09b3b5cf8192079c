"""Linear programs: one form for all, a compiled simplex, HiGHS behind it, and certificates beside both."""
