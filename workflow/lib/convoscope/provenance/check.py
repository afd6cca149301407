"""A folder of results compared with its manifest, or with the manifest of another run."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from convoscope.errors import InputError
from convoscope.files import digest, read_json
from convoscope.provenance.files import MANIFEST, sums

# What may differ between two runs of the same configuration on one machine: the seconds and speeds of trainings.
TIMED = (
    "logs/*", "*/history.tsv", "*/summary.tsv", "summary.tsv", "summary.html", "index.html", "*/model_card.md",
    "*/model_card.html", "*/overview.json",
)  # fmt: skip
RECORDS = ".snakemake/convoscope"


class Listed(NamedTuple):
    """What a manifest says: the sha256 of every file, and its inputs that are elsewhere."""

    files: dict[str, str]
    inputs: list[dict[str, Any]]


def read_manifest(folder: Path) -> Listed:
    """Read the manifest of a folder of results.

    Raises
    ------
    InputError
        If there is none, or it is damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{path}: no manifest; the workflow writes it when all results are there")
    try:
        entities = [one for one in read_json(path)["@graph"] if "sha256" in one]
        inputs = [one for one in entities if one["@id"].startswith("#input-")]
        files = {unquote(one["@id"]): one["sha256"] for one in entities if not one["@id"].startswith("#")}
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{path}: damaged ({type(error).__name__}: {error}); run the workflow again") from None
    return Listed(files, inputs)


def deviations(folder: Path) -> Iterator[str]:
    """Yield a line for every file of a folder that is missing, changed or additional, and every changed input."""
    listed, found = read_manifest(folder), sums(folder)
    for path in sorted({*listed.files, *found}):
        if path not in found:
            yield f"{folder / path}: missing; the manifest lists it"
        elif path not in listed.files:
            yield f"{folder / path}: additional; the manifest does not list it"
        elif found[path] != listed.files[path]:
            yield f"{folder / path}: changed; sha256 {found[path]}, in the manifest {listed.files[path]}"
    for one in listed.inputs:
        path_of_input = find_input(folder, one)
        if path_of_input and (sha256 := digest(path_of_input)) != one["sha256"]:
            yield f"{one['name']}: changed since; input {one['description']}, sha256 {sha256}, then {one['sha256']}"


def unseen_inputs(folder: Path) -> list[str]:
    """Return the names of inputs that cannot be compared, because they are not on this machine."""
    return [one["name"] for one in read_manifest(folder).inputs if find_input(folder, one) is None]


def find_input(folder: Path, entity: Mapping[str, Any]) -> Path | None:
    """Return where an input is: in the directory that the run was started in, or where its record says."""
    for base in (Path.cwd(), *folder.resolve().parents):
        for record in sorted((base / RECORDS).glob("*.json")):
            content = json.loads(record.read_text(encoding="utf-8"))
            if (base / content["results"]).resolve() == folder.resolve():
                number = int(entity["@id"].rpartition("-")[2])
                path = base / content["inputs"][number - 1]["path"]
                return path if path.is_file() else None
    here = (base / entity["name"] for base in (Path.cwd(), *folder.resolve().parents))
    return next((path for path in here if path.is_file()), None)


def differences(folder: Path, other: Path) -> Iterator[str]:
    """Yield a line for every file that two runs do not have in common, but for `TIMED`."""
    first, second = read_manifest(folder).files, read_manifest(other).files
    for path in sorted({*first, *second}):
        if any(fnmatchcase(path, pattern) for pattern in TIMED):
            continue
        if path not in first or path not in second:
            yield f"{path}: only in {folder if path in first else other}"
        elif first[path] != second[path]:
            yield f"{path}: differs between {folder} and {other}"
