"""The landing table of all experiments."""

from pathlib import Path

import pandas as pd

from convoscope.errors import InputError
from convoscope.figures.frames import landing_frame, summary_frame
from convoscope.figures.reading import read_table
from convoscope.figures.tables import page
from convoscope.files import replacing


def summary(*, rows: list[Path], table: Path, landing: Path, html: Path) -> None:
    """Put the rows of all experiments together: for programs, for the report's first page, and as a page of its own."""
    if not rows:
        raise InputError("--rows: no file; give the row of at least one experiment")
    frame = pd.concat([read_table(path) for path in rows], ignore_index=True)
    shown_rows = summary_frame(frame)
    with replacing(table, landing, html) as [text, short, shown]:
        frame.to_csv(text, sep="\t", index=False, float_format="%.6g")
        landing_frame(shown_rows).to_csv(short, sep="\t", index=False)
        shown.write_text(page(shown_rows, "summary"), encoding="utf-8")
