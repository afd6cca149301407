"""Outcomes of alleles as text, chunk by chunk: the two tables and the annotated copy."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from string import punctuation
from typing import IO, NamedTuple, TextIO
from urllib.parse import quote

from Bio.bgzf import BgzfWriter

from convoscope.files import LEVEL, open_packed
from convoscope.prediction.variants.allele_windows import Allele
from convoscope.prediction.variants.annotation import (
    InfoField,
    annotated_line,
    info_keys,
    info_value,
    line_with_info,
    read_info,
)
from convoscope.prediction.variants.scoring import FIELDS, AlleleOutcome, Chunk, one_per_allele
from convoscope.sequence.vcf import MISSING, VcfRecord

DROPPED = (*Allele._fields, "reason")
IN_FRAME = ("site", "window_start", "strand", "position")  # columns of windows that are those of sites
CANNOT_TELL = "cannot_tell"
PREFIX = "CONVOSCOPE_"
LEGAL = "".join(sorted(set(punctuation) - set(",;=%")))  # in INFO; the rest is percent-encoded (VCF 4.3, section 1.2)
SITE_FIELDS = {
    f"{PREFIX}SITE": InfoField(
        "site in whose window the allele was scored; of several, where it changes most", "String"
    ),
    f"{PREFIX}SITE_STRAND": InfoField("strand from which that window was read", "String"),
    f"{PREFIX}SITE_POSITION": InfoField(
        "index of the first changed letter in that window, in its direction", "Integer"
    ),
    f"{PREFIX}SITES": InfoField("number of sites in whose windows the allele was scored", "Integer"),
}
MEANINGS = {
    "ref": "prediction of {label} with REF, mean over networks and shifts",
    "alt": "prediction of {label} with ALT, mean over networks and shifts",
    "difference": "ALT - REF of the prediction of {label}, mean over networks and shifts",
    "log_odds": "ALT - REF of the log-odds (or raw score) of {label}, mean over networks and shifts",
    "largest": "ALT - REF of the prediction of {label} at the shift where it is largest in size, mean over networks",
    "spread": "standard deviation over networks of ALT - REF of the prediction of {label}",
}


class VariantLayout(NamedTuple):
    """What the columns are.

    ``labels`` are the networks', ``numbers`` the Number of every field of INFO that the scores repeat, by name;
    ``in_sites`` says that windows are those of sites; ``cannot_tell`` what scores do not mean, if that must be said.
    """

    labels: Sequence[str]
    numbers: Mapping[str, str] = {}
    in_sites: bool = False
    cannot_tell: str = ""


def score_columns(layout: VariantLayout) -> list[str]:
    """Return the heading of the table of scores."""
    named = [f"{label}:{field}" for label, field in product(layout.labels, FIELDS)]
    frame = IN_FRAME if layout.in_sites else ()
    said = [CANNOT_TELL] if layout.cannot_tell else []
    return [*Allele._fields, "padded", *frame, *named, *(f"info:{name}" for name in layout.numbers), *said]


def score_row(outcome: AlleleOutcome, info: Sequence[str], layout: VariantLayout) -> str:
    """Return the row of a scored allele, with the values of INFO that were asked for."""
    assert outcome.values is not None
    frame = outcome.frame
    where = [] if frame is None else [frame.site, str(frame.first), frame.strand, str(outcome.position)]
    numbers = outcome.values.ravel().tolist()
    values = "\t".join(["%.7g"] * len(numbers)) % tuple(numbers)
    said = [layout.cannot_tell] if layout.cannot_tell else []
    return "\t".join([*map(str, outcome.allele), str(outcome.padded), *where, values, *info, *said])


def _dropped_row(outcome: AlleleOutcome) -> list[str]:
    """Return the row of a dropped allele."""
    return [*map(str, outcome.allele), outcome.reason]


def wanted_info(record: VcfRecord, numbers: Mapping[str, str]) -> list[list[str]]:
    """Return the values of the fields ``numbers``, which are Numbers by name, for every alternative allele."""
    info = read_info(record.fields[7]) if numbers else {}
    return [
        [info_value(info, name, number, allele) for name, number in numbers.items()]
        for allele in range(1, len(record.alts) + 1)
    ]


def new_fields(layout: VariantLayout) -> dict[str, InfoField]:
    """Return every field of INFO: label by label in the order of ``FIELDS``, then those of the site.

    Where windows are those of no site, the latter have no meaning: what an earlier annotation left of them goes.
    """
    keys = info_keys(layout.labels, PREFIX)
    scored = {
        f"{key}_{field.upper()}": InfoField(MEANINGS[field].format(label=label))
        for (key, label), field in product(zip(keys, layout.labels, strict=True), FIELDS)
    }
    return scored | (SITE_FIELDS if layout.in_sites else dict.fromkeys(SITE_FIELDS, InfoField("")))


def annotation(outcomes: Sequence[AlleleOutcome], names: Sequence[str]) -> dict[str, list[str]]:
    """Return the values of the new fields ``names``, one per alternative allele, missing where it was dropped.

    Of an allele in the windows of several sites they are those of `variants.one_per_allele`.
    """
    in_sites = [one.allele.allele for one in outcomes if one.frame is not None]
    windows = Counter(in_sites) if in_sites else {}
    columns = [
        _annotated_values(one, windows.get(one.allele.allele, 0)) or [MISSING] * len(names)
        for one in one_per_allele(outcomes)
    ]
    return dict(zip(names, map(list, zip(*columns, strict=True)), strict=True))


def _annotated_values(outcome: AlleleOutcome, windows: int) -> list[str]:
    """Return the values of the new fields for one allele, nothing where it was dropped."""
    if outcome.values is None:
        return []
    frame, where = outcome.frame, [MISSING] * len(SITE_FIELDS)
    if frame is not None:
        where = [quote(frame.site, safe=LEGAL), frame.strand, str(outcome.position), str(windows)]
    return [f"{value:.6g}" for value in outcome.values.ravel().tolist()] + where


def _annotated(record: VcfRecord, outcomes: Sequence[AlleleOutcome], names: Sequence[str], numbers: str) -> str:
    """Return the line of a record with the new fields ``names``, those of an allele without a site by ``numbers``.

    Most variants are one allele without a site: its numbers are written all at once.
    """
    if len(outcomes) == 1 and outcomes[0].values is not None and outcomes[0].frame is None:
        return line_with_info(record, names, numbers % tuple(outcomes[0].values.ravel().tolist()))
    return annotated_line(record, annotation(outcomes, names))


class Sinks(NamedTuple):
    """Where the outcomes go, and what their columns are."""

    scores: TextIO
    annotated: IO[bytes]
    dropped: TextIO
    layout: VariantLayout


@contextmanager
def open_sinks(paths: Sequence[Path], header: Sequence[str], layout: VariantLayout) -> Iterator[Sinks]:
    """Open the three files and write their headings.

    Parameters
    ----------
    paths
        Scores (gzip), annotated copy (BGZF), dropped alleles (text).
    header
        Lines of the annotated copy.
    layout
        Columns of the scores.
    """
    with (
        open_packed(paths[0]) as scores,
        # Biopython's writer, because pysam's does not say why a write failed (disk full).
        open(paths[1], "wb") as bgzf,
        BgzfWriter(fileobj=bgzf, compresslevel=LEVEL) as annotated,
        open(paths[2], "w", encoding="utf-8", newline="") as dropped,
    ):
        _write_row(scores, score_columns(layout))
        _write_row(dropped, DROPPED)
        annotated.write("".join(f"{line}\n" for line in header).encode())
        yield Sinks(scores, annotated, dropped, layout)


def _write_row(stream: TextIO, cells: Sequence[str]) -> None:
    """Write one row of a table."""
    stream.write("\t".join(cells) + "\n")


def write_chunk(chunk: Chunk, sinks: Sinks) -> None:
    """Write every allele to the table where it belongs, and every record to the annotated copy."""
    names, rows, lines = list(new_fields(sinks.layout)), list[str](), []
    numbers = ";".join(f"{name}=%.6g" for name in names if name not in SITE_FIELDS)
    for record, outcomes in chunk:
        info = wanted_info(record, sinks.layout.numbers)
        for outcome in outcomes:
            if outcome.values is None:
                _write_row(sinks.dropped, _dropped_row(outcome))
            else:
                rows.append(score_row(outcome, info[outcome.allele.allele - 1], sinks.layout))
        lines.append(_annotated(record, outcomes, names, numbers))
    sinks.scores.write("".join(f"{row}\n" for row in rows))
    sinks.annotated.write("".join(f"{line}\n" for line in lines).encode())
