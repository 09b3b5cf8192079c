"""Methods for one unknown, each a rule: given a value, where to evaluate next.

A rule is written for one problem in plain numbers and keeps all it knows in a vector, the memory. It is
compiled once and driven in two ways: by the loop, for all problems at once (`stepping`), and directly
where there is one problem (`alone`), since a tick of arrays takes longer than SciPy's whole search.
"""
