"""One table of results over several experiments."""

from pathlib import Path

from convoscope.artifacts import read_metrics
from convoscope.errors import InputError
from convoscope.evaluation.render import render
from convoscope.evaluation.scoreboard import score_table
from convoscope.files import replacing
from convoscope.tables import read_table, write_table

MATCHES = ("filter", "motif_name", "q_value", "influence")  # columns of matches.tsv


def scores(
    *, metrics: list[Path], names: list[str], matches: list[Path] | None = None, table: Path, text: Path | None = None
) -> None:
    """Gather the metrics of experiments, and their best motifs, into one table; also as text for a terminal."""
    given = matches or []
    if not metrics or len(names) != len(metrics) or len(given) not in (0, len(metrics)):
        raise InputError(
            f"--metrics: {len(metrics)} files with {len(names)} names and {len(given)} matches; "
            "give one or more, with one name (and one or no file of matches) for each"
        )
    found = [read_table(path, "matches", MATCHES) for path in given]
    result = score_table(names, [read_metrics(path) for path in metrics], found or [None] * len(metrics))
    with replacing(table) as [scratch]:
        write_table(result, scratch)
    if text is not None:
        with replacing(text) as [scratch]:
            scratch.write_text(render(result), encoding="utf-8")
