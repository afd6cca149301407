"""Alleles to windows of one length: what stands in the middle, where the flanks come from, what is refused.

An allele is first trimmed of the letters that REF and ALT share at their ends, those at the right end before those at
the left, so that a variant has the same windows however many letters around it the file repeats. (In a repeat that
holds if the file has it at the repeat's left end, as ``bcftools norm`` writes it; nothing is moved here.) What remains
may be empty: REF of an insertion, ALT of a deletion.

The trimmed allele of ``n`` letters stands in its window so that its letter ``n // 2`` is at index ``length // 2``: the
letter itself of a single nucleotide variant, the middle one of three, the right one of two; of an empty allele, the
letter right of it. The flanks are those of the reference around the letters that the allele replaces, as many as the
length demands. So REF and ALT have windows of one length, and each is cut from its own contig around its own centre. A
shift of ``s`` moves the window ``s`` letters to the right of that.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from convoscope.config.base import Mismatch
from convoscope.sequence.alphabet import ALPHABETS

PAD = "-"  # stands for N beyond a contig's end, and is no letter of a genome
DNA = ALPHABETS["dna"]
LETTERS = re.compile("[ACGT]+")
SEQUENCE = re.compile(f"[{DNA.symbols}]+")
# What stands in ALT in place of letters (VCF 4.4, section 1.6.1.5), in the order of asking.
NO_SEQUENCE = (
    (re.compile(r"\."), "no alternative allele"),
    (re.compile(r"\*"), "allele * is missing because of a deletion that begins before"),
    (re.compile(r"<[^<>]*>"), "symbolic allele without a sequence"),
    (re.compile(r".*[\[\]].*|\..+|.+\."), "breakend"),
)


class Change(NamedTuple):
    """Trimmed alleles: both stand in place of the letters ``[start, end)`` of the contig, 0-based half-open.

    ``swapped`` says that the reference has ALT there.
    """

    start: int
    end: int
    ref: str
    alt: str
    swapped: bool = False


class Refused(NamedTuple):
    """Why an allele has no windows; ``mismatch`` if REF is not what the reference has."""

    reason: str
    mismatch: bool = False


def trim_alleles(ref: str, alt: str) -> tuple[int, str, str]:
    """Remove what two alleles share at the right, then at the left; return the letters lost at the left and the rest.

    >>> trim_alleles("CAAG", "CAG"), trim_alleles("A", "G"), trim_alleles("TCC", "ACC")
    ((1, 'A', ''), (0, 'A', 'G'), (0, 'T', 'A'))
    """
    right = 0
    while right < min(len(ref), len(alt)) and ref[-1 - right] == alt[-1 - right]:
        right += 1
    ref, alt = ref[: len(ref) - right], alt[: len(alt) - right]
    left = 0
    while left < min(len(ref), len(alt)) and ref[left] == alt[left]:
        left += 1
    return left, ref[left:], alt[left:]


def allele_refusal(ref: str, alt: str) -> str | None:
    """Say why two alleles, in upper case, cannot be scored whatever the reference is; None if they can."""
    for pattern, reason in NO_SEQUENCE:
        if pattern.fullmatch(alt):
            return reason
    for name, allele in (("REF", ref), ("ALT", alt)):
        if not SEQUENCE.fullmatch(allele):
            return f"{name} is not a sequence of DNA letters"
    if not LETTERS.fullmatch(alt):
        return "ALT has ambiguous letters"
    return "ALT equals REF" if ref == alt else None


def agrees(allele: str, found: str) -> bool:
    """Tell whether an allele can be what the reference has, in upper case; an ambiguous letter agrees with its bases.

    >>> agrees("AC", "AC"), agrees("A", "R"), agrees("N", "A"), agrees("C", "R"), agrees("AC", "A")
    (True, True, True, False, False)
    """
    if allele == found:
        return True
    stands_for: Mapping[str, str] = DNA.ambiguous
    pairs = zip(allele, found, strict=False)
    return len(allele) == len(found) and all(
        one == other or set(stands_for.get(one, one)) & set(stands_for.get(other, other)) for one, other in pairs
    )


def known_letters(allele: str, found: str) -> str:
    """Replace the ambiguous letters of an allele by those of the reference.

    >>> known_letters("NCG", "ACR")
    'ACG'
    """
    pairs = zip(allele, found, strict=True)
    return "".join(one if one in DNA.letters else other for one, other in pairs)


def place_allele(pos: int, ref: str, alt: str, following: str, mismatch: Mismatch) -> Change | Refused:
    """Compare alleles with the reference and trim them.

    Parameters
    ----------
    pos
        Position of the first letter of REF, from 1.
    ref, alt
        Alleles in upper case, of DNA letters.
    following
        Letters of the reference from there on, in upper case: as many as the longer allele has, or up to the end.
    mismatch
        ``swap`` accepts alleles where the reference has ALT in place of REF; the others do not.

    Examples
    --------
    >>> place_allele(5, "CA", "C", "CA", "error")
    Change(start=5, end=6, ref='A', alt='', swapped=False)
    >>> place_allele(5, "C", "G", "G", "swap")
    Change(start=4, end=5, ref='C', alt='G', swapped=True)
    >>> place_allele(5, "C", "G", "A", "swap")
    Refused(reason='REF and ALT are not what the reference has: A', mismatch=True)
    """
    found = following[: len(ref)]
    if agrees(ref, found):
        ref, there, swapped = known_letters(ref, found), ref, False
    elif mismatch == "swap" and following[: len(alt)] == alt:
        there, swapped = alt, True
    else:
        both = "REF and ALT are" if mismatch == "swap" else "REF is"
        return Refused(f"{both} not what the reference has: {shorten_letters(found)}", True)
    if ref == alt:
        return Refused("ALT equals REF")
    left, short_ref, short_alt = trim_alleles(ref, alt)
    if short_ref and not LETTERS.fullmatch(short_ref):
        return Refused("REF has ambiguous letters, and so has the reference")
    start = pos - 1 + left
    lost = len(ref) - len(short_ref)
    return Change(start, start + len(there) - lost, short_ref, short_alt, swapped)


def shorten_letters(letters: str, longest: int = 40) -> str:
    """Write letters for a message, long ones cut."""
    return letters if len(letters) <= longest else f"{letters[:longest]}… ({len(letters)} letters)"


def first_index(allele: str, length: int, shift: int) -> int:
    """Return where a window begins, in letters from the first of the allele, which is mostly negative.

    >>> first_index("A", 5, 0), first_index("ACG", 5, 0), first_index("", 4, 1)
    (-2, -1, -1)
    """
    return len(allele) // 2 - length // 2 + shift


def reach(length: int, shifts: tuple[int, ...]) -> int:
    """Return how many letters on each side of an allele its windows may need."""
    return length + max(map(abs, shifts))


def window(left: str, allele: str, right: str, length: int, shift: int = 0) -> str:
    """Cut the window around an allele between its flanks.

    Parameters
    ----------
    left, right
        Flanks of the reference, ending just before and beginning just after the letters that the allele replaces. A
        flank that is shorter than the window needs ends at the contig's end; ``PAD`` stands beyond.
    allele
        Trimmed letters.
    length, shift
        Letters of the window, and how many to the right of its place it is cut.

    Examples
    --------
    >>> window("AAAA", "C", "GGGG", 5), window("AAAA", "CTC", "GGGG", 5), window("AAAA", "", "GGGG", 5)
    ('AACGG', 'ACTCG', 'AAGGG')
    >>> window("A", "C", "GGGG", 5), window("AAAA", "C", "GGGG", 5, shift=1)
    ('-ACGG', 'ACGGG')
    """
    return cut_letters(left + allele + right, len(left) + first_index(allele, length, shift), length)


def cut_letters(text: str, first: int, length: int) -> str:
    """Cut ``length`` letters from index ``first`` on; what lies before or behind the text is ``PAD``.

    >>> cut_letters("ACGT", -2, 4), cut_letters("ACGT", 3, 4), cut_letters("ACGT", -5, 4)
    ('--AC', 'T---', '----')
    """
    inside = text[max(first, 0) : max(first + length, 0)]
    before = PAD * min(max(-first, 0), length)
    return (before + inside).ljust(length, PAD)
