"""Functions of loops over arrays as machine code. Importing this module imports numba, half a second."""

from collections.abc import Callable
from typing import Any

import numba

# Sums in any order, products added in one step. Not that there are no infinities: what is not finite has to be seen.
FAST = {"reassoc", "contract", "nsz", "arcp"}


def compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Compile to machine code, kept on disk between runs where some cache folder can be written."""
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba found no folder for its cache: compile in every run
        return numba.njit(**options)(function)


def fast(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile arithmetic of floating-point numbers, several at a time."""
    return compiled(function, fastmath=FAST, error_model="numpy")
