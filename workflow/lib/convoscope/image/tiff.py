"""One image of a TIFF, OME-TIFF or ImageJ file, its colours by what the file says of them."""

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC

from convoscope.image.channels import as_counts, channels_first, without_transparency
from convoscope.image.request import Request, UnusableError

# A damaged header can ask for all memory: that many bytes are decoded, or that many from each byte of the file.
# Label images with few cells are compressed to a ten thousandth.
LARGEST, DENSEST = 1 << 30, 1 << 12
SHOWN = 5  # names of images
AUXILIARY = ("thumbnail", "label", "macro", "overview")  # of slide scanners
LOSSY = (COMPRESSION.JPEG, COMPRESSION.OJPEG, COMPRESSION.JPEG_LOSSY)
TRANSPARENT = (EXTRASAMPLE.ASSOCALPHA, EXTRASAMPLE.UNASSALPHA)
# Of the pixels' interpretations; others are refused.
COLOURS = (
    PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.MINISWHITE, PHOTOMETRIC.PALETTE, PHOTOMETRIC.RGB, PHOTOMETRIC.YCBCR,
)  # fmt: skip


@contextmanager
def _strict_tifffile() -> Iterator[list[str]]:
    """Collect what tifffile only logs, and refuse what it logs as an error, such as a lost page."""
    found: list[str] = []
    errors: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage().split("> ", 1)[-1]
            found.append(text)
            if record.levelno >= logging.ERROR:
                errors.append(text)

    logger, handler = logging.getLogger("tifffile"), Collect()
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
    if errors:
        raise ValueError(errors[0])


def read_tiff(path: Path, start: bytes, request: Request) -> np.ndarray:
    """Read one image of a TIFF as ``(channels, height, width)``; see `image_files.read_image_file`."""
    options: dict[str, Any] = {} if request.companions else {"is_ome": False}
    with _strict_tifffile() as said, tifffile.TiffFile(path, **options) as file:
        every = _images_of(file)
        whole = not any("failed to read" in text for text in said)  # the other files of an OME-TIFF
        series = _choose(every, file, request.part, whole)
        planes = list(series) if series.kind == "ome" else []
        if None not in planes:
            return _series_pixels(series, path, request)
        held = sum(page is not None and page.parent is file for page in planes)
        lost = next((text for text in said if "zeroed" in text), "a plane is missing")
    if held != request.channels:
        raise UnusableError(f"unreadable: {path.name}: {lost}")
    request.note("read without the other files of its OME-TIFF, which are missing", path.name)
    return read_tiff(path, start, replace(request, companions=False))


def _images_of(file: tifffile.TiffFile) -> list[tifffile.TiffPageSeries]:
    """Return the images of a TIFF without those that slide scanners add.

    What tifffile takes for a lower resolution, by its size alone, is an image of its own unless tagged as reduced.
    """
    found: list[tifffile.TiffPageSeries] = []
    for one in file.series:
        plain = one.kind == "generic" and not all(level.keyframe.is_reduced for level in one.levels[1:])
        found += one.levels if plain else [one]
    if not found:
        raise ValueError("a TIFF without an image")
    return [one for one in found if one.kind == "ome" or one.name.lower() not in AUXILIARY]


def _choose(
    every: Sequence[tifffile.TiffPageSeries], file: tifffile.TiffFile, part: str, numbered: bool
) -> tifffile.TiffPageSeries:
    """Return the image that is asked for, or the only one that lies in this file.

    Parameters
    ----------
    every
        All images.
    file
        The TIFF.
    part
        Name of the image, or its number; empty for the only one.
    numbered
        Whether all files of an OME-TIFF are there; where some are missing, numbers would count others.
    """
    if part:
        found = [one for place, one in enumerate(every) if part in (one.name, str(place) if numbered else "")]
    else:
        found = [one for one in every if one.kind != "ome" or _lies_in(one, file)] or list(every)
    if len(found) == 1:
        return found[0]
    shown = ", ".join(f"{place} {one.name}".strip() for place, one in enumerate(every[:SHOWN]))
    more = ", …" if len(every) > SHOWN else ""
    asked = f"{len(found)} are {part!r}" if part else f"one is named behind the file, as {file.filename}#0"
    raise UnusableError(f"unreadable: {file.filename} holds {len(every)} images ({shown}{more}); {asked}")


def _lies_in(series: tifffile.TiffPageSeries, file: tifffile.TiffFile) -> bool:
    """Tell whether a file holds a plane of an image; an OME-TIFF may name images that lie in others."""
    return any(page is not None and page.parent is file for page in series)


def _series_pixels(series: tifffile.TiffPageSeries, path: Path, request: Request) -> np.ndarray:
    """Return the pixels of one image, its colours by what the file says of them."""
    page, name = series.keyframe, path.name
    if series.nbytes > max(LARGEST, DENSEST * path.stat().st_size):
        raise UnusableError(f"unreadable: {name} says it holds {series.nbytes} bytes, more than it can")
    if len(page.dataoffsets) < math.prod(page.chunked):
        raise ValueError(f"{len(page.dataoffsets)} of {math.prod(page.chunked)} strips or tiles")
    full = (1 << page.bitspersample) - 1 if page.dtype in (np.uint8, np.uint16) else None
    image, axes = _decoded(series), series.axes
    if not request.labels:
        image, axes = _coloured(page, as_counts(image, name, request), axes, full, name, request)
    image = channels_first(image, axes, name, request)
    kinds = enumerate(page.extrasamples, page.samplesperpixel - len(page.extrasamples))  # behind the colours
    tagged = [place for place, kind in kinds if kind in TRANSPARENT]
    return without_transparency(image, tagged if len(image) == page.samplesperpixel else [], name, request, full)


def _coloured(
    page: tifffile.TiffPage, image: np.ndarray, axes: str, full: int | None, name: str, request: Request
) -> tuple[np.ndarray, str]:
    """Return an image and its axes by its photometric interpretation: inverted, with its palette, or as it is."""
    _check_colours(page, name)
    if page.compression in LOSSY:
        request.note("compressed by JPEG, which changes the counts", name)
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        image = inverted(image, full, name, request)
    return _paletted(page, image, axes, name, request) if page.photometric == PHOTOMETRIC.PALETTE else (image, axes)


def _decoded(series: tifffile.TiffPageSeries) -> np.ndarray:
    """Return the array of an image; of one that lies in a single other file of an OME-TIFF, page by page.

    The latter as a whole tifffile reads from the file that is open, at the places of the other.
    """
    home = series.keyframe.parent
    if series.kind != "ome" or series.is_multifile or home is series.parent:
        return series.asarray()
    with tifffile.TiffFile(home.filehandle.path, is_ome=False) as file:
        return np.stack([file.pages[page.index].asarray() for page in series if page]).reshape(series.shape)


def _check_colours(page: tifffile.TiffPage, name: str) -> None:
    """Refuse pixels that are neither grey nor red, green and blue, such as CMYK, Lab, or YCbCr outside of a JPEG."""
    known = page.photometric in COLOURS
    if not known or (page.photometric == PHOTOMETRIC.YCBCR and page.compression not in LOSSY):
        kind = getattr(page.photometric, "name", page.photometric)
        raise UnusableError(
            f"wrong channels: {name} holds colours as {kind}; grey, RGB and palettes are read: save it as one"
        )


def inverted(image: np.ndarray, full: int | None, name: str, request: Request) -> np.ndarray:
    """Return light as large numbers where a file holds it as small ones; refuse numbers without a largest one."""
    if full is None:
        raise UnusableError(f"wrong channels: {name} has white as zero, but neither 8 nor 16 bits; invert it")
    request.note("zero is white in the file: inverted", name)
    return full - image


def _paletted(
    page: tifffile.TiffPage, image: np.ndarray, axes: str, name: str, request: Request
) -> tuple[np.ndarray, str]:
    """Return an image and its axes: the colours of its palette, or where one channel is named its indices."""
    if request.channels == 1 or page.colormap is None:
        request.note("indices of a palette read as counts, as crops.channels names one channel", name)
        return image, axes
    request.note("colours of a palette read; one name in crops.channels would read its indices", name)
    shift = 8 if page.colormap.max() > 255 else 0  # some programs write 8 bits, as libtiff knows
    return np.moveaxis((page.colormap >> shift).astype(np.uint8)[:, image], 0, -1), axes + "S"
