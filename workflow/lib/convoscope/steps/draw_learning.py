"""Draw the learning curves of all networks of an experiment."""

from pathlib import Path

from convoscope.errors import InputError
from convoscope.report.learning import (
    HISTORY,
    LOSSES,
    best_epochs,
    draw_curves,
    learning_finding,
    learning_key,
    learning_table,
)
from convoscope.report.style import drawing, headline, metric_name
from convoscope.tables import read_table


def draw_learning(
    *, histories: list[Path], names: list[str], monitor: str = "loss", metric: str = "metric", figure: Path
) -> None:
    """Draw loss and metric by epoch, one line per network; names go parallel to histories."""
    if len(names) != len(histories):
        raise InputError(f"--names: {len(names)} names for {len(histories)} histories; give one each")
    table = learning_table(
        {name: read_table(path, "history", HISTORY) for name, path in zip(names, histories, strict=True)}
    )
    best = best_epochs(table, monitor)
    with drawing(figure, 3.8, table) as canvas:
        headline(canvas, learning_finding(table, best, monitor))
        left, right = canvas.subplots(1, 2)
        for axes, column, title in ((left, "loss", LOSSES.get(metric, "loss")), (right, "metric", metric_name(metric))):
            draw_curves(table, best, column, axes)
            axes.set_ylabel(title)
        learning_key(table, right)
