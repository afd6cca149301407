import re

import numpy as np
import pysam
import pytest

from convoscope.errors import InputError
from convoscope.prediction.variants.allele_windows import (
    Allele,
    AlleleSettings,
    AlleleWindows,
    VariantGenome,
    alleles_of,
    check_settings,
    windows_of,
)
from convoscope.prediction.variants.alleles import PAD, Refused
from convoscope.sequence.genome import bgzip, index
from convoscope.sequence.vcf import VcfRecord

#         12345678901234567890
CONTIG = "ACGTTGCATCAGGATCCTAA"


@pytest.fixture
def genome(tmp_path):
    (tmp_path / "genome.fa").write_text(f">one\n{CONTIG[:8]}{CONTIG[8:].lower()}\n>two\nACGNNRGT\n")
    bgzip(tmp_path / "genome.fa", tmp_path / "genome.fa.gz")
    index(tmp_path / "genome.fa.gz")
    return VariantGenome(tmp_path / "genome.fa.gz", {"one": 20, "two": 8}, {"one": "one", "2": "two"})


def find(genome, pos, ref, alt, chrom="one", length=7, **settings):
    [[found]] = windows_of([Allele(1, 1, chrom, pos, ".", ref, alt)], genome, AlleleSettings(**settings), length)
    return found


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "windows"),
    [
        (10, "C", "T", ("CATCAGG", "CATTAGG")),  # single nucleotide: its letter at index 3
        (10, "c", "t", ("CATCAGG", "CATTAGG")),  # lower case, as half of the contig is
        (10, "CA", "TG", ("ATCAGGA", "ATTGGGA")),  # two letters: the right one at index 3
        (10, "CAG", "TTA", ("ATCAGGA", "ATTTAGA")),  # three: the middle one
        (10, "C", "CTT", ("ATCAGGA", "TCTTAGG")),  # insertion: REF is empty, the letter right of it at index 3
        (10, "CAG", "C", ("TCAGGAT", "ATCGATC")),  # deletion
        (10, "CAG", "TT", ("ATCAGGA", "ATTTGAT")),  # both
        (2, "C", "G", ("--ACGTT", "--AGGTT")),
        (1, "A", "AG", ("--ACGTT", "--AGCGT")),
        (20, "A", "C", ("CTAA---", "CTAC---")),
        (18, "TAA", "T", ("CTAA---", "CCT----")),
        (20, "A", "AGG", ("TAA----", "AAGG---")),
    ],
)
def test_windows_by_hand(genome, pos, ref, alt, windows):
    found = find(genome, pos, ref, alt)
    assert (found.ref, found.alt, found.frame, found.position) == ([windows[0]], [windows[1]], None, 0)
    assert found.padded == max(text.count(PAD) for text in windows)
    assert not found.swapped


def test_alleles_of_one_row_have_centres_of_their_own(genome):
    record = VcfRecord(4, 20, 10, ["one", "10", "id", "CA", "C,CAT,TA,*", ".", ".", "."])
    alleles = alleles_of(record)
    assert [(one.row, one.allele, one.alt) for one in alleles] == [
        (4, 1, "C"),
        (4, 2, "CAT"),
        (4, 3, "TA"),
        (4, 4, "*"),
    ]
    found = [one for [one] in windows_of(alleles, genome, AlleleSettings(), 7)]
    assert [(one.ref, one.alt) for one in found[:3]] == [
        (["ATCAGGA"], ["ATCGGAT"]),
        (["TCAGGAT"], ["TCATGGA"]),
        (["CATCAGG"], ["CATTAGG"]),
    ]
    assert found[3] == Refused("allele * is missing because of a deletion that begins before")
    [none] = alleles_of(VcfRecord(4, 20, 10, ["one", "10", "id", "CA", ".", ".", ".", "."]))
    assert (none.allele, none.alt) == (0, ".")


def test_shifts_move_the_window(genome):
    found = find(genome, 10, "C", "T", shifts=(0, 2, -1))
    assert found.ref == ["CATCAGG", "TCAGGAT", "GCATCAG"]
    assert found.alt == ["CATTAGG", "TTAGGAT", "GCATTAG"]


def test_swapped_alleles_keep_their_direction(genome):
    found = find(genome, 12, "A", "G", mismatch="swap")
    assert (found.ref, found.alt, found.swapped) == (["TCAAGAT"], ["TCAGGAT"], True)
    found = find(genome, 10, "CTT", "CA", mismatch="swap")
    assert (found.ref, found.alt, found.swapped) == (["TCTTGGA"], ["ATCAGGA"], True)
    # ALT would reach over the end.
    assert find(genome, 20, "G", "AA", mismatch="swap").mismatch


@pytest.mark.parametrize(
    ("chrom", "pos", "ref", "alt", "reason"),
    [
        ("nine", 5, "A", "C", "contig is not in the reference"),
        ("one", 0, "N", "C", "position is beyond the contig's ends"),
        ("one", 21, "A", "C", "position is beyond the contig's ends"),
        ("one", 20, "AA", "A", "position is beyond the contig's ends"),
        ("one", 10, "C", "C" + "A" * 8, "allele of 8 letters is longer than the window of 7"),
        ("one", 4, "TTGCATCAG", "T", "allele of 8 letters is longer than the window of 7"),
        ("one", 10, "G", "C", "REF is not what the reference has: C"),
        ("2", 4, "N", "C", "REF has ambiguous letters, and so has the reference"),
        ("one", 10, "c", "C", "ALT equals REF"),
    ],
)
def test_refusals_have_a_reason(genome, chrom, pos, ref, alt, reason):
    found = find(genome, pos, ref, alt, chrom)
    assert isinstance(found, Refused)
    assert found.reason == reason


def test_what_just_fits_is_kept(genome):
    assert find(genome, 10, "C", "C" + "A" * 7).alt == ["AAAAAAA"]
    long = find(genome, 4, "TTGCATCA", "T")
    assert (long.ref, long.alt) == (["TGCATCA"], ["CGTGGAT"])


def test_ends_can_be_dropped(genome):
    assert find(genome, 2, "C", "G", ends="drop") == Refused("window reaches over the end of the contig")
    assert find(genome, 4, "T", "G", ends="drop").padded == 0
    # The window of ALT alone is too long.
    assert isinstance(find(genome, 17, "C", "G", ends="drop"), AlleleWindows)
    assert isinstance(find(genome, 16, "CC", "C", ends="drop"), AlleleWindows)
    assert isinstance(find(genome, 17, "CT", "C", ends="drop"), Refused)


def test_names_of_contigs_are_translated(genome):
    assert find(genome, 2, "C", "G", "2").ref == ["--ACGNN"]
    assert find(genome, 6, "A", "C", "2").ref == ["GNNAGT-"]  # R of the reference is A by the record


def is_aligned(before, ref, alt):
    """Whether a change is as short as it can be and, in a repeat, at its left end."""
    if ref and alt:
        return ref[0] != alt[0] and ref[-1] != alt[-1]
    return bool(ref or alt) and (ref or alt)[-1] != before


@pytest.mark.parametrize("pos", [10, 14])
def test_letters_of_no_alphabet_are_refused_with_their_place(tmp_path, pos):
    (tmp_path / "strange.fa").write_text(f">one\n{CONTIG[:10]}E{CONTIG[11:]}\n")
    pysam.tabix_compress(str(tmp_path / "strange.fa"), str(tmp_path / "strange.fa.gz"))
    index(tmp_path / "strange.fa.gz")
    strange = VariantGenome(tmp_path / "strange.fa.gz", {"one": 20}, {"one": "one"})
    with pytest.raises(InputError, match="genome: one:11: 'E'; letters of DNA are ACGT"):
        find(strange, pos, CONTIG[pos - 1], "T")


def test_windows_do_not_depend_on_how_the_variant_is_written(genome):
    """The law: letters around the change, repeated in REF and ALT, do not matter."""
    generator = np.random.default_rng(1)
    compared = 0
    for _ in range(400):
        start, deleted = int(generator.integers(3, 12)), int(generator.integers(0, 4))
        ref = CONTIG[start : start + deleted]
        alt = "".join(generator.choice(list("ACGT"), generator.integers(0, 4)))
        if not is_aligned(CONTIG[start - 1], ref, alt):
            continue
        before, behind = int(generator.integers(1, 4)), int(generator.integers(0, 4))
        left, right = CONTIG[start - before : start], CONTIG[start + deleted : start + deleted + behind]
        one = CONTIG[start - 1]
        assert find(genome, start - before + 1, left + ref + right, left + alt + right) == find(
            genome, start, one + ref, one + alt
        )
        compared += 1
    assert compared > 100


def test_settings_are_checked():
    check_settings(AlleleSettings(shifts=(-3, 3)), 7, "dna")
    check_settings(AlleleSettings(shifts=(-2, 3)), 6, "dna")
    for wrong, alphabet, message in (
        (AlleleSettings(mismatch="ignore"), "dna", "--mismatch: 'ignore'; one of error, skip, swap"),
        (AlleleSettings(ends="cut"), "dna", "--ends: 'cut'; one of pad, drop"),
        (AlleleSettings(shifts=()), "dna", "--shifts: []; one at least"),
        (AlleleSettings(shifts=(1, 1)), "dna", "--shifts: [1, 1]; one at least, and none twice"),
        (AlleleSettings(shifts=(0, -4)), "dna", "--shifts: -4; windows of 7 hold their variant from -3 to 3"),
        (AlleleSettings(shifts=(0, 4)), "dna", "--shifts: 4; windows of 7 hold their variant from -3 to 3"),
        (AlleleSettings(), "protein", "--models: read protein"),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            check_settings(wrong, 7, alphabet)
    for shift in (-3, 4):
        with pytest.raises(InputError, match=f"--shifts: {shift}; windows of 6 hold their variant from -2 to 3"):
            check_settings(AlleleSettings(shifts=(shift,)), 6, "dna")
