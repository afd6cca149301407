"""Draw figures and pages of the report."""

import inspect
import json
import logging
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

from convoscope.artifacts import read_metrics
from convoscope.dataset import check_dataset, load_codes, read_card
from convoscope.download.addresses import redact
from convoscope.errors import InputError
from convoscope.evaluation.collect import read_predictions
from convoscope.files import open_text
from convoscope.modelfile import describe
from convoscope.options import read_section, refuse_shared_paths
from convoscope.report.arrays import read_arrays
from convoscope.report.items import ARTIFACTS, ITEMS, Artifact, reads
from convoscope.sequence.bigwig import TrackFolder
from convoscope.tables import header_of, read_table

log = logging.getLogger(__name__)
Files = dict[str, list[Path]]  # by the name of their artifact
Found = Mapping[str, Any]  # contents that are read already, by the same names, and the section as ``spec``
Drawer = Callable[..., None]
SPREAD = ":spread"  # ending of the name of the column next to that of a label
EPILOG = "\n".join(
    ["items, and the files that they are drawn from:"]
    + [f"  {name}: {item.title} ({', '.join(item.reads)})" for name, item in ITEMS.items()]
    + ["files:", *(f"  {name}: {artifact.help}" for name, artifact in ARTIFACTS.items())]
)


def draw(*, item: list[str], files: list[str], spec: str = "{}", name: str = "", figure: list[Path]) -> None:
    """Draw items of the report, each into a file of its own.

    Parameters
    ----------
    item
        What to draw; several items are drawn from the same files.
    files
        NAME=PATH of every file that the items are drawn from; where there is one for each network or split, its name
        is given several times.
    spec
        Section of the configuration that the items need.
    name
        What is predicted, where there are several blocks in a section.
    figure
        File to write for each item; a figure is also written with the endings .pdf and .png, and its table with .tsv.
    """
    for one in item or [""]:
        if one not in ITEMS:
            raise InputError(f"--item: {one!r}; one of {', '.join(ITEMS)}")
    if len(figure) != len(item):
        raise InputError(f"--figure: {len(figure)} files for {len(item)} items; give one each")
    given = _parse_files(files, reads(item))
    refuse_shared_paths({**given, "figure": figure})
    drawers = {one: load_drawer(one) for one in item}
    for one, drawer in drawers.items():
        _require_files(one, drawer, given)
    found = {"name": name, **_read_files(given, _read_spec(drawers, spec))}
    for (one, drawer), path in zip(drawers.items(), figure, strict=True):
        log.info("%s: %s", one, path)
        with _naming(one, given):
            drawer(path, **{key: found[key] for key in _wants(one, drawer) if key in found})


def _parse_files(files: list[str], known: list[str]) -> Files:
    """Return paths by artifact, in the order in which artifacts are read.

    Raises
    ------
    InputError
        If one is not written ``NAME=PATH``, its name is not ``known``, or there is no such file.
    """
    found: Files = {name: [] for name in known}
    for text in files:
        name, _, path = text.partition("=")
        if name not in known or not path:
            raise InputError(f"--files: {text!r}; NAME=PATH with one of {', '.join(known)}")
        if not Path(path).exists():
            raise InputError(f"--files: {path}: no such file or folder; give an existing one")
        found[name].append(Path(path))
    for name, paths in found.items():
        if len(paths) > 1 and not ARTIFACTS[name].named:
            raise InputError(f"--files: {len(paths)} files for {name}; give one")
    return {name: paths for name, paths in found.items() if paths}


def load_drawer(item: str) -> Drawer:
    """Import the module of an item and return its function ``draw``; that of all pages is told which one."""
    module = import_module(f"convoscope.report.{ITEMS[item].module or item}")
    return partial(module.draw, item=item) if ITEMS[item].module == "pages" else module.draw


def _wants(item: str, drawer: Drawer) -> list[str]:
    """Return what the function of an item takes of its files, the section and the name; that of a page its table."""
    parameters = inspect.signature(drawer).parameters
    known = [*ITEMS[item].reads, "spec", "name"]
    return [key for key in known if key in parameters] if ITEMS[item].module != "pages" else list(ITEMS[item].reads)


def _require_files(item: str, drawer: Drawer, given: Files) -> None:
    """Refuse an item without its files; those with a default in the signature of its function may be missing."""
    parameters = inspect.signature(drawer).parameters
    for name in ITEMS[item].reads:
        optional = name in parameters and parameters[name].default is not inspect.Parameter.empty
        if name not in given and not optional:
            raise InputError(f"--files: no {name}; {item} is drawn from {', '.join(ITEMS[item].reads)}")


def _read_spec(drawers: Mapping[str, Drawer], spec: str) -> Found:
    """Return the section that items need, checked as their function is annotated; nothing where none needs it."""
    for drawer in drawers.values():
        kind = typing.get_type_hints(drawer.func if isinstance(drawer, partial) else drawer).get("spec")
        if kind is not None:
            return {
                "spec": read_section(kind, "--spec")(spec) if issubclass(kind, BaseModel) else redact(json.loads(spec))
            }
    return {}


@contextmanager
def _naming(item: str, given: Files) -> Iterator[None]:
    """Name what was drawn in any error, and in a refusal the file: items know contents by the name of the artifact."""
    try:
        yield
    except InputError as error:
        name, colon, rest = str(error).partition(":")
        raise InputError(f"{item}: {given[name][0] if name in given else name}{colon}{rest}") from None
    except Exception as error:
        error.add_note(f"while drawing {item}")
        raise


def _read_files(given: Files, known: Found) -> Found:
    """Return the content of every file, or of all files of an artifact by their names."""
    found = dict(known)
    for name, paths in given.items():
        contents = {_path_name(path, ARTIFACTS[name].named): _read_file(name, path, found) for path in paths}
        if len(contents) < len(paths):
            raise InputError(f"--files: {len(paths)} files for {name}, but only {len(contents)} names of their folders")
        found[name] = contents if ARTIFACTS[name].named else next(iter(contents.values()))
    if {"card", "examples", "codes"} <= set(given):
        check_dataset(given["examples"][0], given["codes"][0], found["examples"], found["codes"], found["card"])
    return found


def _path_name(path: Path, folders: int) -> str:
    """Return the names of the last few folders of a path.

    >>> _path_name(Path("results/yeast/holdout/3/history.tsv"), 2)
    'holdout.3'
    """
    return ".".join(path.absolute().parts[-1 - folders : -1])


def _read_file(name: str, path: Path, found: Found) -> Any:
    """Return the content of one file of an artifact."""
    artifact = ARTIFACTS[name]
    if artifact.kind in READERS:
        return READERS[artifact.kind](path, artifact, found)
    return read_table(path, artifact.kind, artifact.columns)


def _read_examples(path: Path, artifact: Artifact, found: Found) -> pd.DataFrame:
    """Read the table of examples; a card tells which columns are labels."""
    return read_table(path, "examples", artifact.columns, found["card"]["labels"] if "card" in found else ())


def _read_predicted(path: Path, artifact: Artifact, found: Found) -> pd.DataFrame:
    """Read predictions without labels; columns of outputs are known by the columns of their spreads."""
    outputs = [name.removesuffix(SPREAD) for name in header_of(path) if name.endswith(SPREAD)]
    return read_table(path, artifact.kind, artifact.columns, [*outputs, *(name + SPREAD for name in outputs)])


def _read_sizes(path: Path, artifact: Artifact, found: Found) -> dict[str, int]:
    """Read the lengths of contigs, in the order of the reference."""
    table = read_table(path, "sizes", names=["chrom", "length"])
    return dict(zip(table["chrom"], table["length"], strict=True))


def _read_matrices(path: Path, artifact: Artifact, found: Found) -> Any:
    """Read a file of motifs and, where it has any, the database that they are named by."""
    from convoscope.interpretation.motifs.meme import meme_letters, meme_strands, parse_meme
    from convoscope.report.gallery import Matrices

    with open_text(path) as stream:
        text = stream.read()
    letters, spec = meme_letters(text), found["spec"]
    motifs = parse_meme(text, str(path)) if len(letters) == 4 and "MOTIF" in text else []
    known = _known_matrices(spec.database, tuple(spec.taxa)) if motifs else {}
    matrices = {one.name: one.matrix for one in motifs}
    return Matrices(letters, matrices, known, meme_strands(text) == "both")


@cache
def _known_matrices(database: str, taxa: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Read the matrices of a database by id, once for all files of motifs."""
    from convoscope.interpretation.motifs.database import load_database

    return {one.id: one.matrix for one in load_database(database, taxa)}


def _read_interpretation(path: Path, artifact: Artifact, found: Found) -> dict[str, np.ndarray]:
    """Read what a network on images answers to; a card tells the numbers of labels and channels."""
    card = found["card"]
    return read_arrays(
        path, "image_interpretation", {"labels": len(card["labels"]), "channels": len(card["channel_names"])}
    )


READERS: dict[str, Callable[[Path, Artifact, Found], Any]] = {
    "card": lambda path, artifact, found: read_card(path),
    "codes": lambda path, artifact, found: load_codes(path),
    "embeddings": lambda path, artifact, found: read_arrays(path, "embeddings"),
    "examples": _read_examples,
    "image_interpretation": _read_interpretation,
    "maps": lambda path, artifact, found: read_arrays(path, "maps"),
    "metadata": lambda path, artifact, found: describe(path),
    "metrics": lambda path, artifact, found: read_metrics(path),
    "motifs": _read_matrices,
    "predicted": _read_predicted,
    "predicted_cells": _read_predicted,
    "predictions": lambda path, artifact, found: read_predictions(path),
    "sizes": _read_sizes,
    "tracks": lambda path, artifact, found: TrackFolder(path),
}
