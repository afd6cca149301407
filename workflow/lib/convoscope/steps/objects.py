"""Verb ``objects``: label images, or the tables of CellProfiler, as a table of cells."""

import csv
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.image import cellprofiler as profiled
from convoscope.image.image_files import read_image, read_mask
from convoscope.image.objects import (
    MASK_ENDINGS,
    MEASURES,
    OTHERS,
    PICKLE,
    SUFFIXES,
    Pair,
    is_mask,
    measure_objects,
    pair,
    select,
    stem,
)
from convoscope.image.request import UnusableError, size_text
from convoscope.options import Input

log = logging.getLogger(__name__)
Row = list[Any]
Found = tuple[Row, str]  # a row of the table, and why it is left out


def objects(
    *, images: list[Input] | None = None, masks: list[Input] | None = None, cellprofiler: list[Input] | None = None,
    channels: list[str] | None = None, mask_ending: str | None = None, min_area: int = 1, max_area: int | None = None,
    exclude_border: bool = False, cells: Path, dropped: Path,
) -> None:  # fmt: skip
    """Write a table of cells from label images or from CellProfiler's tables.

    Label images (TIFF or PNG, such as those of Cellpose and StarDist) are paired with images by name: that of a mask
    is that of its image, with or without one of the endings _cp_masks, _masks, _mask, _labels, _label, _stardist, _seg,
    _objects. In the folder of the images it needs an ending. The table does for the forms masks, boxes and centres.

    Parameters
    ----------
    images
        Images, or folders of images; with --cellprofiler a folder that replaces the folders named in the table.
    masks
        Label images, or folders of label images; the folders of the images when not given.
    cellprofiler
        Image.csv and the table of the objects, such as Nuclei.csv, instead of masks.
    channels
        If each channel is a file: endings of the file names, such as _w1 _w2; or names of CellProfiler's images.
    mask_ending
        Ending of the names of label images; the usual ones when not given.
    min_area
        Smallest area of an object in pixels.
    max_area
        Largest area of an object in pixels; any when not given.
    exclude_border
        Leave out objects that touch the border of their image.
    cells
        Table to write, a row per object; its paths are relative to its folder.
    """
    if min_area < 1 or (max_area is not None and max_area < min_area):
        raise InputError(f"--min-area {min_area}, --max-area {max_area}; from 1 on, the larger one last")
    names = list(channels or [])
    if cellprofiler:
        if masks or len(cellprofiler) != 2:
            raise InputError("--cellprofiler: give Image.csv and one table of objects, and no --masks")
        columns, given, rows = _from_tables(cellprofiler, names, images, cells.parent)
        form = "centres"
    else:
        pairs = _find_pairs(images or [], masks, [mask_ending] if mask_ending else list(MASK_ENDINGS), names)
        given = [_column(name, number) for number, name in enumerate(names)] if len(names) > 1 else ["image"]
        columns = ["cell", *given, "mask", *MEASURES]
        rows = _from_masks(pairs, len(given), cells.parent, (min_area, max_area, exclude_border))
        form = "masks"
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        raise InputError(
            f"--channels: {twice[0]!r} would be the name of two columns; choose other endings of the files"
        )
    _write(rows, columns, cells, dropped)
    log.info("cells: {path: %s, form: %s, images: [%s]}", cells, form, ", ".join(given))


def _column(channel: str, number: int) -> str:
    """Return the column of a channel: its ending without signs.

    >>> _column("_w1", 0), _column("-", 1)
    ('w1', 'c2')
    """
    return channel.strip("_-. ") or f"c{number + 1}"


def _list_files(given: Sequence[Path], option: str) -> list[tuple[str, Path]]:
    """Return the TIFF and PNG files of folders and single files, each with its folder below the given one."""
    found: list[tuple[str, Path]] = []
    for path in given:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.name.lower().endswith((*SUFFIXES, "_seg.npy")))
            kept = [one for one in inside if one.is_file() and not one.name.startswith(".")]
            found += [("".join(f"{part}/" for part in one.relative_to(path).parts[:-1]), one) for one in kept]
        elif not path.is_file():
            raise InputError(f"--{option}: no file or folder {path}; give images, or folders of them")
        elif path.name.lower().endswith(".npy"):
            raise InputError(f"--{option}: {path} {PICKLE}")
        else:
            found.append(("", path))
    return found


def _find_pairs(
    images: Sequence[Path], masks: Sequence[Path] | None, endings: Sequence[str], channels: Sequence[str]
) -> list[Pair]:
    """Return images with their label images, from the files of the command line."""
    if not images:
        raise InputError("--images: none given; images and --masks, or --cellprofiler")
    listed = [one for one in _list_files(images, "images") if not stem(one[1]).endswith(OTHERS)]
    given = listed if masks is None else _list_files(masks, "masks")
    pickles = [one for one in given if one[1].suffix == ".npy"]
    labels = [one for one in given if one[1].suffix != ".npy" and not stem(one[1]).endswith(OTHERS)]
    fields = [one for one in listed if one[1].suffix != ".npy"]
    named = [one for one in labels if is_mask(one[1], endings)]
    if masks is None or named:  # where some have an ending, those without are their images
        labels = named
    if masks is None:
        fields = [one for one in fields if not is_mask(one[1], endings)]
    pairs = pair(fields, labels, endings, channels)
    if not any(one.mask for one in pairs):
        if pickles:
            raise InputError(f"--masks: {pickles[0][1]} {PICKLE}")
        raise InputError(
            f"--masks: none found for {len(pairs)} images; a mask is named as its image, with {', '.join(endings)}"
        )
    return pairs


def _from_masks(
    pairs: Sequence[Pair], several: int, folder: Path, limits: tuple[int, int | None, bool]
) -> Iterator[Found]:
    """Yield a row per object, image by image, and one with a reason per image without objects."""
    for one in tqdm(pairs, desc="objects", unit=" images", file=sys.stderr, leave=False, disable=None):
        names = [_relative(path, folder) for path in one.images]
        where = [*names, *[""] * (several - len(names)), _relative(one.mask, folder) if one.mask else ""]
        empty = [one.name, *where, *[""] * len(MEASURES)]
        if one.mask is None or len(names) < several:
            yield empty, "no mask" if one.mask is None else f"no file of {several - len(names)} of {several} channels"
            continue
        try:
            mask, image = read_mask(one.mask), read_image(one.images)
            if mask.shape != image.shape[1:]:
                raise UnusableError(f"wrong size: the mask is {size_text(mask)}, its image {size_text(image)}")
            table = measure_objects(mask)
        except UnusableError as error:
            yield empty, str(error)
            continue
        if table.empty:
            yield empty, "no object: the mask is empty"
        for values, reason in zip(table.itertuples(index=False), select(table, *limits), strict=True):
            yield [f"{one.name}:{values.object}", *where, *values], reason


def _from_tables(
    tables: Sequence[Path], channels: Sequence[str], images: list[Path] | None, folder: Path
) -> tuple[list[str], list[str], Iterator[Found]]:
    """Return the columns, those of images, and a row per object of CellProfiler's tables."""
    if images and (len(images) > 1 or not images[0].is_dir()):
        raise InputError(f"--images: {images[0]}; with --cellprofiler one folder that the images are in")
    found = profiled.read_tables(tables[0], tables[1], channels, images[0] if images else None)
    files = [*found.channels]
    table, reasons = found.cells, found.reasons
    there = {path: bool(path) and Path(path).is_file() for path in np.unique(table[files].to_numpy().ravel()).tolist()}
    for name in files:
        absent = np.array([not there[path] for path in table[name]]) & (reasons == "")
        reasons[absent] = [f"unreadable: no file {path or 'is named'}" for path in table[name][absent]]
        table[name] = [_relative(Path(path), folder) if there[path] else path for path in table[name]]
    names = files if len(files) > 1 else ["image"]
    columns = ["image" if [name] == files else name for name in map(str, table)]
    rows = ((list(row), str(reason)) for row, reason in zip(table.itertuples(index=False), reasons, strict=True))
    return columns, names, rows


def _relative(path: Path, folder: Path) -> str:
    """Return a path from a folder, where the table of cells is."""
    return os.path.relpath(path.absolute(), folder.absolute())


def _write(rows: Iterator[Found], columns: Sequence[str], cells: Path, dropped: Path) -> None:
    """Write objects and what is left out, and count both; refuse that nothing is left."""
    counts: Counter[str] = Counter()
    example = ""
    with (
        replacing(cells, dropped) as [table, rest],
        table.open("w", encoding="utf-8", newline="") as kept,
        rest.open("w", encoding="utf-8", newline="") as lost,
    ):
        sink, bin_ = (csv.writer(stream, delimiter="\t", lineterminator="\n") for stream in (kept, lost))
        sink.writerow(columns)
        bin_.writerow([*columns, "reason"])
        for row, reason in rows:
            text = [f"{value:.10g}" if isinstance(value, float) else value for value in row]
            (bin_ if reason else sink).writerow([*text, reason] if reason else text)
            counts[reason.partition(":")[0]] += 1
            example = example or (f"{row[0]}: {reason}" if reason else "")
        left_out = ", ".join(f"{number:,} {reason}" for reason, number in counts.items() if reason)
        if not counts[""]:
            raise InputError(f"{cells}: no object is left: {left_out}, such as {example}")
    log.info("objects: %s%s", f"{counts['']:,}", f"; left out: {left_out}" if left_out else "")
