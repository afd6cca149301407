import re

import numpy as np
import pytest

from convoscope.prediction.variants.alleles import (
    PAD,
    Change,
    Refused,
    agrees,
    allele_refusal,
    first_index,
    known_letters,
    place_allele,
    reach,
    shorten_letters,
    trim_alleles,
    window,
)

#         1234567890123456789 0
CONTIG = "ACGTTGCATCAGGATCCTAA"


@pytest.mark.parametrize(
    ("ref", "alt", "left", "short"),
    [
        ("C", "T", 0, ("C", "T")),
        ("C", "CTT", 1, ("", "TT")),
        ("CAG", "C", 1, ("AG", "")),
        ("CA", "TA", 0, ("C", "T")),
        ("CAAA", "CAA", 1, ("A", "")),  # the right end first: the leftmost of equal letters
        ("GCAT", "GTAT", 1, ("C", "T")),
        ("AAAA", "AAAA", 0, ("", "")),
    ],
)
def test_trim_takes_the_right_end_first(ref, alt, left, short):
    assert trim_alleles(ref, alt) == (left, *short)


def shared(one, other):
    """The longest common beginning, by backtracking."""
    return len(re.match(r"(.*).*\n\1", f"{one}\n{other}")[1])


def shared_ends_removed(ref, alt):
    right = shared(ref[::-1], alt[::-1])
    ref, alt = ref[: len(ref) - right], alt[: len(alt) - right]
    left = shared(ref, alt)
    return left, ref[left:], alt[left:]


def test_trim_agrees_with_an_independent_one():
    generator = np.random.default_rng(1)
    for _ in range(300):
        ref, alt = ("".join(generator.choice(list("AC"), generator.integers(1, 7))) for _ in range(2))
        assert trim_alleles(ref, alt) == shared_ends_removed(ref, alt)


@pytest.mark.parametrize(
    ("ref", "alt", "reason"),
    [
        ("A", ".", "no alternative allele"),
        ("A", "*", "allele * is missing because of a deletion that begins before"),
        ("A", "<DEL>", "symbolic allele without a sequence"),
        ("A", "<*>", "symbolic allele without a sequence"),
        ("A", "<INS:ME:ALU>", "symbolic allele without a sequence"),
        ("A", "G]17:198982]", "breakend"),
        ("A", "]13:123456]T", "breakend"),
        ("A", "G.", "breakend"),
        ("A", ".G", "breakend"),
        ("A", "N", "ALT has ambiguous letters"),
        ("A", "AR", "ALT has ambiguous letters"),
        ("A", "A-", "ALT is not a sequence of DNA letters"),
        ("A", "U", "ALT is not a sequence of DNA letters"),
        ("-", "A", "REF is not a sequence of DNA letters"),
        (".", "A", "REF is not a sequence of DNA letters"),
        ("<DEL>", "A", "REF is not a sequence of DNA letters"),
        ("A", "A", "ALT equals REF"),
        ("A", "C", None),
        ("N", "C", None),
        ("A", "ACC", None),
    ],
)
def test_what_is_no_sequence_is_named(ref, alt, reason):
    assert allele_refusal(ref, alt) == reason


def test_ambiguous_letters_agree_with_what_they_stand_for():
    assert agrees("ACGT", "ACGT")
    assert agrees("A", "R") and agrees("G", "R") and not agrees("C", "R")
    assert agrees("N", "T") and agrees("N", "N")
    assert not agrees("AC", "A") and not agrees("", "A")
    assert known_letters("NNA", "CGN") == "CGA"


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "mismatch", "expected"),
    [
        (10, "C", "T", "error", Change(9, 10, "C", "T")),
        (10, "C", "CTT", "error", Change(10, 10, "", "TT")),
        (10, "CAG", "C", "error", Change(10, 12, "AG", "")),
        (10, "NAG", "C", "error", Change(10, 12, "AG", "")),
        (12, "A", "G", "swap", Change(11, 12, "A", "G", swapped=True)),
        (10, "CTT", "CA", "swap", Change(10, 11, "TT", "A", swapped=True)),
        (12, "A", "G", "skip", Refused("REF is not what the reference has: G", True)),
        (12, "A", "T", "swap", Refused("REF and ALT are not what the reference has: G", True)),
        (12, "N", "G", "error", Refused("ALT equals REF")),
    ],
)
def test_places_by_hand(pos, ref, alt, mismatch, expected):
    assert place_allele(pos, ref, alt, CONTIG[pos - 1 :], mismatch) == expected


def test_a_letter_that_nobody_knows_is_not_changed():
    assert place_allele(1, "N", "A", "NCG", "error") == Refused("REF has ambiguous letters, and so has the reference")
    # VCF writes one base where the reference has an ambiguous letter.
    assert place_allele(1, "A", "G", "RCG", "error") == Change(0, 1, "A", "G")


def test_long_alleles_are_cut_in_messages():
    assert shorten_letters("A" * 40) == "A" * 40
    assert shorten_letters("A" * 50) == "A" * 40 + "… (50 letters)"


def test_windows_by_hand():
    assert window("ACGTTGCAT", "C", "AGGATCCTAA", 7) == "CATCAGG"
    assert window("ACGTTGCAT", "C", "AGGATCCTAA", 6) == "CATCAG"
    assert window("ACGTTGCAT", "C", "AGGATCCTAA", 7, shift=2) == "TCAGGAT"
    assert window("ACGTTGCAT", "C", "AGGATCCTAA", 7, shift=-1) == "GCATCAG"
    assert window("A", "C", "GTTGCA", 7) == "--ACGTT"
    assert window("CCTA", "A", "", 7) == "CTAA---"
    assert window("", "C", "", 1) == "C"
    assert window("", "", "", 3) == "---"
    assert (first_index("AC", 7, 0), reach(7, (0, -3))) == (-2, 10)


@pytest.mark.parametrize("length", [1, 6, 7, 20])
def test_windows_are_cut_from_the_mutated_contig(length):
    """The law: the window of an allele is the mutated contig, made by plain surgery, cut around the allele."""
    generator = np.random.default_rng(length)
    contig = "".join(generator.choice(list("ACGT"), 60))
    for _ in range(300):
        start, deleted, inserted = generator.integers(0, 60), generator.integers(0, 6), generator.integers(0, 6)
        allele = "".join(generator.choice(list("ACGT"), inserted))
        end, shift = min(start + deleted, 60), int(generator.integers(-length // 2 + 1, length // 2 + 1))
        mutated = contig[:start] + allele + contig[end:]
        around = PAD * 100 + mutated + PAD * 100
        first = 100 + start + len(allele) // 2 - length // 2 + shift
        assert window(contig[:start], allele, contig[end:], length, shift) == around[first : first + length]
