"""Verb ``experiment-row``: one experiment as a row of the landing table."""

from pathlib import Path

import pandas as pd

from convoscope.artifacts import read_metrics
from convoscope.files import replacing
from convoscope.report.frames import summary_row
from convoscope.tables import read_table, write_table


def experiment_row(*, name: str, model: str, metrics: Path, histories: list[Path], row: Path) -> None:
    """Write an experiment's row of the landing table: chief metric, best baseline, difference, device, time."""
    facts = summary_row(
        read_metrics(metrics), [read_table(path, "history", ("seconds", "device")) for path in histories]
    )
    with replacing(row) as [scratch]:
        frame = pd.DataFrame([{"experiment": name, "model": model} | facts])
        write_table(frame, scratch)
