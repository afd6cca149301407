"""Verb ``recovery``: which motifs of a simulated genome the filters have learned."""

from pathlib import Path

from convoscope.files import open_text, replacing
from convoscope.interpretation.motifs.meme import Motif, parse_meme
from convoscope.interpretation.motifs.tomtom import load_database
from convoscope.interpretation.truth.planted_motifs import planted_motifs, recover
from convoscope.tables import read_table, write_table


def recovery(
    *,
    motifs: Path,
    filters: Path,
    truth: Path,
    truth_table: Path,
    database: str = "JASPAR2026",
    q_value: float = 0.05,
    recovery: Path,
) -> None:
    """Say which planted motif was learned, by which filter, and with which q-value.

    Parameters
    ----------
    motifs, filters
        Motifs of the filters (MEME text) and their table, of the verb ``motifs``.
    truth, truth_table
        Planted matrices (MEME text) and sites, of the verb ``simulate``.
    database
        Motifs among which the planted ones are looked for: a release of JASPAR, or a MEME file.
    q_value
        A smaller one is a match.
    recovery
        Table, one row per planted motif.
    """
    planted = planted_motifs(read_motifs(truth), read_table(truth_table, "truth", ["factor", "matrix_id", "kind"]))
    table = read_table(filters, "filters", ["filter", "information"])
    found = recover(read_motifs(motifs), table, planted, load_database(database), q_value)
    with replacing(recovery) as [scratch]:
        write_table(found, scratch)


def read_motifs(path: Path) -> list[Motif]:
    """Read a MEME file."""
    with open_text(path) as stream:
        return parse_meme(stream.read(), str(path))
