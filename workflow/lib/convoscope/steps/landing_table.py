"""Verb ``landing-table``: one row for each experiment, whatever its data."""

from pathlib import Path

import pandas as pd

from convoscope.errors import InputError
from convoscope.evaluation.render import align_cells
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.report.pages import page
from convoscope.report.summary import landing_frame, summary_frame
from convoscope.tables import TABLES, read_table, write_table

NEEDED = ["experiment", "model", "metric", "baseline", "device", *TABLES["summary"].whole, *TABLES["summary"].real]


def landing_table(*, rows: list[Input], table: Path, landing: Path, html: Path, verdicts: Path | None = None) -> None:
    """Join the rows of all experiments to the tables that a run ends with.

    Parameters
    ----------
    rows
        Rows of the verb experiment-row, a table each.
    table
        Table to write, for programs.
    landing
        Table to write for the first page of the report.
    verdicts
        The same table to write as text for a terminal.
    """
    if not rows:
        raise InputError("--rows: no file; give the row of at least one experiment")
    frame = pd.concat([read_table(path, "summary", NEEDED) for path in rows], ignore_index=True)
    shown_rows = summary_frame(frame)
    brief = landing_frame(shown_rows)
    with replacing(table, landing, html, *([verdicts] if verdicts else [])) as [text, short, shown, *aligned]:
        write_table(frame, text)
        write_table(brief, short)
        shown.write_text(page(shown_rows, "summary"), encoding="utf-8")
        for path in aligned:
            cells = brief.fillna("-").astype(str).to_numpy().tolist()
            path.write_text(align_cells(list(map(str, brief)), cells, len(brief.columns)) + "\n", encoding="utf-8")
