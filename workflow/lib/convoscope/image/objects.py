"""Label images as tables of objects: where each is, how large, and which image it belongs to."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import ndimage

from convoscope.errors import InputError
from convoscope.image.crops import Box, object_boxes
from convoscope.image.image_files import UnusableError

MEASURES = ("object", "x", "y", "area", *Box._fields, "touches_border")
SUFFIXES = (".ome.tiff", ".ome.tif", ".tiff", ".tif", ".png")
# What segmentation programs add to the name of an image (Cellpose, StarDist's examples, ImageJ, CellProfiler).
MASK_ENDINGS = ("_cp_masks", "_masks", "_mask", "_labels", "_label", "_stardist", "_seg", "_objects")
# Other files that these programs write into the same folder.
OTHERS = ("_flows", "_dP", "_outlines", "_cp_outlines", "_cp_output")
PICKLE = (
    "is a pickle of Python, which can run any code and is not read; in Cellpose save the masks as PNG or TIFF "
    "(File > Save masks, or --save_png, --save_tif)"
)


class Pair(NamedTuple):
    """An image and its label image: the name that they share, a file per channel, and the mask, None without one."""

    name: str
    images: list[Path]
    mask: Path | None


def measure_objects(mask: np.ndarray) -> pd.DataFrame:
    """Return place and size of every object of a label image, in the order of their values.

    Centres are centroids; pixel centres are at whole numbers, boxes half-open, areas in pixels.

    Parameters
    ----------
    mask
        ``(H, W)`` whole numbers, 0 where no object is.

    Returns
    -------
    Columns `MEASURES`.

    Raises
    ------
    UnusableError
        If values are negative, or one value is that of several pieces: an image of background and foreground.

    Examples
    --------
    >>> measure_objects(np.array([[0, 7, 7], [0, 0, 7]])).to_dict("records")[0]["area"]
    3
    """
    if mask.min() < 0:
        raise UnusableError(f"wrong depth: the mask has a value of {mask.min()}; 0 and whole numbers above are read")
    boxes = object_boxes(mask)
    if len(boxes) == 1:
        _, pieces = ndimage.label(mask, np.ones((3, 3)))
        if pieces > 1:
            raise UnusableError(f"one object in {pieces} pieces: a label image gives every cell a number of its own")
    numbers, values = pd.factorize(mask.ravel())
    height, width = mask.shape
    areas = np.bincount(numbers, minlength=len(values))
    x = np.bincount(numbers, np.tile(np.arange(width), height)) / areas
    y = np.bincount(numbers, np.repeat(np.arange(height), width)) / areas
    whole = pd.DataFrame({"object": values, "x": x, "y": y, "area": areas})
    found = whole[whole["object"] != 0].sort_values("object", ignore_index=True)
    edges = pd.DataFrame([boxes[value] for value in found["object"]], columns=list(Box._fields), dtype=np.int64)
    outer = (edges["left"] == 0) | (edges["top"] == 0) | (edges["right"] == width) | (edges["bottom"] == height)
    return pd.concat([found, edges], axis=1).assign(touches_border=outer.astype(np.int64))


def stem(path: Path, endings: Iterable[str] = ()) -> str:
    """Return a file's name without its suffix, and without the longest of the endings that it has.

    >>> stem(Path("a.ome.tif")), stem(Path("f1_cp_masks.png"), MASK_ENDINGS), stem(Path("f1.tif"), MASK_ENDINGS)
    ('a', 'f1', 'f1')
    """
    suffix = next((one for one in SUFFIXES if path.name.lower().endswith(one)), path.suffix)
    name = path.name[: len(path.name) - len(suffix)]
    for ending in sorted(endings, key=len, reverse=True):
        if ending and name.lower().endswith(ending.lower()) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def is_mask(path: Path, endings: Sequence[str]) -> bool:
    """Tell by its name whether a file is a label image."""
    return stem(path, endings) != stem(path)


def _by_key(files: Sequence[tuple[str, Path]], endings: Sequence[str], what: str) -> dict[str, Path]:
    """Return files by the name that they share with their partner; refuse two of one name.

    Parameters
    ----------
    files
        Folder below the given one, and path.
    endings
        What is cut off their names.
    what
        They are, for messages.
    """
    found: dict[str, Path] = {}
    for folder, path in files:
        key = folder + stem(path, endings)
        if key in found:
            raise InputError(f"--{what}: {found[key]} and {path} have one name, {key!r}; give one file for each image")
        found[key] = path
    return found


def pair(
    images: Sequence[tuple[str, Path]],
    masks: Sequence[tuple[str, Path]],
    endings: Sequence[str],
    channels: Sequence[str],
) -> list[Pair]:
    """Pair images and label images by their names: that of a mask is that of its image and an ending.

    Parameters
    ----------
    images, masks
        Folder below the given one (``""`` or ``"plate1/"``), and path.
    endings
        Of the names of masks; a mask may also have none, in a folder of its own.
    channels
        Endings of the names of images where each channel has a file, in their order; none where one file has all.

    Returns
    -------
    One per image in the order of the names; those without a mask or without one of the channels have no mask.

    Raises
    ------
    InputError
        If two files have one name, or a mask has no image.
    """
    by_channel = [
        _by_key([one for one in images if not channel or stem(one[1]).endswith(channel)], [channel], "images")
        for channel in channels or [""]
    ]
    found = _by_key(masks, endings, "masks")
    names = sorted({name for part in by_channel for name in part})
    lonely = sorted(set(found) - set(names))
    if lonely:
        known = f"such as {names[0]!r}" if names else "there are none"
        raise InputError(
            f"--masks: {found[lonely[0]]} has no image {lonely[0]!r} ({len(lonely)} of {len(found)} have none; images "
            f"are named {known}); a mask is named as its image, with or without {', '.join(endings)}"
        )
    return [Pair(name, [part[name] for part in by_channel if name in part], found.get(name)) for name in names]


def select(table: pd.DataFrame, min_area: int, max_area: int | None, exclude_border: bool) -> np.ndarray:
    """Return why objects are left out, ``(n,)`` text, empty for those that stay.

    Parameters
    ----------
    table
        Of `measure_objects`.
    min_area, max_area
        Pixels; both are allowed.
    exclude_border
        Leave out objects that touch the border of their image.
    """
    reasons = np.full(len(table), "", dtype=object)
    area = table["area"].to_numpy()
    if exclude_border:
        reasons[table["touches_border"].to_numpy() == 1] = "border: it touches the border of the image"
    if max_area is not None:
        reasons[area > max_area] = f"too large: more than {max_area} pixels"
    reasons[area < min_area] = f"too small: less than {min_area} pixels"
    return reasons
