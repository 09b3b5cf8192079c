"""Methods for one unknown, each a rule: given a value, where to evaluate next.

A rule, ``step(memory, value) -> status``, is written for one problem in plain numbers. All it knows is in a
vector, the memory: it notes the best point there, and the next one to evaluate. It is compiled once and
driven in three ways: by the loop, for all problems at once (`stepping`); from start to end in compiled code,
where the function is an expression (`fused`); and by itself where there is one problem (`alone`), since a
tick of arrays takes longer than SciPy's whole search.
"""
