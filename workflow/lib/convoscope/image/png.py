"""A PNG as channels of 8 or 16 bits, its transparency by the same rule as that of a TIFF."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from convoscope.image.channels import without_transparency
from convoscope.image.request import Request, UnusableError

GREY, PALETTE = 0, 3  # colour types
TRANSPARENT = {4: 1, 6: 3}  # colour type to the number of the channel of transparency


def read_png(path: Path, start: bytes, request: Request) -> np.ndarray:
    """Read a PNG as ``(channels, height, width)``; see :func:`convoscope.image.image_files.read_image_file`."""
    depth, colour = start[24], start[25]
    if request.part not in ("", "0"):
        raise UnusableError(f"unreadable: {path.name} is a PNG with one image; there is no {request.part!r}")
    if depth not in (8, 16) and colour != PALETTE and not (request.labels and depth == 1):
        raise UnusableError(f"wrong depth: {path.name} has {depth} bits; 8 or 16 are read")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # fields are large
        with Image.open(path, formats=["PNG"]) as picture:
            frames = getattr(picture, "n_frames", 1)
            if frames > 1:
                raise UnusableError(f"unreadable: {path.name} is an animation of {frames} images; save one")
            if depth == 16 and colour != GREY:  # Pillow would cut it to 8 bits in silence
                return _separated(_sixteen_bits(path), colour, path.name, request)
            if colour == PALETTE and not request.labels:
                return _paletted(picture, path.name, request)
            picture.load()
    pixels = np.asarray(picture)
    return _separated(pixels.astype(np.uint16) if depth == 16 else pixels, colour, path.name, request)


def _separated(pixels: np.ndarray, colour: int, name: str, request: Request) -> np.ndarray:
    """Return channels first, with or without the transparency."""
    image = np.moveaxis(pixels, -1, 0) if pixels.ndim == 3 else pixels[np.newaxis]
    return without_transparency(image, [TRANSPARENT[colour]] if colour in TRANSPARENT else [], name, request)


def _paletted(picture: Image.Image, name: str, request: Request) -> np.ndarray:
    """Return the colours of a palette, or its indices where one channel is named."""
    if request.channels == 1:
        request.note("indices of a palette read as counts, as crops.channels names one channel", name)
        return np.asarray(picture)[np.newaxis]
    request.note("colours of a palette read; one name in crops.channels would read its indices", name)
    return np.moveaxis(np.asarray(picture.convert("RGB")), -1, 0)


def _sixteen_bits(path: Path) -> np.ndarray:
    """Return the samples of a coloured PNG of 16 bits, ``(height, width, samples)``."""
    import imagecodecs  # takes half a second

    return imagecodecs.png_decode(path.read_bytes())
