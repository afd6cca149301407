"""The landing table of all experiments."""

from pathlib import Path

import pandas as pd

from convoscope.errors import InputError
from convoscope.figures.frames import summary_frame
from convoscope.figures.reading import read_table
from convoscope.figures.tables import page
from convoscope.files import replacing


def summary(*, rows: list[Path], table: Path, html: Path) -> None:
    """Put the rows of all experiments together, as a table for programs and as a page for people."""
    if not rows:
        raise InputError("--rows: no file; give the row of at least one experiment")
    frame = pd.concat([read_table(path) for path in rows], ignore_index=True)
    with replacing(table, html) as [text, shown]:
        frame.to_csv(text, sep="\t", index=False, float_format="%.6g")
        shown.write_text(page(summary_frame(frame), "summary"), encoding="utf-8")
