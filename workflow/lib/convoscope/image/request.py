"""What is asked of the image files of an experiment, and why one cannot be used."""

import logging
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

import numpy as np


class UnusableError(Exception):
    """Why an image or a cell in it cannot be used: ``status: detail``, the reason in dropped.tsv."""


@dataclass(frozen=True)
class Request:
    """How images are read; ``notes`` collects what was done to which of them, for the log.

    ``channels`` is the number of channels that the experiment names, 0 where it names none. ``labels`` asks for a
    label image: values as they are stored, no colours. ``companions`` reads an OME-TIFF with the files that it names.
    ``part`` is the number from 0, or the name, of one image in a file of several.
    """

    channels: int = 0
    projection: str | None = None
    labels: bool = False
    companions: bool = True
    part: str = ""
    notes: dict[str, list[str]] = field(default_factory=dict)

    def note(self, text: str, name: str) -> None:
        """Keep what was done to a file."""
        self.notes.setdefault(text, []).append(name)

    def report(self) -> None:
        """Log one line per note: what was done, to how many files, an example."""
        for text, names in self.notes.items():
            logging.info("images: %s: %d file(s), such as %s", text, len(names), names[0])


def size_text(image: np.ndarray) -> str:
    """Return width × height as it is said in reasons."""
    return f"{image.shape[-1]} x {image.shape[-2]} pixels"


def split_part(path: Path) -> tuple[Path, str]:
    """Split ``plate.ome.tif#2`` into the file and the image in it; a file with ``#`` in its name stays whole."""
    text = str(path)
    if not path.exists():
        for place in (number for number, letter in enumerate(text) if letter == "#"):
            if Path(text[:place]).is_file():
                return Path(text[:place]), text[place + 1 :]
    return path, ""


def find_file(folder: Path, name: str) -> Path:
    r"""Return the path of a name in a table; ``a\b.tif``, as Windows writes it, is in the folder ``a``."""
    path = folder / name
    plain = folder / PureWindowsPath(name).as_posix()
    return path if "\\" not in name or split_part(path)[0].exists() else plain
