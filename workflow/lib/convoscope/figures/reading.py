"""Reading the arrays that figures draw."""

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from convoscope.errors import InputError

SHOWN = 12  # arrays of another file that an error lists


def read_arrays(path: Path, needed: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz`` file.

    Raises
    ------
    InputError
        If it is damaged, or lacks one that is ``needed``.
    """
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = dict(stored)
    # A file of one array has no `with`, and a damaged one fails wherever its bytes lead.
    except (ValueError, EOFError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        found = " ".join(str(error).split())
        raise InputError(f"{path}: damaged, or no file of arrays ({found}); remove it and run again") from None
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise InputError(f"{path}: no array {missing[0]!r}; it has {', '.join(list(arrays)[:SHOWN]) or 'none'}")
    return arrays
