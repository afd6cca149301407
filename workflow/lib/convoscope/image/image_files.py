"""One image from its file or files, as channels × rows × columns at the depth of the camera."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from convoscope.download.addresses import redacted_text
from convoscope.image.channels import as_labels
from convoscope.image.png import read_png
from convoscope.image.request import Request, UnusableError, size_text, split_part
from convoscope.image.tiff import read_tiff

DETAIL = 160

# The first bytes of a file, and what reads such files; TIFF and BigTIFF in both byte orders.
READERS: dict[bytes, Callable[[Path, bytes, Request], np.ndarray]] = {
    **dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), read_tiff),
    b"\x89PNG\r\n\x1a\n": read_png,
}
EXPORT = "export it as OME-TIFF, for instance with Fiji"
# The first bytes of other images, and what to do about them.
OTHERS = {
    b"\xff\xd8\xff": "a JPEG, which changes the counts; take the originals, or save it as PNG if there are none",
    b"\0\0\0\x0cjP  ": "a JPEG 2000; save it as TIFF or PNG",
    b"GIF8": "a GIF; save it as TIFF or PNG",
    b"BM": "a BMP; save it as TIFF or PNG",
    b"RIFF": "a WebP; save it as TIFF or PNG",
    b"ZISRAWFILE": f"a CZI; {EXPORT}",
    b"\xda\xce\xbe\x0a": f"an ND2; {EXPORT}",
    b"p\0\0\0": f"a LIF; {EXPORT}",
    b"\x89HDF": f"HDF5; {EXPORT}",
    b"PK\x03\x04": "a ZIP; unpack it",
    b"\x1f\x8b": "gzipped; unpack it",
    b"\x93NUMPY": "a NumPy array; save it as TIFF",
}


def read_image(paths: Sequence[Path], request: Request | None = None) -> np.ndarray:
    """Read one image, ``(channels, height, width)`` uint8 or uint16, from one file or from one file per channel.

    Raises
    ------
    UnusableError
        ``unreadable``, ``wrong depth`` or ``wrong channels``; ``wrong size`` and ``wrong depth`` also where the
        files of one image differ.
    """
    request = request or Request()
    if len(paths) == 1:
        return read_image_file(paths[0], request)
    alone = replace(request, channels=1, companions=False)
    planes = [read_image_file(path, alone) for path in paths]
    for plane, path in zip(planes, paths, strict=True):
        if len(plane) != 1:
            raise UnusableError(f"wrong channels: {path.name} has {len(plane)}; with one file per channel each has 1")
        if plane.dtype != planes[0].dtype:
            raise UnusableError(f"wrong depth: {path.name} is {plane.dtype}, {paths[0].name} is {planes[0].dtype}")
        if plane.shape != planes[0].shape:
            raise UnusableError(
                f"wrong size: {path.name} is {size_text(plane)}, {paths[0].name} is {size_text(planes[0])}"
            )
    return np.concatenate(planes)


def read_mask(path: Path) -> np.ndarray:
    """Read a label image, ``(height, width)`` of whole numbers of any size: 0 is background, each cell has its own."""
    mask = as_labels(read_image_file(path, Request(channels=1, labels=True)), path.name)
    if len(mask) != 1:
        raise UnusableError(f"wrong channels: mask {path.name} has {len(mask)}; a label image has 1")
    return mask[0]


def read_image_file(path: Path, request: Request) -> np.ndarray:
    """Read one image of a TIFF or PNG, known by its first bytes, as ``(channels, height, width)``.

    Images are uint8 or uint16, label images of any type.

    Parameters
    ----------
    path
        The file; ``#`` and the number or name of one image behind it where it holds several.
    request
        How it is read.
    """
    path, part = split_part(path)
    try:
        with open(path, "rb") as stream:
            start = stream.read(26)
        for magic, read in READERS.items():
            if start.startswith(magic):
                return read(path, start, replace(request, part=part))
    except UnusableError:
        raise
    except FileNotFoundError:
        raise UnusableError(f"unreadable: no file {redacted_text(str(path))}{_other_case(path)}") from None
    except IsADirectoryError:
        raise UnusableError(f"unreadable: {path} is a folder") from None
    except Exception as error:  # damaged files make the libraries raise anything, a lack of memory included
        raise UnusableError(f"unreadable: {path.name}: {' '.join(str(error).split())[:DETAIL]}") from None
    kind = next((kind for magic, kind in OTHERS.items() if start.startswith(magic)), "neither TIFF nor PNG")
    raise UnusableError(f"unreadable: {path.name} is {kind if start else 'empty'}")


def _other_case(path: Path) -> str:
    """Say which file differs from a missing one only in upper and lower case, where there is one."""
    same = [name for name in _listing(path.parent) if name.casefold() == path.name.casefold()]
    return f"; the folder has {same[0]}" if same else ""


@lru_cache(maxsize=8)
def _listing(folder: Path) -> list[str]:
    """Return the names in a folder, of none in one that is missing."""
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
