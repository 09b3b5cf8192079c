"""What freed memory becomes: room for the next array, instead of the system's again.

glibc takes arrays beyond 128 KB from the system and hands them back when they are freed, so that the
next array of that size costs a page fault every 4 KB: a fifth of the time of a batch of fits. Both
thresholds follow the largest block that was freed [1]_. Elsewhere this does nothing.

References
----------
.. [1] mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD: "dynamic adjustment".
"""

import functools

import numpy as np

#: Bytes up to which freed memory is kept; it is never touched, so it costs nothing.
_KEPT = 16 << 20


@functools.cache
def keep_freed() -> None:
    """Let this process keep what arrays leave; once is enough."""
    np.empty(_KEPT, dtype=np.uint8)
