"""From the alleles of a file and a genome to their windows, or to the reason why they have none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from convoscope.errors import InputError
from convoscope.prediction.alleles import DNA, PAD, SEQUENCE, Mismatch, Refused, place, reach, refusal, trim, window
from convoscope.sequence.genome import read_windows
from convoscope.sequence.vcf import MISSING, Record

Ends = Literal["pad", "drop"]


class Genome(NamedTuple):
    """An indexed FASTA, its contigs' lengths, and the name there of every contig of the variants."""

    fasta: Path
    sizes: dict[str, int]
    names: dict[str, str]


class Settings(NamedTuple):
    """How alleles become windows; see the configuration's section ``Variants``."""

    mismatch: Mismatch = "error"
    ends: Ends = "pad"
    shifts: tuple[int, ...] = (0,)
    both_strands: bool = False


def check_settings(settings: Settings, length: int, alphabet: str) -> None:
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


class Windows(NamedTuple):
    """Windows ``(shifts,)`` of both alleles; ``padded`` is the most letters that one of them has beyond a contig."""

    ref: list[str]
    alt: list[str]
    padded: int
    swapped: bool


def alleles_of(record: Record) -> list[Allele]:
    """Return the alternative alleles of a record, or its only allele of number 0 where it has none."""
    numbered = list(enumerate(record.alts, start=1)) or [(0, MISSING)]
    return [
        Allele(record.row, number, record.chrom, record.pos, record.fields[2], record.ref, alt)
        for number, alt in numbered
    ]


def refusal_of_place(allele: Allele, genome: Genome, length: int) -> str | None:
    """Say why an allele has no windows, before the reference is read; None if it may have."""
    ref, alt = allele.ref.upper(), allele.alt.upper()
    if reason := refusal(ref, alt):
        return reason
    if allele.chrom not in genome.names:
        return "contig is not in the reference"
    if not 1 <= allele.pos <= genome.sizes[genome.names[allele.chrom]] - len(ref) + 1:
        return "position is beyond the contig's ends"
    longest = max(map(len, trim(ref, alt)[1:]))
    return f"allele of {longest} letters is longer than the window of {length}" if longest > length else None


def read_following(alleles: Sequence[Allele], genome: Genome, beside: int) -> list[tuple[str, str]]:
    """Return the reference before, and from, the first letter of each allele, upper case, as far as windows go."""
    chroms = [genome.names[allele.chrom] for allele in alleles]
    starts = [max(0, allele.pos - 1 - beside) for allele in alleles]
    ends = [
        min(genome.sizes[chrom], allele.pos - 1 + max(len(allele.ref), len(allele.alt)) + beside)
        for chrom, allele in zip(chroms, alleles, strict=True)
    ]
    texts = [text.upper() for text in read_windows(genome.fasta, chroms, starts, ends)]
    for chrom, start, text in zip(chroms, starts, texts, strict=True):
        if text and not SEQUENCE.fullmatch(text):
            wrong = next(place for place, letter in enumerate(text) if letter not in DNA.symbols)
            raise InputError(f"genome: {chrom}:{start + wrong + 1}: {text[wrong]!r}; letters of DNA are {DNA.symbols}")
    cuts = [allele.pos - 1 - start for allele, start in zip(alleles, starts, strict=True)]
    return [(text[:cut], text[cut:]) for text, cut in zip(texts, cuts, strict=True)]


def cut_windows(allele: Allele, before: str, following: str, settings: Settings, length: int) -> Windows | Refused:
    """Cut the windows of one allele from the reference before it, and from its first letter on."""
    change = place(allele.pos, allele.ref.upper(), allele.alt.upper(), following, settings.mismatch)
    if isinstance(change, Refused):
        return change
    begin, end = change.start - allele.pos + 1, change.end - allele.pos + 1
    left, right = before + following[:begin], following[end:]
    ref, alt = (
        [window(left, letters, right, length, shift) for shift in settings.shifts]
        for letters in (change.ref, change.alt)
    )
    padded = max(text.count(PAD) for text in ref + alt)
    if padded and settings.ends == "drop":
        return Refused("window reaches over the end of the contig")
    return Windows(ref, alt, padded, change.swapped)


def windows_of(alleles: Sequence[Allele], genome: Genome, settings: Settings, length: int) -> list[Windows | Refused]:
    """Return the windows of every allele, or why it has none.

    Parameters
    ----------
    alleles
        Of any contigs, in any order.
    genome
        Where the flanks come from.
    settings
        Policies and shifts.
    length
        Letters per window.
    """
    reasons = [refusal_of_place(allele, genome, length) for allele in alleles]
    found: list[Windows | Refused] = [Refused(reason or "") for reason in reasons]
    kept = [number for number, reason in enumerate(reasons) if reason is None]
    texts = read_following([alleles[number] for number in kept], genome, reach(length, settings.shifts))
    for number, (before, following) in zip(kept, texts, strict=True):
        found[number] = cut_windows(alleles[number], before, following, settings, length)
    return found
