"""Compare controls with chance."""

import logging
from pathlib import Path

from convoscope.artifacts import read_metrics
from convoscope.errors import InputError
from convoscope.evaluation.controls import ABOVE, control_rows
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.tables import write_table

log = logging.getLogger(__name__)


def sanity_table(*, metrics: Input, controls: list[Input], names: list[str], table: Path) -> None:
    """Compare the test metrics of controls with chance.

    Parameters
    ----------
    controls
        Metrics of the controls, a metrics.json each.
    names
        Name of each control, in their order.
    table
        Table to write: control, label, metric with interval, chance, verdict.
    """
    if not controls or len(controls) != len(names):
        raise InputError(f"--controls: {len(controls)} files with {len(names)} names; one or more, each with its name")
    found = {name: read_metrics(path) for name, path in zip(names, controls, strict=True)}
    rows = control_rows(read_metrics(metrics), found)
    for row in rows[rows["verdict"] == ABOVE].itertuples():
        log.warning("control %s: %s of %s is above chance: %.3f", row.control, row.metric, row.label, row.value)
    with replacing(table) as [scratch]:
        write_table(rows, scratch)
