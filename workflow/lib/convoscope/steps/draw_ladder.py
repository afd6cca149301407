"""Draw an experiment's figures under all of its splits."""

from pathlib import Path

from convoscope.artifacts import read_metrics
from convoscope.errors import InputError
from convoscope.report.ladder import FIGURES, ladder_finding, ladder_table
from convoscope.report.ladder import draw_ladder as draw_rungs
from convoscope.report.style import drawing, headline


def draw_ladder(*, metrics: list[Path], names: list[str], figure: Path) -> None:
    """Draw accuracy, macro recall and calibration error by split; names go parallel to the files."""
    if len(names) != len(metrics):
        raise InputError(f"--names: {len(names)} names for {len(metrics)} files; give one each")
    table = ladder_table({name: read_metrics(path) for name, path in zip(names, metrics, strict=True)})
    with drawing(figure, 3.9, table) as canvas:
        headline(canvas, ladder_finding(table))
        panels = canvas.subplots(1, len(FIGURES))
        for name, axes in zip(FIGURES, panels, strict=True):
            draw_rungs(table, name, axes)
        panels[-1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
