"""Verb ``experiment-row``: one experiment as a row of the landing table."""

from pathlib import Path

import pandas as pd

from convoscope.artifacts import read_choices, read_metrics
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.report.summary import summary_row
from convoscope.tables import read_table, write_table


def experiment_row(
    *, name: str, model: str, metrics: Input, histories: list[Input], best: Input | None = None, row: Path
) -> None:
    """Summarise an experiment in one row: main metric, best baseline, device, time.

    Parameters
    ----------
    name
        Name of the experiment.
    model
        Name of the architecture.
    histories
        Loss and metric by epoch, a history.tsv per network.
    best
        Settings that a search chose, best.json of the verb search-table: their architectures are named.
    row
        Table of one row to write.
    """
    choices = read_choices(best).values() if best else []
    names = dict.fromkeys(str(one["settings"].get("model.name", model)) for one in choices) or [model]
    facts = summary_row(
        read_metrics(metrics), [read_table(path, "history", ("seconds", "device")) for path in histories]
    )
    with replacing(row) as [scratch]:
        frame = pd.DataFrame([{"experiment": name, "model": ", ".join(names)} | facts])
        write_table(frame, scratch)
