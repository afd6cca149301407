"""From the alleles of a file and a genome to their windows, or to the reason why they have none."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from convoscope.config.base import Ends, Mismatch
from convoscope.errors import InputError
from convoscope.prediction.frames import Frame, Frames, frame_window, position
from convoscope.prediction.variants.alleles import (
    DNA,
    PAD,
    SEQUENCE,
    Change,
    Refused,
    allele_refusal,
    place_allele,
    reach,
    trim_alleles,
    window,
)
from convoscope.sequence.genome import read_letters
from convoscope.sequence.vcf import MISSING, VcfRecord

NO_SITE = "in the window of no site"
BEYOND = "window reaches over the end of the contig"


class VariantGenome(NamedTuple):
    """An indexed FASTA, its contigs' lengths, and the name there of every contig of the variants."""

    fasta: Path
    sizes: dict[str, int]
    names: dict[str, str]


class AlleleSettings(NamedTuple):
    """How alleles become windows; see the configuration's section ``Variants``.

    ``frames`` are the windows of sites in which alleles are read; each has a window around itself where there are none.
    """

    mismatch: Mismatch = "error"
    ends: Ends = "pad"
    shifts: tuple[int, ...] = (0,)
    both_strands: bool = False
    frames: Frames | None = None


def check_settings(settings: AlleleSettings, length: int, alphabet: str) -> None:
    """Refuse policies that do not exist, shifts that move a window of ``length`` off its variant, and proteins."""
    if alphabet != DNA.name:
        raise InputError(f"--models: read {alphabet}; variants are scored by networks that read dna")
    for option, value, known in (
        ("--mismatch", settings.mismatch, get_args(Mismatch)),
        ("--ends", settings.ends, get_args(Ends)),
    ):
        if value not in known:
            raise InputError(f"{option}: {value!r}; one of {', '.join(known)}")
    if not settings.shifts or len(set(settings.shifts)) < len(settings.shifts):
        raise InputError(f"--shifts: {list(settings.shifts)}; one at least, and none twice")
    for shift in settings.shifts:
        if not 0 <= length // 2 - shift < length:
            least, most = length // 2 - length + 1, length // 2
            raise InputError(f"--shifts: {shift}; windows of {length} hold their variant from {least} to {most}")


class Allele(NamedTuple):
    """One alternative allele as the file has it; ``allele`` is its number in the row, 0 where a row has none."""

    row: int
    allele: int
    chrom: str
    pos: int
    id: str
    ref: str
    alt: str


class AlleleWindows(NamedTuple):
    """Windows ``(shifts,)`` of both alleles; ``padded`` is the most letters that one of them has beyond a contig.

    ``frame`` is the site's window that they are, where they are a site's, and ``position`` the first changed letter's
    index there.
    """

    ref: list[str]
    alt: list[str]
    padded: int
    swapped: bool
    frame: Frame | None = None
    position: int = 0


def alleles_of(record: VcfRecord) -> list[Allele]:
    """Return the alternative alleles of a record, or its only allele of number 0 where it has none."""
    numbered = list(enumerate(record.alts, start=1)) or [(0, MISSING)]
    return [
        Allele(record.row, number, record.chrom, record.pos, record.fields[2], record.ref, alt)
        for number, alt in numbered
    ]


def _refusal_of_place(allele: Allele, genome: VariantGenome, length: int) -> str | None:
    """Say why an allele has no windows, before the reference is read; None if it may have."""
    ref, alt = allele.ref.upper(), allele.alt.upper()
    if reason := allele_refusal(ref, alt):
        return reason
    if allele.chrom not in genome.names:
        return "contig is not in the reference"
    if not 1 <= allele.pos <= genome.sizes[genome.names[allele.chrom]] - len(ref) + 1:
        return "position is beyond the contig's ends"
    longest = max(map(len, trim_alleles(ref, alt)[1:]))
    return f"allele of {longest} letters is longer than the window of {length}" if longest > length else None


def _read_following(alleles: Sequence[Allele], genome: VariantGenome, beside: int) -> list[tuple[str, str]]:
    """Return the reference before, and from, the first letter of each allele, upper case, as far as windows go."""
    chroms = [genome.names[allele.chrom] for allele in alleles]
    starts = [max(0, allele.pos - 1 - beside) for allele in alleles]
    ends = [
        min(genome.sizes[chrom], allele.pos - 1 + max(len(allele.ref), len(allele.alt)) + beside)
        for chrom, allele in zip(chroms, alleles, strict=True)
    ]
    texts = [text.upper() for text in read_letters(genome.fasta, chroms, starts, ends)]
    for chrom, start, text in zip(chroms, starts, texts, strict=True):
        if text and not SEQUENCE.fullmatch(text):
            wrong = next(place for place, letter in enumerate(text) if letter not in DNA.symbols)
            raise InputError(f"genome: {chrom}:{start + wrong + 1}: {text[wrong]!r}; letters of DNA are {DNA.symbols}")
    cuts = [allele.pos - 1 - start for allele, start in zip(alleles, starts, strict=True)]
    return [(text[:cut], text[cut:]) for text, cut in zip(texts, cuts, strict=True)]


def _cut_windows(
    allele: Allele, chrom: str, texts: tuple[str, str], settings: AlleleSettings, length: int
) -> list[AlleleWindows | Refused]:
    """Cut the windows of one allele from the reference before it, and from its first letter on: ``texts``."""
    before, following = texts
    change = place_allele(allele.pos, allele.ref.upper(), allele.alt.upper(), following, settings.mismatch)
    if isinstance(change, Refused):
        return [change]
    begin, end = change.start - allele.pos + 1, change.end - allele.pos + 1
    flanks = before + following[:begin], following[end:]
    if settings.frames is None:
        return [_finish(change, [_centred(change, flanks, length, shift) for shift in settings.shifts], settings)]
    holding = settings.frames.holding(chrom, change.start, change.end)
    return [_in_frame(frame, change, flanks, settings, length) for frame in holding] or [Refused(NO_SITE)]


def _centred(change: Change, flanks: tuple[str, str], length: int, shift: int) -> tuple[str, str]:
    """Cut the windows of REF and ALT around themselves."""
    left, right = flanks
    return window(left, change.ref, right, length, shift), window(left, change.alt, right, length, shift)


def _in_frame(
    frame: Frame, change: Change, flanks: tuple[str, str], settings: AlleleSettings, length: int
) -> AlleleWindows | Refused:
    """Cut the windows of REF and ALT in the window of a site."""
    pairs = [
        (frame_window(frame, change, change.ref, flanks, length, shift),
         frame_window(frame, change, change.alt, flanks, length, shift))
        for shift in settings.shifts
    ]  # fmt: skip
    found = _finish(change, pairs, settings)
    if isinstance(found, Refused):
        return Refused(f"{found.reason}: that of site {frame.site}")
    return found._replace(frame=frame, position=position(frame, change, length))


def _finish(change: Change, pairs: Sequence[tuple[str, str]], settings: AlleleSettings) -> AlleleWindows | Refused:
    """Return the windows of REF and ALT, one pair per shift, unless the settings forbid what lies beyond a contig."""
    padded = max(text.count(PAD) for pair in pairs for text in pair)
    if padded and settings.ends == "drop":
        return Refused(BEYOND)
    return AlleleWindows([ref for ref, _ in pairs], [alt for _, alt in pairs], padded, change.swapped)


def windows_of(
    alleles: Sequence[Allele], genome: VariantGenome, settings: AlleleSettings, length: int
) -> list[list[AlleleWindows | Refused]]:
    """Return the windows of every allele, or why there is none: one around the allele, or one per site that holds it.

    Parameters
    ----------
    alleles
        Of any contigs, in any order.
    genome
        Where the flanks come from.
    settings
        Policies, shifts, and windows of sites.
    length
        Letters per window.
    """
    reasons = [_refusal_of_place(allele, genome, length) for allele in alleles]
    found: list[list[AlleleWindows | Refused]] = [[Refused(reason or "")] for reason in reasons]
    kept = [number for number, reason in enumerate(reasons) if reason is None]
    # A site's window begins up to a length from the allele, and a deletion draws on up to a length of letters more.
    beside = reach(length, settings.shifts) + (0 if settings.frames is None else length)
    read = _read_following([alleles[number] for number in kept], genome, beside)
    for number, texts in zip(kept, read, strict=True):
        chrom = genome.names[alleles[number].chrom]
        found[number] = _cut_windows(alleles[number], chrom, texts, settings, length)
    return found
