"""Cells as crops: one array of pixels, one table of what they are, one of what could not be used."""

import logging
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from convoscope.config.image import CropsSpec
from convoscope.files import replacing
from convoscope.image.cells import CellTable, read_cells
from convoscope.image.crops import constant
from convoscope.image.cutting import Kind, cut_all
from convoscope.image.losses import (
    cut_table,
    dropped_cells_table,
    read_lines,
    refuse_cell_losses,
    warn_of_constant_channels,
)
from convoscope.image.store import Store
from convoscope.options import Input
from convoscope.tables import write_table


def crops(*, table: Input, spec: CropsSpec, cut: Path, codes: Path, dropped: Path) -> None:
    """Cut every cell of a table out of its image, with the intensities of the camera.

    Memory holds the table and one image, never the crops. When too many cells are lost, dropped.tsv is written all
    the same and the error counts the reasons.

    Parameters
    ----------
    table
        Table with a row per cell: its images, its place or mask, its labels.
    cut
        Table of the crops to write.
    codes
        The crops to write, .npy: (cells, channels, size, size), uint8 or uint16.
    """
    cells = read_cells(table, spec)
    folder = Path(spec.cells.folder) if spec.cells.folder else table.parent
    with replacing(codes, cut) as [codes_scratch, cut_scratch], Store(codes_scratch, len(cells.ids)) as store:
        fates = cut_into(store, cells, folder, spec)
        lost = dropped_cells_table(cells, fates["status"], spec)
        with replacing(dropped) as [scratch]:
            write_table(read_lines(table, lost), scratch)
        refuse_cell_losses(lost, cells, spec)
        store.close_up()
        write_table(cut_table(cells, fates), cut_scratch, 10)
    kept, side = len(fates) - len(lost), store.shape[-1]
    logging.info("crops: %d of %d cells, %d x %d pixels, %d dropped", kept, len(fates), side, side, len(lost))


def cut_into(store: Store, cells: CellTable, folder: Path, spec: CropsSpec, kind: Kind | None = None) -> pd.DataFrame:
    """Cut all cells into the store and return what became of each: ``status x y``; as :func:`cut_all`."""
    total = len(cells.ids)
    statuses, places = np.full(total, "", dtype=object), np.full((total, 2), np.nan)
    constants: Counter[int] = Counter()
    outcomes = cut_all(cells, folder, spec, kind)
    for fate in tqdm(outcomes, total=total, desc="crops", unit=" cells", file=sys.stderr, leave=False, disable=None):
        statuses[fate.row], places[fate.row] = fate.status, (fate.x, fate.y)
        if fate.pixels is not None:
            store.put(fate.row, fate.pixels)
            constants.update(np.flatnonzero(constant(fate.pixels)).tolist())
    warn_of_constant_channels(constants, int(store.filled.sum()), spec.crops.channels)
    return pd.DataFrame({"status": statuses, "x": places[:, 0], "y": places[:, 1]})
