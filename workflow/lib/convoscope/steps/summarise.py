"""Sum one experiment up in one row."""

from pathlib import Path

import pandas as pd

from convoscope.figures.frames import summary_row
from convoscope.figures.reading import read_table
from convoscope.files import read_json, replacing


def summarise(*, name: str, model: str, metrics: Path, histories: list[Path], row: Path) -> None:
    """Write an experiment's row of the landing table: chief metric, best baseline, difference, device, time."""
    facts = summary_row(read_json(metrics), [read_table(path) for path in histories])
    with replacing(row) as [scratch]:
        frame = pd.DataFrame([{"experiment": name, "model": model} | facts])
        frame.to_csv(scratch, sep="\t", index=False, float_format="%.6g")
