"""What freed memory becomes: room for the next array, instead of the system's again.

glibc takes arrays beyond 128 KB from the system and hands them back when they are freed, so that the
next array of that size costs a page fault every 4 KB: a fifth of the time of a batch of fits. Dask's
workers hand back even sooner, a quarter. Other C libraries are left as they are.

References
----------
.. [1] mallopt(3): M_TRIM_THRESHOLD, M_MMAP_THRESHOLD.
"""

import ctypes
import functools

#: Bytes of freed memory that the process keeps at most, and the size of arrays that are kept.
_KEPT, _LARGEST = 32 << 20, 16 << 20
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as in malloc.h


@functools.cache
def keep_freed() -> None:
    """Let this process keep what arrays leave; once is enough."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # not glibc; TypeError: Windows
        return
    mallopt(_TRIM_THRESHOLD, _KEPT)
    mallopt(_MMAP_THRESHOLD, _LARGEST)
