"""One table of results over experiments on images and their splits."""

from pathlib import Path

from convoscope.artifacts import read_metrics
from convoscope.errors import InputError
from convoscope.evaluation.image_scoreboard import cell_table, render_cells
from convoscope.files import replacing
from convoscope.tables import write_table


def cell_scores(*, metrics: list[Path], names: list[str], splits: list[str], table: Path, text: Path) -> None:
    """Gather accuracy, macro recall and calibration of all methods; names and splits go parallel to the files."""
    if not metrics or not len(names) == len(splits) == len(metrics):
        raise InputError(f"--metrics: {len(metrics)} files, {len(names)} names, {len(splits)} splits; one each")
    result = cell_table(names, splits, [read_metrics(path) for path in metrics])
    with replacing(table, text) as [table_scratch, text_scratch]:
        write_table(result, table_scratch)
        text_scratch.write_text(render_cells(result), encoding="utf-8")
