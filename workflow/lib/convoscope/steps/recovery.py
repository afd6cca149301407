"""Verb ``recovery``: which motifs of a simulated genome the filters have learned."""

from pathlib import Path

from convoscope.files import open_text, replacing
from convoscope.interpretation.motifs.database import load_database
from convoscope.interpretation.motifs.meme import Motif, parse_meme
from convoscope.interpretation.truth.planted_motifs import planted_motifs, recover
from convoscope.options import Input
from convoscope.tables import read_table, write_table


def recovery(
    *,
    motifs: Input,
    filters: Input,
    truth: Input,
    truth_table: Input,
    database: str = "JASPAR2026",
    q_value: float = 0.05,
    recovery: Path,
) -> None:
    """List which planted motifs were learned, by which filter, with which q-value.

    Parameters
    ----------
    filters
        Table of the filters, filters.tsv.
    truth
        Planted matrices of the verb simulate, MEME text.
    truth_table
        Planted sites of the verb simulate, a table.
    database
        Motifs among which the planted ones are looked for: a release of JASPAR, or a MEME file.
    q_value
        Largest q-value of a match.
    recovery
        Table to write, one row per planted motif.
    """
    planted = planted_motifs(_read_motifs(truth), read_table(truth_table, "truth", ["factor", "matrix_id", "kind"]))
    table = read_table(filters, "filters", ["filter", "information"])
    found = recover(_read_motifs(motifs), table, planted, load_database(database), q_value)
    with replacing(recovery) as [scratch]:
        write_table(found, scratch)


def _read_motifs(path: Path) -> list[Motif]:
    """Read a MEME file."""
    with open_text(path) as stream:
        return parse_meme(stream.read(), str(path))
