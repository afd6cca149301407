"""The first images of a table of cells, tried before the first job: their kind and their size."""

from itertools import islice
from pathlib import Path

import pandas as pd

from convoscope.config.image import CropsSpec
from convoscope.errors import InputError
from convoscope.image.cells import CellTable, read_cells
from convoscope.image.cutting import by_image, check_kind, image_kind, read_field, whole_crop_centre, with_size
from convoscope.image.request import Request, UnusableError

TRIED = 20  # images; the first that can be used is enough


def first_crops(path: Path, spec: CropsSpec, folder: Path) -> tuple[int, int]:
    """Return channels and pixels per side of the crops of a table, from the first image that can be used.

    Raises
    ------
    InputError
        If the table cannot be read, or none of its first images can be used: with the reason of the first.
    """
    cells = read_cells(path, spec)
    usable = cells.reasons == ""
    files = pd.concat([cells.images, cells.places[["mask"]]], axis=1) if "mask" in cells.places else cells.images
    reasons = [str(cells.reasons[0])] if not usable.any() else []
    for rows in islice(by_image(files, usable), TRIED):
        try:
            return _try_image(cells, int(rows[0]), folder, spec)
        except UnusableError as reason:
            reasons.append(f"line {cells.lines[rows[0]]}: {reason}")
    raise InputError(f"{path}: no image of its first {len(reasons)} can be used, {reasons[0]}")


def _try_image(cells: CellTable, row: int, folder: Path, spec: CropsSpec) -> tuple[int, int]:
    """Return channels and pixels per side of the crops of one image, as it would be cut."""
    field = read_field(cells, row, folder, Request(len(spec.crops.channels), spec.crops.projection))
    kind = image_kind(field.image, spec)
    check_kind(field.image, kind)
    size = with_size(spec, kind).crops.size or 0
    if spec.cells.form == "crops":
        whole_crop_centre({}, field, size)
    return kind.channels, size
