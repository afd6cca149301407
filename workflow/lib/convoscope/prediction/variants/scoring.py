"""What variants do to the predictions of an ensemble: ALT - REF, in chunks, so that memory does not grow."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.prediction.ensemble import Ensemble, predictions, scores
from convoscope.prediction.frames import Frame
from convoscope.prediction.variants.allele_windows import (
    Allele,
    AlleleSettings,
    AlleleWindows,
    VariantGenome,
    alleles_of,
    windows_of,
)
from convoscope.prediction.variants.alleles import DNA, PAD, Refused, shorten_letters
from convoscope.prediction.variants.snvs import plain_snvs, snv_scores
from convoscope.sequence.alphabet import encode_many
from convoscope.sequence.vcf import VcfRecord, place

FIELDS = ("ref", "alt", "difference", "log_odds", "largest", "spread")
DIFFERENCE = FIELDS.index("difference")
SWAPPED, IN_SITES = "of them with REF and ALT swapped in the reference", "rows, one per allele and site"
ALLELES = 4096  # most alleles of a chunk
NUMBERS = 4_000_000  # most predictions of a chunk
LETTERS = 32_000_000  # most letters of a chunk's records, which samples make long


class AlleleOutcome(NamedTuple):
    """What became of an allele in one window: ``values`` ``(labels, FIELDS)``, or the reason why it was dropped.

    ``frame`` and ``position`` as in :class:`convoscope.prediction.variants.allele_windows.AlleleWindows`.
    """

    allele: Allele
    padded: int = 0
    values: np.ndarray | None = None
    reason: str = ""
    swapped: bool = False
    frame: Frame | None = None
    position: int = 0


Chunk = list[tuple[VcfRecord, list[AlleleOutcome]]]


def class_log_odds(raw: np.ndarray) -> np.ndarray:
    """Return log p - log(1 - p) of the classes of raw scores ``(..., labels)``.

    >>> class_log_odds(np.log([[0.2, 0.3, 0.5]])).round(6).tolist() == np.log([[0.25, 3 / 7, 1]]).round(6).tolist()
    True
    """
    others = [logsumexp(np.delete(raw, label, axis=-1), axis=-1) for label in range(raw.shape[-1])]
    return raw - np.stack(others, axis=-1)


LOG_ODDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"softmax": class_log_odds}  # of links that need it


def summarise(values: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Reduce predictions of both alleles to the columns of the table.

    Parameters
    ----------
    values, logits
        Predictions and their log-odds, ``(members, alleles, shifts, 2, labels)``; the two are REF and ALT.

    Returns
    -------
    ``(alleles, labels, FIELDS)``.
    """
    differences = values[..., 1, :] - values[..., 0, :]
    by_shift = differences.mean(axis=0)
    strongest = np.abs(by_shift).argmax(axis=1, keepdims=True)
    columns = [
        values[..., 0, :].mean(axis=(0, 2)),
        values[..., 1, :].mean(axis=(0, 2)),
        differences.mean(axis=(0, 2)),
        (logits[..., 1, :] - logits[..., 0, :]).mean(axis=(0, 2)),
        np.take_along_axis(by_shift, strongest, axis=1)[:, 0],
        differences.mean(axis=2).std(axis=0),
    ]
    return np.stack(columns, axis=-1)


def score_windows(ensemble: Ensemble, windows: Sequence[AlleleWindows], both_strands: bool = False) -> np.ndarray:
    """Score alleles by their windows, ``(alleles, labels, FIELDS)``; a window that comes again is predicted once.

    Parameters
    ----------
    ensemble
        The networks.
    windows
        Of every allele, with the same shifts.
    both_strands
        As in :func:`convoscope.prediction.ensemble.scores`.
    """
    if not windows:
        return np.empty((0, len(ensemble.labels), len(FIELDS)))
    numbers: dict[str, int] = {}
    pairs = [[*zip(one.ref, one.alt, strict=True)] for one in windows]
    places = np.array([[[numbers.setdefault(text, len(numbers)) for text in both] for both in one] for one in pairs])
    codes = encode_many([text.replace(PAD, "N") for text in numbers], DNA)
    return _fields(ensemble, scores(ensemble, codes, both_strands)[:, places])


def _fields(ensemble: Ensemble, scored: np.ndarray) -> np.ndarray:
    """Turn raw scores ``(members, alleles, shifts, 2, labels)`` of REF and ALT into ``(alleles, labels, FIELDS)``."""
    # In double precision, so that differences between probabilities close to 1 are not lost.
    raw = scored.astype(np.float64)
    logits = LOG_ODDS.get(TASKS[ensemble.facts["task"]].link, np.asarray)(raw)
    values = predictions(ensemble, raw.reshape(len(raw), -1, raw.shape[-1])).reshape(raw.shape)
    return summarise(values, logits)


def record_chunks(records: Iterable[VcfRecord], alleles: int) -> Iterator[list[VcfRecord]]:
    """Divide records into lists of about this number of alleles; fewer where records are long."""
    several: list[VcfRecord] = []
    count = letters = 0
    for record in records:
        several.append(record)
        count += max(len(record.alts), 1)
        letters += sum(map(len, record.fields))
        if count >= alleles or letters >= LETTERS:
            yield several
            several, count, letters = [], 0, 0
    if several:
        yield several


def _refuse_mismatch(path: Path, record: VcfRecord, reason: str) -> None:
    """Stop at a REF that is not the reference's."""
    where = place(path, record)
    raise InputError(
        f"{where}: REF {shorten_letters(record.ref)}: {reason}; give the genome that the variants were called on, or "
        "--mismatch skip or swap"
    )


def score_chunk(
    records: list[VcfRecord], path: Path, genome: VariantGenome, ensemble: Ensemble, settings: AlleleSettings
) -> Chunk:
    """Score the alleles of some records of the file ``path``; every allele has an outcome, or one per window."""
    alleles = [allele for record in records for allele in alleles_of(record)]
    snvs = plain_snvs(alleles, genome, settings, ensemble.window)
    found: dict[int, list[AlleleOutcome]] = {}
    if len(snvs.numbers):
        values = _fields(ensemble, snv_scores(ensemble, snvs, settings))
        for number, one in zip(snvs.numbers.tolist(), values, strict=True):
            found[number] = [AlleleOutcome(alleles[number], 0, one)]
    by_row = {record.row: record for record in records}
    others = [number for number in range(len(alleles)) if number not in found]
    texts = _score_texts([alleles[number] for number in others], by_row, path, genome, ensemble, settings)
    found |= zip(others, texts, strict=True)
    outcomes: dict[int, list[AlleleOutcome]] = {record.row: [] for record in records}
    for number, allele in enumerate(alleles):
        outcomes[allele.row] += found[number]
    return [(record, outcomes[record.row]) for record in records]


def _score_texts(
    alleles: list[Allele],
    records: Mapping[int, VcfRecord],
    path: Path,
    genome: VariantGenome,
    ensemble: Ensemble,
    settings: AlleleSettings,
) -> list[list[AlleleOutcome]]:
    """Score alleles of any kind by the letters of their windows; return the outcomes of each.

    Parameters
    ----------
    alleles
        Of the ``records``, by their rows, of the file ``path``.
    genome, ensemble, settings
        What they are scored with.
    """
    found = windows_of(alleles, genome, settings, ensemble.window)
    tried = [(allele, one) for allele, several in zip(alleles, found, strict=True) for one in several]
    for allele, one in tried:
        if isinstance(one, Refused) and one.mismatch and settings.mismatch == "error":
            _refuse_mismatch(path, records[allele.row], one.reason)
    windows = [one for _, one in tried if isinstance(one, AlleleWindows)]
    values = iter(score_windows(ensemble, windows, settings.both_strands))
    outcomes = iter(
        AlleleOutcome(allele, reason=one.reason)
        if isinstance(one, Refused)
        else AlleleOutcome(allele, one.padded, next(values), "", one.swapped, one.frame, one.position)
        for allele, one in tried
    )
    return [[next(outcomes) for _ in several] for several in found]


def score_records(
    records: Iterable[VcfRecord], path: Path, genome: VariantGenome, ensemble: Ensemble, settings: AlleleSettings
) -> Iterator[Chunk]:
    """Score records chunk by chunk.

    Parameters
    ----------
    records
        Of the file ``path``.
    genome, ensemble, settings
        What they are scored with.

    Raises
    ------
    InputError
        At the first REF that is not the reference's, where the settings say ``error``.
    """
    several_windows = 1 if settings.frames is None else max(settings.frames.deepest, 1)
    each = 2 * len(settings.shifts) * len(ensemble.members) * len(ensemble.labels)
    most = min(ALLELES, NUMBERS // each) // several_windows
    for several in record_chunks(records, max(most, 1)):
        yield score_chunk(several, path, genome, ensemble, settings)


def one_per_allele(outcomes: Sequence[AlleleOutcome]) -> list[AlleleOutcome]:
    """Return one outcome of every allele, in their order: in the window where a label's prediction differs most.

    Of equals it is the first; an allele without a score has its first reason.
    """
    if len(outcomes) == 1 or len({one.allele.allele for one in outcomes}) == len(outcomes):
        return list(outcomes)
    best: dict[int, tuple[float, AlleleOutcome]] = {}
    for one in outcomes:
        size = -1.0 if one.values is None else float(np.abs(one.values[:, DIFFERENCE]).max())
        if one.allele.allele not in best or size > best[one.allele.allele][0]:
            best[one.allele.allele] = size, one
    return [one for _, one in best.values()]


def count_outcomes(chunk: Chunk) -> Counter[str]:
    """Count what became of alleles, and of how many windows those of sites are."""
    several = [outcomes for _, outcomes in chunk]
    alleles = [one for outcomes in several for one in one_per_allele(outcomes)]
    words = [f"dropped, {one.reason.split(':')[0]}" if one.reason else "scored" for one in alleles]
    swapped = sum(one.swapped for one in alleles)
    in_sites = sum(one.frame is not None for outcomes in several for one in outcomes)
    return Counter(words) + Counter({SWAPPED: swapped, IN_SITES: in_sites})
