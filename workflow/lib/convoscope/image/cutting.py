"""From the table of cells to crops, image by image: every image is read once, every cell gets a status."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import AROUND, CropsSpec
from convoscope.image.cells import CellTable
from convoscope.image.crops import (
    Box,
    background_levels,
    box_centre,
    check_centre,
    check_pixels,
    corner,
    cut_square,
    isolated,
    lies_within,
    object_boxes,
)
from convoscope.image.image_files import read_image, read_mask
from convoscope.image.reach import Reach, check_numbers
from convoscope.image.request import Request, UnusableError, find_file, size_text

Place = dict[str, float]
SMALLEST = 8
MEASURED = ("centres", "boxes")  # forms of tables whose places are lengths


class CellOutcome(NamedTuple):
    """What became of one cell: its crop ``(C, S, S)`` with status ``ok`` or ``padded``, or none and the reason."""

    row: int
    status: str
    x: float = np.nan
    y: float = np.nan
    pixels: np.ndarray | None = None


class Kind(NamedTuple):
    """What all images of an experiment have in common."""

    channels: int
    dtype: np.dtype[np.generic]
    source: str  # of the number of channels
    example: str = "the first"  # of the depth
    order: tuple[int, ...] | None = None  # of the channels that are used; all as they are where None
    space: tuple[int, ...] | None = None  # height and width of ready crops whose size is not given


@dataclass(frozen=True)
class ImageField:
    """One image ``(C, H, W)`` with its label image ``(H, W)``, and what is worked out once for all its cells."""

    image: np.ndarray
    mask: np.ndarray | None

    @cached_property
    def boxes(self) -> dict[int, Box]:
        """Boxes of the objects by their values."""
        return {} if self.mask is None else object_boxes(self.mask)

    @cached_property
    def background(self) -> np.ndarray:
        """Value of each channel where no cell is."""
        return background_levels(self.image, self.mask)


def whole_crop_centre(place: Place, field: ImageField, size: int) -> tuple[float, float]:
    """Return the centre of a ready crop, which must have the right size."""
    if field.image.shape[1:] != (size, size):
        raise UnusableError(f"wrong size: the image is {size_text(field.image)}; crops.size is {size}")
    return size / 2, size / 2


def centre(place: Place, field: ImageField, size: int) -> tuple[float, float]:
    """Return the given centre."""
    return place["x"], place["y"]


def _box(place: Place, field: ImageField, size: int) -> tuple[float, float]:
    """Return the centre of the given box."""
    return box_centre(Box(**{name: place[name] for name in Box._fields}), size)


def _labelled(place: Place, field: ImageField, size: int) -> tuple[float, float]:
    """Return the centre of the box around an object of the label image."""
    found = field.boxes.get(int(place["object"])) if place["object"].is_integer() else None
    if found is None:
        held = f"{len(field.boxes)} objects" if field.boxes else "no object at all"
        raise UnusableError(f"no object: {place['object']:g} is not in the label image, which holds {held}")
    return box_centre(found, size)


LOCATE: dict[str, Callable[[Place, ImageField, int], tuple[float, float]]] = {
    "crops": whole_crop_centre,
    "centres": centre,
    "boxes": _box,
    "masks": _labelled,
}


def by_image(files: pd.DataFrame, usable: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows of each image in turn, images in the order in which the table first names them.

    Parameters
    ----------
    files
        ``(N, files)``: names that together are one image.
    usable
        ``(N,)`` whether a row counts.
    """
    rows = np.flatnonzero(usable)
    numbers = np.zeros(len(rows), dtype=np.int64)
    for name in files:
        codes, values = pd.factorize(files[name].iloc[rows])
        numbers, _ = pd.factorize(numbers * len(values) + codes)
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    for start, end in pairwise(np.append(starts, len(rows))):
        yield rows[order[start:end]]


def read_field(cells: CellTable, row: int, folder: Path, request: Request) -> ImageField:
    """Read the image of a cell and, where the table names one, its label image."""
    image = read_image([find_file(folder, str(name)) for name in cells.images.iloc[row]], request)
    if "mask" not in cells.places:
        return ImageField(image, None)
    path = find_file(folder, str(cells.places["mask"].iloc[row]))
    mask = read_mask(path)
    if mask.shape != image.shape[1:]:
        raise UnusableError(f"wrong size: mask {path.name} is {size_text(mask)}, its image {size_text(image)}")
    return ImageField(image, mask)


def image_kind(image: np.ndarray, spec: CropsSpec) -> Kind:
    """Return what all images must have in common with the first; refuse ready crops that are not square, or tiny."""
    names = spec.crops.channels
    source, space = ("crops.channels", None) if names else ("the first", None)
    if spec.cells.form == "crops" and spec.crops.size is None:
        space = image.shape[1:]
        if space[0] != space[1] or space[0] < SMALLEST:
            raise UnusableError(f"wrong size: the image is {size_text(image)}; squares of at least {SMALLEST} are read")
    return Kind(len(names) or len(image), image.dtype, source, space=space)


def check_kind(image: np.ndarray, kind: Kind) -> None:
    """Refuse an image with other channels, another depth or, where it is a ready crop, another size than all."""
    if kind.space and image.shape[1:] != kind.space:
        first = " x ".join(map(str, kind.space[::-1]))
        raise UnusableError(
            f"wrong size: the image is {size_text(image)}; the first is {first}, crops.size is not given"
        )
    if len(image) != kind.channels:
        raise UnusableError(f"wrong channels: the image has {len(image)}; {kind.source} has {kind.channels}")
    if image.dtype != kind.dtype:
        raise UnusableError(f"wrong depth: the image is {image.dtype}; {kind.example} is {kind.dtype}")


def _cut_cell(row: int, place: Place, field: ImageField, spec: CropsSpec) -> CellOutcome:
    """Cut one cell out of its image.

    Parameters
    ----------
    row
        Of the table.
    place
        Its numbers in the columns of places.
    field
        The image.
    spec
        Form of the table, size, names of the channels and borders.
    """
    options, size = spec.crops, spec.crops.size or AROUND
    try:
        x, y = LOCATE[spec.cells.form](place, field, size)
        check_centre(x, y, field.image)
        top, left = corner(x, y, size)
        whole_crop = lies_within(field.image, top, left, size)
        if not whole_crop and options.border == "drop":
            raise UnusableError(f"border: a crop about {x:g},{y:g} leaves the image of {size_text(field.image)}")
        fill = np.zeros(len(field.image)) if whole_crop else field.background
        crop = cut_square(field.image, top, left, size, fill)
        if options.isolate and field.mask is not None:
            mask = cut_square(field.mask[np.newaxis], top, left, size, np.zeros(1)).pixels[0]
            crop = crop._replace(pixels=isolated(crop.pixels, mask, int(place["object"]), field.background))
        check_pixels(crop.pixels[(slice(None), *crop.inside)], options.saturated, options.channels)
    except UnusableError as reason:
        return CellOutcome(row, str(reason))
    known = (x, y) if spec.cells.form != "crops" else (place.get("x", np.nan), place.get("y", np.nan))
    return CellOutcome(row, "ok" if whole_crop else "padded", *known, crop.pixels)


def cut_all(cells: CellTable, folder: Path, spec: CropsSpec, kind: Kind | None = None) -> Iterator[CellOutcome]:
    """Yield what becomes of every cell, image by image.

    Depth and channels are those of ``kind``, or of the first image that can be read.
    """
    for row in np.flatnonzero(cells.reasons != ""):
        yield CellOutcome(int(row), str(cells.reasons[row]))
    columns = [str(name) for name in cells.places if name != "mask"]
    numbers = cells.places[columns].to_numpy(dtype=np.float64)
    files = pd.concat([cells.images, cells.places[["mask"]]], axis=1) if "mask" in cells.places else cells.images
    request = Request(kind.channels if kind else len(spec.crops.channels), spec.crops.projection)
    reach = Reach()
    for rows in by_image(files, cells.reasons == ""):
        try:
            field = read_field(cells, int(rows[0]), folder, request)
            expected = kind or image_kind(field.image, spec)
            check_kind(field.image, expected)
            if "object" in cells.places:
                check_numbers(cells.places["object"].to_numpy()[rows], list(field.boxes))
            kind = expected
            if kind.order is not None:
                field = ImageField(field.image[list(kind.order)], field.mask)
        except UnusableError as reason:
            yield from (CellOutcome(int(row), str(reason)) for row in rows)
            continue
        sized = with_size(spec, kind)
        for row, values in zip(rows, numbers[rows], strict=True):
            outcome = _cut_cell(int(row), Place(zip(columns, values.tolist(), strict=True)), field, sized)
            if outcome.pixels is not None and spec.cells.form in MEASURED:
                reach.add(outcome.x, outcome.y, field.image)
            yield outcome
    request.report()
    reach.report()


def with_size(spec: CropsSpec, kind: Kind) -> CropsSpec:
    """Return the settings with the size and the names of the channels that they leave open."""
    size = spec.crops.size or (kind.space[0] if kind.space else AROUND)
    names = spec.crops.channels or [f"c{number + 1}" for number in range(len(kind.order or range(kind.channels)))]
    return spec.model_copy(update={"crops": spec.crops.model_copy(update={"size": size, "channels": names})})
