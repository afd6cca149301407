"""Flavours of images and label images."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import tifffile
from flavour import Flavour, Refused
from PIL import Image


def tiff(array: np.ndarray, **options: Any) -> Callable[[], bytes]:
    """Return a function that makes a TIFF of an array."""

    def make() -> bytes:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, array, **options)
        return buffer.getvalue()

    return make


def pillow(array: np.ndarray, mode: str, form: str = "PNG") -> Callable[[], bytes]:
    """Return a function that makes an image of another library, in one of its modes."""

    def make() -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(array).convert(mode).save(buffer, form)
        return buffer.getvalue()

    return make


def planes(count: int, dtype: str = "uint16") -> np.ndarray:
    """Return planes of 24 by 20 pixels; plane c begins with 10 (c + 1)."""
    ramp = np.arange(480).reshape(24, 20) % 200
    return np.stack([ramp + 10 * (number + 1) for number in range(count)]).astype(dtype)


GREY = planes(1)[0]
TIFFFILE, SCIKIT = "tifffile", "scikit-image"
# What a reader of images returns: type, channels, and the first pixel of every channel.
IMAGES = [
    Flavour("images", "TIFF of one plane, 16 bit", "microscopes", "one channel", tiff(GREY), ("uint16", [10])),
    Flavour(
        "images", "TIFF of one plane, 8 bit", "microscopes", "one channel", tiff(GREY.astype("uint8")), ("uint8", [10])
    ),
    Flavour(
        "images",
        "big-endian TIFF, BigTIFF, tiles, deflate",
        "microscopes",
        "as any TIFF",
        tiff(GREY, bigtiff=True, byteorder=">", tile=(16, 16), compression="zlib"),
        ("uint16", [10]),
    ),
    Flavour(
        "images",
        "channels as pages, or as ImageJ or OME-TIFF axes",
        "Fiji, Bio-Formats",
        "channels in their order",
        tiff(planes(2), imagej=True, metadata={"axes": "CYX"}),
        ("uint16", [10, 20]),
    ),
    Flavour(
        "images",
        "four stains as one array, tagged RGB and a fourth sample",
        f"{TIFFFILE}, {SCIKIT}",
        "refused unless `crops.channels` names four (all kept) or three (the fourth left out)",
        tiff(np.moveaxis(planes(4), 0, -1), photometric="rgb"),
        Refused("name all 4 in crops.channels"),
    ),
    Flavour(
        "images",
        "palette",
        "Fiji",
        "its colours, or its indices where `crops.channels` names one channel",
        tiff(
            GREY.astype("uint8"), photometric="palette", colormap=np.arange(768, dtype=np.uint16).reshape(3, 256) << 8
        ),
        ("uint8", [10, 10, 10]),
    ),
    Flavour(
        "images",
        "white as zero",
        "scanners",
        "inverted",
        tiff(GREY.astype("uint8"), photometric="miniswhite"),
        ("uint8", [245]),
    ),
    Flavour(
        "images",
        "CMYK, Lab",
        "publishing software",
        "refused",
        tiff(np.moveaxis(planes(4, "uint8"), 0, -1), photometric="separated"),
        Refused("SEPARATED"),
    ),
    Flavour("images", "PNG, grey", "any", "one channel", pillow(GREY.astype("uint8"), "L"), ("uint8", [10])),
    Flavour(
        "images", "PNG, colours", "any", "three channels", pillow(GREY.astype("uint8"), "RGB"), ("uint8", [10] * 3)
    ),
    Flavour(
        "images",
        "PNG with a transparency that hides nothing",
        "any",
        "the transparency is left out",
        pillow(GREY.astype("uint8"), "RGBA"),
        ("uint8", [10] * 3),
    ),
    Flavour(
        "images",
        "JPEG",
        "cameras",
        "refused: compression changes the counts",
        pillow(GREY.astype("uint8"), "L", "JPEG"),
        Refused("a JPEG"),
    ),
    Flavour(
        "images",
        "z-stack",
        "microscopes",
        "refused unless `crops.projection` says how it becomes a plane",
        tiff(planes(5), imagej=True, metadata={"axes": "ZYX"}),
        Refused("crops.projection"),
    ),
    Flavour(
        "images",
        "time series",
        "microscopes",
        "refused",
        tiff(planes(5), imagej=True, metadata={"axes": "TYX"}),
        Refused("every frame"),
    ),
]

MASK = np.zeros((24, 20), dtype=np.int64)
MASK[2:5, 3:6], MASK[9:12, 3:6] = 1, 70_000
# What a reader of label images returns: the numbers of the cells.
MASKS = [
    Flavour(
        "label images",
        "TIFF of 32-bit integers",
        "Cellpose, StarDist",
        "0 is background, each cell has a number",
        tiff(MASK.astype("uint32")),
        [1, 70000],
    ),
    Flavour(
        "label images",
        "floats that are whole numbers",
        "Fiji, CellProfiler",
        "read as whole numbers",
        tiff(MASK.astype("float32")),
        [1, 70000],
    ),
    Flavour(
        "label images",
        "few cells, strongly compressed",
        "any",
        "read",
        tiff(np.pad(MASK.astype("uint32"), (0, 4000)), compression="zlib"),
        [1, 70000],
    ),
    Flavour(
        "label images",
        "floats with a fraction",
        "probability maps",
        "refused",
        tiff(MASK.astype("float32") / 2),
        Refused("whole number"),
    ),
    Flavour(
        "label images",
        "colours",
        "overlays",
        "refused",
        tiff(np.moveaxis(planes(3, "uint8"), 0, -1), photometric="rgb"),
        Refused("wrong channels"),
    ),
]
