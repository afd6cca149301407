"""Verb ``score-table``: one table of metrics over several experiments."""

from pathlib import Path

from convoscope.artifacts import read_metrics
from convoscope.errors import InputError
from convoscope.evaluation.image_scoreboard import cell_table, render_cells
from convoscope.evaluation.multiqc import multiqc_table
from convoscope.evaluation.render import render_scores
from convoscope.evaluation.scoreboard import gather_scores as sequence_table
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.tables import read_table, write_table

MATCHES = ("filter", "motif_name", "q_value", "influence")  # columns of matches.tsv


def score_table(
    *,
    metrics: list[Input],
    names: list[str],
    matches: list[Input] | None = None,
    splits: list[str] | None = None,
    table: Path,
    text: Path | None = None,
    multiqc: Path | None = None,
) -> None:
    """Gather the metrics of experiments in one table.

    Parameters
    ----------
    metrics
        Metrics, a metrics.json for each experiment, or for each split of experiments on images.
    names
        Name of the experiment of each file of metrics, in their order.
    matches
        Experiments on sequences: a motifs.tsv (or matches.tsv) for each file of metrics; the best motifs are
        named.
    splits
        Experiments on images: the split of each file of metrics; one row per method, instead of one per label.
    table
        Table to write.
    text
        The same table to write as text for a terminal.
    multiqc
        The same table to write as custom content of MultiQC, a file whose name ends in _mqc.tsv.
    """
    given = [len(several) for several in (names, matches, splits) if several]
    if not metrics or not names or set(given) != {len(metrics)} or (matches and splits):
        raise InputError(
            f"--metrics: {len(metrics)} files with {len(names)} names, {len(matches or [])} matches and "
            f"{len(splits or [])} splits; give one or more, each with its name, and either all or none with a file of "
            "matches (sequences) or with a split (images)"
        )
    contents = [read_metrics(path) for path in metrics]
    if splits:
        result, written = cell_table(names, splits, contents), render_cells
        title, named = "Classes of cells", ["experiment", "split", "method"]
    else:
        found = [read_table(path, "matches", MATCHES) for path in matches or []]
        result, written = sequence_table(names, contents, found or [None] * len(contents)), render_scores
        title, named = "Labels of sequences", ["experiment", "label"]
    texts = {text: lambda: written(result)}
    texts |= {multiqc: lambda: multiqc_table(result, f"convoscope_{table.stem}", title, named)}
    wanted = {path: render for path, render in texts.items() if path}
    with replacing(table, *wanted) as [first, *others]:
        write_table(result, first)
        for path, render in zip(others, wanted.values(), strict=True):
            path.write_text(render(), encoding="utf-8")
