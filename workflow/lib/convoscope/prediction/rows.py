"""Outcomes of alleles as text, chunk by chunk: the two tables and the annotated copy."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import IO, NamedTuple, TextIO

from Bio.bgzf import BgzfWriter

from convoscope.files import LEVEL, open_packed
from convoscope.prediction.placing import Allele
from convoscope.prediction.variants import FIELDS, Chunk, Outcome
from convoscope.sequence.annotation import annotated_line, info_keys, info_value, read_info
from convoscope.sequence.vcf import MISSING, Record

DROPPED = (*Allele._fields, "reason")
PREFIX = "CONVOSCOPE_"
MEANINGS = {
    "ref": "prediction of {label} with REF, mean over networks and shifts",
    "alt": "prediction of {label} with ALT, mean over networks and shifts",
    "difference": "ALT - REF of the prediction of {label}, mean over networks and shifts",
    "log_odds": "ALT - REF of the log-odds (or raw score) of {label}, mean over networks and shifts",
    "largest": "ALT - REF of the prediction of {label} at the shift where it is largest in size, mean over networks",
    "spread": "standard deviation over networks of ALT - REF of the prediction of {label}",
}


def score_columns(labels: Sequence[str], info: Sequence[str]) -> list[str]:
    """Return the heading of the table of scores."""
    named = [f"{label}:{field}" for label, field in product(labels, FIELDS)]
    return [*Allele._fields, "padded", *named, *(f"info:{name}" for name in info)]


def score_row(outcome: Outcome, info: Sequence[str]) -> list[str]:
    """Return the row of a scored allele, with the values of INFO that were asked for."""
    assert outcome.values is not None
    return [*map(str, outcome.allele), str(outcome.padded), *(f"{value:.7g}" for value in outcome.values.flat), *info]


def dropped_row(outcome: Outcome) -> list[str]:
    """Return the row of a dropped allele."""
    return [*map(str, outcome.allele), outcome.reason]


def wanted_info(record: Record, numbers: Mapping[str, str]) -> list[list[str]]:
    """Return the values of the fields ``numbers``, which are Numbers by name, for every alternative allele."""
    info = read_info(record.fields[7])
    return [
        [info_value(info, name, number, allele) for name, number in numbers.items()]
        for allele in range(1, len(record.alts) + 1)
    ]


def field_descriptions(labels: Sequence[str]) -> dict[str, str]:
    """Return name and description of every new field of INFO, label by label in the order of ``FIELDS``."""
    keys = info_keys(labels, PREFIX)
    return {
        f"{key}_{field.upper()}": MEANINGS[field].format(label=label)
        for (key, label), field in product(zip(keys, labels, strict=True), FIELDS)
    }


def annotation(outcomes: Sequence[Outcome], names: Sequence[str]) -> dict[str, list[str]]:
    """Return the values of the new fields ``names``, one per alternative allele, missing where it was dropped."""
    missing = [MISSING] * len(names)
    columns = [missing if one.values is None else [f"{value:.6g}" for value in one.values.flat] for one in outcomes]
    return dict(zip(names, map(list, zip(*columns, strict=True)), strict=True))


class Sinks(NamedTuple):
    """Where the outcomes go; ``numbers`` are the fields of INFO that the table of scores repeats."""

    scores: TextIO
    annotated: IO[bytes]
    dropped: TextIO
    fields: list[str]
    numbers: Mapping[str, str]


@contextmanager
def open_sinks(
    paths: Sequence[Path], labels: Sequence[str], header: Sequence[str], numbers: Mapping[str, str]
) -> Iterator[Sinks]:
    """Open the three files and write their headings.

    Parameters
    ----------
    paths
        Scores (gzip), annotated copy (BGZF), dropped alleles (text).
    labels
        Of the networks.
    header
        Lines of the annotated copy.
    numbers
        Number of every field of INFO to repeat in the scores, by name.
    """
    with (
        open_packed(paths[0]) as scores,
        # Biopython's writer, because pysam's does not say why a write failed (disk full).
        open(paths[1], "wb") as bgzf,
        BgzfWriter(fileobj=bgzf, compresslevel=LEVEL) as annotated,
        open(paths[2], "w", encoding="utf-8", newline="") as dropped,
    ):
        write_row(scores, score_columns(labels, list(numbers)))
        write_row(dropped, DROPPED)
        annotated.write("".join(f"{line}\n" for line in header).encode())
        yield Sinks(scores, annotated, dropped, list(field_descriptions(labels)), numbers)


def write_row(stream: TextIO, cells: Sequence[str]) -> None:
    """Write one row of a table."""
    stream.write("\t".join(cells) + "\n")


def write_chunk(chunk: Chunk, sinks: Sinks) -> None:
    """Write every allele to the table where it belongs, and every record to the annotated copy."""
    for record, outcomes in chunk:
        info = wanted_info(record, sinks.numbers)
        for outcome in outcomes:
            if outcome.values is None:
                write_row(sinks.dropped, dropped_row(outcome))
            else:
                write_row(sinks.scores, score_row(outcome, info[outcome.allele.allele - 1]))
        line = annotated_line(record, annotation(outcomes, sinks.fields))
        sinks.annotated.write(f"{line}\n".encode())
