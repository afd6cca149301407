"""All metrics of an experiment as a page."""

from pathlib import Path

from convoscope.artifacts import read_metrics
from convoscope.files import replacing
from convoscope.report.frames import metrics_frame
from convoscope.report.measures import measures_table
from convoscope.report.pages import page
from convoscope.tables import write_table


def metrics_table(*, metrics: Path, table: Path, html: Path) -> None:
    """Write every metric of the network and its baselines with intervals, label by label."""
    content = read_metrics(metrics)
    with replacing(table, html) as [text, shown]:
        write_table(measures_table(content), text)
        shown.write_text(page(metrics_frame(content), "metrics"), encoding="utf-8")
