"""Verb ``simulate-cells``: fields of cells of known localisation, as a microscope gives them, and their table."""

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pandas as pd
import tifffile

from convoscope.config.image import CellSimulation
from convoscope.files import replacing
from convoscope.image.simulation.fields import SimulatedField, draw_fields
from convoscope.image.simulation.levels import draw_plates, draw_proteins
from convoscope.image.simulation.painting import CHANNELS
from convoscope.tables import write_table


def simulate_cells(*, spec: CellSimulation, folder: Path) -> None:
    """Simulate fields of cells with known localisations.

    Parameters
    ----------
    spec
        Section experiments.image.<name>.simulate of the configuration as JSON.
    folder
        Folder to write: cells.tsv, a row per cell with its centre, label and groups; fields/*.ome.tif, 16 bit, two
        channels; the truth about the levels, proteins.tsv and plates.tsv.
    """
    (folder / "fields").mkdir(parents=True, exist_ok=True)
    for stale in [folder / "cells.tsv", *folder.glob("fields/plate*-f*.ome.tif")]:
        stale.unlink(missing_ok=True)  # of an earlier simulation
    cells = []
    for field in draw_fields(spec):
        _write_field(field, folder / str(field.cells["image"].iloc[0]))
        cells.append(field.cells)
    _save_table(pd.DataFrame(draw_proteins(spec)), folder / "proteins.tsv")
    _save_table(pd.DataFrame(draw_plates(spec)), folder / "plates.tsv")
    _save_table(pd.concat(cells), folder / "cells.tsv")  # last: with it the folder is whole


def _write_field(field: SimulatedField, path: Path) -> None:
    """Write one OME-TIFF, the same bytes for the same field."""
    named = {"axes": "CYX", "Channel": {"Name": list(CHANNELS)}, "UUID": str(uuid5(NAMESPACE_URL, field.name))}
    with replacing(path) as [scratch]:
        tifffile.imwrite(scratch, field.image, ome=True, photometric="minisblack", metadata=named)


def _save_table(table: pd.DataFrame, path: Path) -> None:
    """Write one table, whole or not at all."""
    with replacing(path) as [scratch]:
        write_table(table, scratch)
