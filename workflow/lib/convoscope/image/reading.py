"""One image from its file or files, as channels × rows × columns at the depth of the camera."""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

DETAIL = 160
STACKS = "ZT"  # axes whose planes are no channels
GREY, PALETTE = 0, 3  # colour types of PNG
COLOURED = ("RGB", "RGBA", "P", "PA")
DENSEST = 1 << 12  # bytes from a compressed one; a damaged header can ask for all memory
LETTERS = 3  # channels of an RGB image; a fourth is its transparency


class UnusableError(Exception):
    """Why an image or a cell in it cannot be used: ``status: detail``, the reason in dropped.tsv."""


def read_image(paths: Sequence[Path]) -> np.ndarray:
    """Read one image, ``(channels, height, width)`` uint8 or uint16, from one file or from one file per channel.

    Raises
    ------
    UnusableError
        ``unreadable``, ``wrong depth`` or ``wrong channels``; ``wrong size`` and ``wrong depth`` also where the
        files of one image differ.
    """
    if len(paths) == 1:
        return check_depth(read_file(paths[0]), paths[0])
    planes = [check_depth(read_file(path, companions=False), path) for path in paths]
    for plane, path in zip(planes, paths, strict=True):
        if len(plane) != 1:
            raise UnusableError(f"wrong channels: {path.name} has {len(plane)}; with one file per channel each has 1")
        if plane.dtype != planes[0].dtype:
            raise UnusableError(f"wrong depth: {path.name} is {plane.dtype}, {paths[0].name} is {planes[0].dtype}")
        if plane.shape != planes[0].shape:
            raise UnusableError(f"wrong size: {path.name} is {extent(plane)}, {paths[0].name} is {extent(planes[0])}")
    return np.concatenate(planes)


def read_mask(path: Path) -> np.ndarray:
    """Read a label image, ``(height, width)`` of whole numbers of any size: 0 is background, each cell has its own."""
    mask = read_file(path, indices=True)
    if mask.dtype.kind not in "iu":
        raise UnusableError(f"wrong depth: mask {path.name} is {mask.dtype}; whole numbers are read")
    if len(mask) != 1:
        raise UnusableError(f"wrong channels: mask {path.name} has {len(mask)}; a label image has 1")
    return mask[0]


def extent(image: np.ndarray) -> str:
    """Return width × height as it is said in reasons."""
    return f"{image.shape[-1]} x {image.shape[-2]} pixels"


def check_depth(image: np.ndarray, path: Path) -> np.ndarray:
    """Return an image of 8 or 16 bits in the byte order of the machine; refuse others."""
    if image.dtype.kind != "u" or image.dtype.itemsize > 2:
        raise UnusableError(
            f"wrong depth: {path.name} is {image.dtype}; whole numbers of 8 or 16 bits (unsigned) are read"
        )
    return image.astype(image.dtype.newbyteorder("="), copy=False)


def read_file(path: Path, *, indices: bool = False, companions: bool = True) -> np.ndarray:
    """Read one TIFF or PNG, known by its first bytes, as ``(channels, height, width)``.

    Parameters
    ----------
    path
        The file.
    indices
        Keep the indices of a palette instead of its colours, as label images have them.
    companions
        Read an OME-TIFF with the channels that it says are in other files.
    """
    try:
        with open(path, "rb") as stream:
            start = stream.read(26)
        for magic, read in READERS.items():
            if start.startswith(magic):
                return read(path, start, indices, companions)
    except UnusableError:
        raise
    except FileNotFoundError:
        raise UnusableError(f"unreadable: no file {path}") from None
    except IsADirectoryError:
        raise UnusableError(f"unreadable: {path} is a folder") from None
    except Exception as error:  # damaged files make the libraries raise anything, a lack of memory included
        raise UnusableError(f"unreadable: {path.name}: {' '.join(str(error).split())[:DETAIL]}") from None
    raise UnusableError(f"unreadable: {path.name} is {'empty' if not start else 'neither TIFF nor PNG'}")


@contextmanager
def strict_tifffile() -> Iterator[None]:
    """Refuse what tifffile would only log as an error: lost pages, and channels in files that are not there."""
    found: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR or "zeroed" in record.getMessage():
                found.append(record.getMessage().split("> ", 1)[-1])

    logger, handler = logging.getLogger("tifffile"), Collect()
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
    if found:
        raise ValueError(found[0])


def read_tiff(path: Path, start: bytes, indices: bool, companions: bool) -> np.ndarray:
    """Read a TIFF of one image; see :func:`read_file`."""
    options: dict[str, Any] = {} if companions else {"is_ome": False}
    with strict_tifffile(), tifffile.TiffFile(path, **options) as file:
        series = file.series[0]
        others = [one for one in file.series[1:] if one.size >= series.size or one.dtype != series.dtype]
        if others:
            raise UnusableError(f"unreadable: {path.name} holds {len(others) + 1} images; one per file is read")
        if series.dtype is not None and series.dtype.kind == "f":
            raise UnusableError(f"wrong depth: {path.name} is {series.dtype}; whole numbers of 8 or 16 bits are read")
        if series.nbytes > DENSEST * path.stat().st_size:
            raise UnusableError(f"unreadable: {path.name} says it holds {series.nbytes} bytes, more than it can")
        image = channels_first(series.asarray(), series.axes, path)
        coloured = file.pages.first.photometric == tifffile.PHOTOMETRIC.RGB and "S" in series.axes
    return image[:LETTERS] if coloured else image


def channels_first(image: np.ndarray, axes: str, path: Path) -> np.ndarray:
    """Return ``(channels, height, width)`` from an array whose axes have letters; the channels' is found by name.

    An axis of no meaning, ``Q``, is that of a plain array as it was written: then its shortest axis is the channels'.
    """
    kept = [number for number, axis in enumerate(axes) if axis in "YX" or image.shape[number] > 1]
    image, names = image.reshape([image.shape[number] for number in kept]), "".join(axes[number] for number in kept)
    extra = names.replace("Y", "").replace("X", "")
    if not extra:
        return image[np.newaxis]
    if len(extra) > 1 or extra in STACKS:
        found = " x ".join(map(str, image.shape))
        raise UnusableError(f"wrong channels: {path.name} has axes {names} of {found}; one plane per channel is read")
    return np.moveaxis(image, int(np.argmin(image.shape)) if extra == "Q" else names.index(extra), 0)


def read_png(path: Path, start: bytes, indices: bool, companions: bool) -> np.ndarray:
    """Read a PNG without its transparency; see :func:`read_file`."""
    depth, colour = start[24], start[25]
    if depth not in (8, 16) and colour != PALETTE:
        raise UnusableError(f"wrong depth: {path.name} has {depth} bits; 8 or 16 are read")
    if depth == 16 and colour != GREY:  # Pillow would cut it to 8 bits in silence
        raise UnusableError(f"wrong depth: {path.name} is a coloured PNG of 16 bits; save it as TIFF")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # fields are large
        with Image.open(path, formats=["PNG"]) as picture:
            picture.load()
    if picture.mode in COLOURED and not (indices and colour == PALETTE):
        return np.moveaxis(np.asarray(picture.convert("RGB")), -1, 0)
    grey = np.asarray(picture.convert("L") if picture.mode == "LA" else picture)
    return grey.astype(np.uint16 if depth == 16 else np.uint8)[np.newaxis]


# The first bytes of a file, and what reads such files; TIFF and BigTIFF in both byte orders.
READERS: dict[bytes, Callable[[Path, bytes, bool, bool], np.ndarray]] = {
    **dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), read_tiff),
    b"\x89PNG\r\n\x1a\n": read_png,
}
