"""Whole files only: reading with one clear error, writing next to the target and renaming."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from convoscope.errors import InputError
from convoscope.scratch import scratch_of, sweep_folder

GZIP_MAGIC = b"\x1f\x8b"
LISTED = 20  # keys of a file that an error lists
LARGE = 1 << 30  # decompressed bytes that any file may have
MOST_EXPANDED = 1100  # times its size that a larger one may have: more than gzip can
LEVEL = 5  # of compression: tables are 1 % larger than with the usual 6, which takes twice the time


@contextmanager
def replacing(*paths: Path) -> Iterator[list[Path]]:
    """Yield one scratch path per target and move them all into place when the block ends well.

    A scratch path keeps the target's suffixes, so that libraries that look at them (pysam, matplotlib) behave.
    When the block raises, nothing is left behind and existing targets keep their content. What killed processes left
    in the targets' folders is removed.

    Raises
    ------
    InputError
        If a target is a folder, or stands twice.
    """
    for number, path in enumerate(paths):
        if path.is_dir():
            raise InputError(f"{path}: is a folder; give the path of a file to write")
        if path in paths[:number]:
            raise InputError(f"{path}: would be written twice; give every output a name of its own")
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_folder(path.parent)
    scratch = [scratch_of(path) for path in paths]
    try:
        yield scratch
        for source, target in zip(scratch, paths, strict=True):
            os.replace(source, target)
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        # A write fails without saying where: name the folder, for the one line that the user sees.
        raise OSError(error.errno, error.strerror, str(paths[0].parent)) from None
    finally:
        for source in scratch:
            source.unlink(missing_ok=True)


def is_gzip(path: Path) -> bool:
    """Tell by its first two bytes, not by its name, whether a file is gzipped."""
    with open(path, "rb") as stream:
        return stream.read(2) == GZIP_MAGIC


def is_indexed(fasta: Path) -> bool:
    """Tell whether an index that is as new as the FASTA is next to it."""
    if not fasta.is_file():
        return False
    indices = [fasta.with_name(fasta.name + suffix) for suffix in ((".fai", ".gzi") if is_gzip(fasta) else (".fai",))]
    written = fasta.stat().st_mtime_ns
    return all(index.is_file() and index.stat().st_mtime_ns >= written for index in indices)


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open the bytes of a file, decompressed where its content is gzip, bzip2, xz or a zip of one file.

    Raises
    ------
    InputError
        If the file is missing, a folder, truncated or damaged, also when that shows only while reading, or holds more
        than a compressed file can without harm.
    """
    try:
        with open(path, "rb") as raw:
            start = raw.read(max(map(len, PACKED)))
        kind, opener = next((found for magic, found in PACKED.items() if start.startswith(magic)), ("plain", open))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give the path of a readable file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; give the path of a readable file") from None
    # Outside of the `try` above: a file missing in the caller's block is not this one.
    try:
        with opener(path, "rb") as stream:
            yield stream if kind == "plain" else io.BufferedReader(Bounded(stream, path))
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: {kind} stream is truncated or damaged ({error}); fetch the file again") from None
    except OSError as error:  # bzip2 of wrong content
        if kind != "bzip2" or error.errno is not None:
            raise
        raise InputError(f"{path}: {kind} stream is truncated or damaged ({error}); fetch the file again") from None


class Bounded(io.RawIOBase):
    """Decompressed bytes, refused when there are too many for the file that they come from."""

    def __init__(self, stream: Any, path: Path):
        super().__init__()
        self.stream, self.path, self.read_so_far = stream, path, 0
        self.largest = max(LARGE, MOST_EXPANDED * path.stat().st_size)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer, as `io.RawIOBase` asks."""
        found = self.stream.read(len(buffer))
        buffer[: len(found)] = found
        self.read_so_far += len(found)
        if self.read_so_far > self.largest:
            raise InputError(f"{self.path}: expands more than {MOST_EXPANDED:,}-fold; decompress it if that is right")
        return len(found)


@contextmanager
def _open_zip(path: Path, mode: str) -> Iterator[Any]:
    """Open the only file of a zip; what macOS adds to one does not count."""
    with zipfile.ZipFile(path) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
        if len(members) != 1:
            names = ", ".join(one.filename for one in members[:4]) or "nothing"
            raise InputError(f"{path}: a zip of {len(members)} files ({names}); one file is read: unpack it")
        try:
            stream = archive.open(members[0])
        except (RuntimeError, NotImplementedError) as error:
            raise InputError(f"{path}: a zip that cannot be unpacked ({error}); unpack it") from None
        with stream:
            yield stream


# How a file begins that is compressed, what that is called, and what opens it.
PACKED: dict[bytes, tuple[str, Any]] = {
    GZIP_MAGIC: ("gzip", gzip.open),
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ\0": ("xz", lzma.open),
    b"PK\x03\x04": ("zip", _open_zip),
}


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open plain or compressed UTF-8 text, any line ending.

    Raises
    ------
    InputError
        As `open_bytes`, and if the file is not UTF-8.
    """
    with open_bytes(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig") as text:
        try:
            yield text
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path}: not text ({error.reason} at byte {error.start}); UTF-8 is read, plain or compressed"
            ) from None


@contextmanager
def open_packed(path: Path) -> Iterator[TextIO]:
    """Open a gzipped text file for writing; the same text gives the same bytes, under any name and at any time."""
    with (
        open(path, "wb") as raw,
        gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        yield text


class Block(dict[str, Any]):
    """A block of a JSON file, which names that file when it is asked for a key that it lacks."""

    def __init__(self, content: dict[str, Any], path: Path) -> None:
        super().__init__(content)
        self.path = path

    def __missing__(self, key: str) -> Any:
        """Refuse the file."""
        found = ", ".join(list(self)[:LISTED]) or "no key"
        raise InputError(f"{self.path}: no {key}; it has {found}; remove the file and run again")


def _refuse_constant(text: str) -> None:
    """Refuse ``NaN`` and ``Infinity``, which Python reads and JSON does not have."""
    raise ValueError(f"{text} is no number")


def read_json(path: Path) -> Any:
    """Read one JSON file; every block in it is a `Block`."""
    with open_text(path) as stream:
        try:
            return json.load(stream, object_hook=lambda content: Block(content, path), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            if isinstance(error, UnicodeDecodeError):
                raise
            raise InputError(f"{path}: not JSON ({error}); remove the file and run again") from None


def write_json(path: Path, content: Any) -> None:
    """Write one JSON file, indented, with keys in the order given."""
    with replacing(path) as [scratch]:
        scratch.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Return the hexadecimal checksum of a file, read as a stream."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
