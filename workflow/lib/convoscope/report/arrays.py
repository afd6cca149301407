"""Reading the arrays that figures draw: what each file of arrays holds, checked where it is read."""

import zipfile
import zlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from convoscope.errors import InputError

SHOWN = 12  # arrays of another file that an error lists
KINDS = {"text": "U", "real": "fiu", "finite": "fiu", "index": "iu", "end": "iu"}  # of numpy's types
HITS = {f"hit:{name}": "text hits" for name in ("name", "strand")}
UNITS = {
    f"{place}:{name}": text.format(place)
    for place in ("first", "last")
    for name, text in (
        ("channels", "index {0}_units"),
        ("values", "real {0}_units {0}_best"),
        ("patches", "real {0}_units {0}_best channels {0}_height {0}_width"),
        ("projections", "real {0}_units {0}_best channels {0}_height {0}_width"),
        ("structured?", "index {0}_units {0}_best"),
    )
}
# What each array holds and its axes; axes of one name are equally long, and an array may be missing where its first
# axis is empty. `index:<axis>` counts along another axis, and `end:<axis>` may be just behind it. An array with a `*`
# or a `?` may always be missing.
ARRAYS: dict[str, dict[str, str]] = {
    "maps": {
        "alphabet": "text",
        "methods": "text methods",
        "id": "text maps",
        "label": "text maps",
        "prediction": "real maps",
        "codes": "index maps length",
        "heights": "finite maps length",
        "map": "finite maps letters length",
        "deletion?": "finite maps length",
        "insertion?": "finite maps letters length",
        "actual:*": "finite maps length",
        "gap:*": "real maps",
        "difference:*": "real maps",
        "hit:map": "index:maps hits",
        "hit:start": "index:length hits",
        "hit:end": "end:length hits",
        **HITS,
    },
    "embeddings": {"cells": "finite cells units", "ids": "text cells", "umap?": "finite cells 2"},
    "image_interpretation": {
        "filters": "finite filters inputs kernel_height kernel_width",
        **UNITS,
        "classes": "finite labels channels height width",
        "classes:structured?": "index labels",
        "targets": "index:labels cells",
        "chances": "real cells",
        "map:inputs": "finite cells channels height width",
        **{f"map:{name}": "finite cells channels height width" for name in ("occlusion", "integrated", "guided")},
        "map:gradcam": "finite cells 1 height width",
        "map:native": "index 2",
    },
}
# An array that is there only together with another one.
TOGETHER = (("deletion", "insertion"), ("gap:", "difference:"))


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz`` file; a damaged one is an `InputError`."""
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return dict(stored)
    # A file of one array has no `with`, and a damaged one fails wherever its bytes lead.
    except (ValueError, EOFError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        found = " ".join(str(error).split())
        raise InputError(f"{path}: damaged, or no file of arrays ({found}); remove it and run again") from None


def read_arrays(path: Path, kind: str, known: Mapping[str, int] | None = None) -> dict[str, np.ndarray]:
    """Read and check the arrays of one file.

    Parameters
    ----------
    path
        An ``.npz`` file.
    kind
        A row of `ARRAYS`.
    known
        Lengths of axes that other files tell.

    Raises
    ------
    InputError
        If it is damaged, lacks an array, or one is of another type or shape or counts beyond the end of an axis.
    """
    arrays, sizes = load_arrays(path), dict(known or {})
    for pattern, text in ARRAYS[kind].items():
        what, *axes = text.split()
        found = [name for name in arrays if fnmatchcase(name, pattern.removesuffix("?"))]
        empty = bool(axes) and sizes.get(axes[0]) == 0
        if not found and not empty and not pattern.endswith(("?", "*")):
            raise InputError(f"{path}: no array {pattern!r}; it has {', '.join(list(arrays)[:SHOWN]) or 'none'}")
        for name in found:
            _check_array(f"{path}: array {name!r}", arrays[name], what, axes, sizes)
    for first, second in TOGETHER:
        for name in arrays:
            partner = name.replace(first, second, 1)
            if name.startswith(first) and partner not in arrays:
                raise InputError(f"{path}: array {name!r}, but no {partner!r}; remove the file and run again")
    return arrays


def _check_array(where: str, array: np.ndarray, what: str, axes: list[str], sizes: dict[str, int]) -> None:
    """Refuse an array of another type or shape; lengths of axes that are met first are kept in ``sizes``."""
    word, _, axis = what.partition(":")
    right = array.dtype.kind in KINDS[word] and array.ndim == len(axes)
    if right:
        right = all(size == sizes.setdefault(name, int(name) if name.isdigit() else size)
                    for name, size in zip(axes, array.shape, strict=True))  # fmt: skip
    if not right:
        expected = ", ".join(f"{name} {sizes[name]}" if name in sizes and not name.isdigit() else name for name in axes)
        raise InputError(f"{where} is {array.dtype} {array.shape}; {word} ({expected}) is expected")
    if word == "finite" and not np.isfinite(array).all():
        raise InputError(f"{where} has values that are no finite numbers; remove the file and run again")
    if word in ("index", "end") and array.size:
        largest = sizes[axis] - (word == "index") if axis else np.inf
        if array.min() < 0 or array.max() > largest:
            raise InputError(f"{where} is from {array.min()} to {array.max()}; 0 to {largest} are allowed")
