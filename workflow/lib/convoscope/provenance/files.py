"""Which files of a folder of results are under its manifest, and what they hash to."""

import os
from collections.abc import Iterator
from pathlib import Path

from convoscope.files import digest

MANIFEST = "ro-crate-metadata.json"  # the name is that of the RO-Crate specification
# What is written after the manifest, or while it is.
AFTER = (MANIFEST, "report.html", "report.zip", "logs/manifest.log", "logs/run_record.log")
MARKER = ".snakemake_timestamp"  # Snakemake's, in folders that are outputs


def covered(folder: Path) -> Iterator[str]:
    """Yield every file of a folder that its manifest lists, relative to the folder, in order."""
    for place, names, files in os.walk(folder):
        names.sort()
        for name in sorted(files):
            path = Path(place, name).relative_to(folder).as_posix()
            if path not in AFTER and name != MARKER:
                yield path


def sums(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of a folder that its manifest lists."""
    return {path: digest(folder / path) for path in covered(folder)}
