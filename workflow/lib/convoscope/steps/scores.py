"""One table of results over several experiments."""

from pathlib import Path

import pandas as pd

from convoscope.errors import InputError
from convoscope.evaluation.render import render
from convoscope.evaluation.scoreboard import score_table
from convoscope.files import open_text, read_json, replacing


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
    motifs: list[pd.DataFrame | None] = [read_matches(path) for path in given] if given else [None] * len(metrics)
    result = score_table(names, [read_json(path) for path in metrics], motifs)
    with replacing(table) as [scratch]:
        result.to_csv(scratch, sep="\t", index=False, float_format="%.6g")
    if text is not None:
        with replacing(text) as [scratch]:
            scratch.write_text(render(result), encoding="utf-8")


def read_matches(path: Path) -> pd.DataFrame:
    """Read ``matches.tsv``, with names as text."""
    with open_text(path) as stream:
        text = dict.fromkeys(("filter", "motif_id", "motif_name"), str)
        return pd.read_csv(stream, sep="\t", dtype=text)
