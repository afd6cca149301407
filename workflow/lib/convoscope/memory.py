"""The memory of this process."""

import ctypes
import sys

TRIM_THRESHOLD, MOST_MAPPED = -1, -4  # parameters of mallopt
MOST_KEPT = 2**31 - 1  # bytes, at the end of the heap


def keep_memory() -> None:
    """Let this process keep the memory that it frees, so that no step of what it repeats fetches it page by page.

    glibc gives blocks of more than 32 MB back whatever it has learned (mallopt(3)); maps of a batch are larger, and
    page faults were a tenth of trainings with such, and a third of encoding windows. Other C libraries are left as they
    are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(TRIM_THRESHOLD, MOST_KEPT)
        mallopt(MOST_MAPPED, 0)
