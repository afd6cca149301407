"""Predicted cells for other programs, image by image: GeoJSON for QuPath, points for napari."""

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.image.crops import Box, object_boxes
from convoscope.image.image_files import read_mask
from convoscope.image.objects import SUFFIXES, stem
from convoscope.image.outlines import polygons
from convoscope.image.request import find_file
from convoscope.palette import colors

GREY = (119, 119, 119)  # of cells that are called nothing
HALF = 0.5  # from the centre of a pixel, where places count from, to its corner, where QuPath counts from
Geometry = dict[str, Any]


def image_file_names(images: Sequence[str], suffix: str) -> dict[str, str]:
    """Return a name of its own for the file of every image: that of the image, with its folders where two share it.

    >>> list(image_file_names(["p1/f1.tif", "p2/f1.tif", "f2_w1.tif;f2_w2.tif"], ".csv").values())
    ['p1_f1.csv', 'p2_f1.csv', 'f2_w1.csv']
    """
    first = {name: image_path(name) for name in images}
    short = Counter(stem(path) for path in first.values())
    found: dict[str, str] = {}
    used: set[str] = set()
    for name, path in first.items():
        own = stem(path)
        if short[own] > 1:
            own = re.sub(r"[^\w.+-]+", "_", str(path.parent / own)).strip("_.")
        names = (f"{own}-{number}{suffix}" if number > 1 else f"{own}{suffix}" for number in count(1))
        found[name] = next(one for one in names if one not in used)
        used.add(found[name])
    return found


def image_path(name: str) -> Path:
    r"""Return the path of an image, of its first file where it has several; a part of a file by its number.

    >>> image_path("p1\\f1.tif;p1\\f2.tif").as_posix(), image_path("a.ome.tif#2").as_posix()
    ('p1/f1.tif', 'a_2.ome.tif')
    """
    path = Path(name.split(";")[0].replace("\\", "/"))
    file, sign, part = path.name.rpartition("#")
    if not sign or not file.lower().endswith(SUFFIXES):
        return path
    own = stem(Path(file))
    return path.with_name(f"{own}_{part}{file[len(own) :]}")


def targets(path: Path, images: Sequence[str], suffix: str, option: str) -> dict[str, Path]:
    """Return the file of every image: the given one for a single image, else one in the given folder.

    Parameters
    ----------
    path
        A file with the suffix, or a folder.
    images
        Names of all images.
    suffix
        Of the files.
    option
        What errors call the path.

    Raises
    ------
    InputError
        If one file is given for several images.
    """
    if path.suffix != suffix:
        return {name: path / file for name, file in image_file_names(images, suffix).items()}
    if len(images) > 1:
        raise InputError(f"{option}: {path} for {len(images)} images; give a folder, for a file per image")
    return dict.fromkeys(images, path)


def _point(x: float, y: float) -> Geometry:
    """Return a place, given from the centre of the first pixel, as GeoJSON, from its corner."""
    return {"type": "Point", "coordinates": [x + HALF, y + HALF]}


def rectangle(box: Box) -> Geometry:
    """Return a half-open box of pixels as GeoJSON."""
    left, top, right, bottom = map(float, box)
    return {
        "type": "Polygon",
        "coordinates": [[[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]],
    }


def region_outline(region: np.ndarray, box: Box) -> Geometry:
    """Return a region of pixels as GeoJSON, a MultiPolygon where it is in parts.

    Parameters
    ----------
    region
        ``(height, width)`` bool, within its box.
    box
        Where that is in the image.
    """
    shift = np.array([box.left, box.top])
    parts = [[(ring + shift).astype(int).tolist() for ring in part] for part in polygons(region)]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _outlines(mask: np.ndarray, values: Sequence[int]) -> list[Geometry]:
    """Return the outlines of objects of a label image ``(H, W)``."""
    boxes = object_boxes(mask)
    found = []
    for value in values:
        box = boxes[value]
        left, top, right, bottom = map(int, box)
        found.append(region_outline(mask[top:bottom, left:right] == value, box))
    return found


def geometries(table: pd.DataFrame, form: str, folder: Path) -> list[Geometry]:
    """Return where the cells of one image are.

    Parameters
    ----------
    table
        Predictions with ``x y``, the columns of `Box` for boxes, ``mask object`` for masks.
    form
        ``centres``, ``boxes`` or ``masks``.
    folder
        That the names of masks start from.
    """
    if form == "centres":
        return [_point(x, y) for x, y in table[["x", "y"]].to_numpy(np.float64).tolist()]
    if form == "boxes":
        return [rectangle(Box(*row)) for row in table[list(Box._fields)].to_numpy(np.float64).tolist()]
    found: list[Geometry] = [{}] * len(table)
    for name, rows in table.groupby("mask", sort=False).indices.items():
        shapes = _outlines(read_mask(find_file(folder, str(name))), table["object"].to_numpy()[rows].tolist())
        for row, shape in zip(np.asarray(rows).tolist(), shapes, strict=True):
            found[row] = shape
    return found


def _palette(labels: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return red, green and blue of every label, 0 to 255."""
    return {label: tuple(bytes.fromhex(text[1:])) for label, text in zip(labels, colors(len(labels)), strict=True)}


def _features(table: pd.DataFrame, shapes: Sequence[Geometry], labels: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield cells as detections of QuPath, each with its class and its measurements.

    Parameters
    ----------
    table
        Predictions.
    shapes
        Geometry of each row.
    labels
        Names of the outputs.
    """
    tints = _palette(labels)
    numbers = [name for label in labels for name in (label, f"{label}:spread")]
    numbers = ["confidence", *numbers] if "confidence" in table else numbers
    for row, shape in zip(table.to_dict("records"), shapes, strict=True):
        tint = tints.get(row["called"], tints.get(row["called"].split("+")[0], GREY))
        yield {
            "type": "Feature",
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{row['image']}#{row['cell']}")),
            "geometry": shape,
            "properties": {
                "objectType": "detection",
                "name": row["cell"],
                "classification": {"name": row["called"], "color": list(tint)},
                "measurements": {name: round(float(row[name]), 6) for name in numbers},
            },
        }


def collection(table: pd.DataFrame, shapes: Sequence[Geometry], labels: Sequence[str]) -> str:
    """Return the cells of one image as a FeatureCollection of GeoJSON (RFC 7946, in pixels); as `_features`."""
    lines = (json.dumps(one, ensure_ascii=False, allow_nan=False) for one in _features(table, shapes, labels))
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"


def points(table: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of one image as napari reads points: ``index axis-0 axis-1``, then all else as features.

    >>> table = pd.DataFrame({"cell": ["a"], "x": [3.0], "y": [5.0], "called": ["ER"]})
    >>> points(table).to_dict("records")
    [{'index': 0, 'axis-0': 5.0, 'axis-1': 3.0, 'cell': 'a', 'called': 'ER'}]
    """
    places = pd.DataFrame({"index": np.arange(len(table)), "axis-0": table["y"], "axis-1": table["x"]})
    return pd.concat([places, table.drop(columns=["x", "y"])], axis=1)
