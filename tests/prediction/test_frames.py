"""Variants in the windows of sites, against plain surgery on the contig and against the other strand."""

import numpy as np
import pandas as pd
import pytest

from convoscope.prediction.frames import Frame, frame_window, position, site_frames, sort_frames
from convoscope.prediction.variants.allele_windows import (
    BEYOND,
    NO_SITE,
    Allele,
    AlleleSettings,
    VariantGenome,
    windows_of,
)
from convoscope.prediction.variants.alleles import DNA, PAD, Change, Refused, trim_alleles
from convoscope.sequence.alphabet import read_strand
from convoscope.sequence.codes import letters
from convoscope.sequence.genome import bgzip, index
from convoscope.sequence.windows import window_start

#         01234567890123456789
CONTIG = "ACGTTGCATCAGGATCCTAA"
PLUS = Frame("p", "one", 6, 9, "+")  # CATCAGG, its centre the C
MINUS = Frame("m", "one", 6, 9, "-")  # CCTGATG


@pytest.fixture
def genome(tmp_path):
    (tmp_path / "genome.fa").write_text(f">one\n{CONTIG}\n")
    bgzip(tmp_path / "genome.fa", tmp_path / "genome.fa.gz")
    index(tmp_path / "genome.fa.gz")
    return VariantGenome(tmp_path / "genome.fa.gz", {"one": 20}, {"1": "one"})


def find(genome, pos, ref, alt, *frames, length=7, **settings):
    chosen = AlleleSettings(frames=sort_frames(list(frames), length), **settings)
    [found] = windows_of([Allele(1, 1, "1", pos, ".", ref, alt)], genome, chosen, length)
    return found


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "plus", "minus", "positions"),
    [
        (10, "C", "T", "CATTAGG", "CCTAATG", (3, 3)),  # the centre
        (7, "C", "T", "TATCAGG", "CCTGATA", (0, 6)),  # the first letter
        (13, "G", "A", "CATCAGA", "TCTGATG", (6, 0)),  # the last one
        (8, "AT", "GG", "CGGCAGG", "CCTGCCG", (1, 4)),
        (8, "A", "ATT", "TTTTCAGG"[1:], "CCTGAAA", (2, 5)),  # left of the centre: what is left of it moves out
        (11, "A", "AGC", "CATCAGC", "GCTGATG", (5, 2)),  # right of it
        (8, "AT", "A", "GCACAGG", "CCTGTGC", (2, 4)),
        (11, "AG", "A", "CATCAGA", "TCTGATG", (5, 1)),
        (9, "TCA", "T", "CATGGAT", "CCATGCA", (3, 2)),  # with the centre: upstream of it stays
        (5, "TGCA", "T", "CGTTTCAGG"[2:], "CCTGAAA", (-1, 5)),  # from before the window: letters before it come in
        (12, "GGATC", "G", "CATCAGC", "GCTGATG", (6, -3)),
    ],
)
def test_windows_by_hand(genome, pos, ref, alt, plus, minus, positions):
    found = find(genome, pos, ref, alt, PLUS, MINUS)
    assert [one.ref for one in found] == [["CATCAGG"], ["CCTGATG"]]
    assert [one.alt for one in found] == [[plus], [minus]]
    assert [one.position for one in found] == list(positions)
    assert [one.frame for one in found] == [PLUS, MINUS]
    assert not any(one.padded or one.swapped for one in found)


@pytest.mark.parametrize("frame", [PLUS, MINUS])
@pytest.mark.parametrize(
    ("pos", "ref", "alt", "held"),
    [
        (6, "G", "A", False), (7, "C", "T", True), (13, "G", "A", True), (14, "A", "T", False),
        (6, "G", "GTT", False), (7, "C", "CTT", True), (12, "G", "GTT", True), (13, "G", "GTT", False),
        (5, "TG", "T", False), (5, "TGC", "T", True), (13, "GA", "G", False), (12, "GGA", "G", True),
    ],
)  # fmt: skip
def test_the_ends_of_a_window(genome, frame, pos, ref, alt, held):
    [found] = find(genome, pos, ref, alt, frame)
    assert found == Refused(NO_SITE) if not held else found.frame == frame


@pytest.mark.parametrize(
    ("firsts", "deepest"), [([], 0), ([5], 1), ([0, 7], 1), ([0, 6], 2), ([0, 4, 7, 14], 2), ([0, 4, 6, 6, 20], 4)]
)
def test_how_many_windows_hold_one_letter(firsts, deepest):
    frames = sort_frames([Frame("", "one", first, first + 3, "+") for first in firsts], 7)
    assert frames.deepest == deepest
    assert max((len(frames.holding("one", place, place + 1)) for place in range(30)), default=0) == deepest
    both = sort_frames([Frame("", chrom, first, first + 3, "+") for chrom in ("one", "two") for first in firsts], 7)
    assert both.deepest == deepest


def test_shifts_go_downstream_of_the_site(genome):
    plus, minus = find(genome, 10, "C", "T", PLUS, MINUS, shifts=(0, 2, -1))
    assert plus.ref == ["CATCAGG", "TCAGGAT", "GCATCAG"]
    assert minus.ref == ["CCTGATG", "TGATGCA", "TCCTGAT"]
    assert minus.alt == ["CCTAATG", "TAATGCA", "TCCTAAT"]


def test_letters_beyond_the_contig(genome):
    near = [Frame("a", "one", -2, 1, "+"), Frame("b", "one", 16, 19, "-")]
    [one] = find(genome, 2, "C", "G", *near)
    assert (one.ref, one.alt, one.padded, one.position) == (["--ACGTT"], ["--AGGTT"], 2, 3)
    [one] = find(genome, 19, "AA", "A", *near)
    assert (one.ref, one.alt, one.padded) == (["---TTAG"], ["---TAGG"], 3)
    assert find(genome, 2, "C", "G", *near, ends="drop") == [Refused(f"{BEYOND}: that of site a")]
    # Only the window of ALT reaches over the end.
    [one] = find(genome, 15, "TC", "T", Frame("c", "one", 13, 14, "+"), ends="drop")
    assert one.reason.startswith(BEYOND)


def test_swapped_alleles_and_mismatches(genome):
    [one] = find(genome, 10, "CTT", "CA", PLUS, mismatch="swap")
    assert (one.ref, one.alt, one.swapped) == (["CATCTTG"], ["CATCAGG"], True)
    assert find(genome, 10, "G", "A", PLUS)[0].mismatch
    assert find(genome, 10, "C", "<DEL>", PLUS) == [Refused("symbolic allele without a sequence")]


def surgery(contig, change, allele, frame, length):
    """Mutate the contig letter by letter; cut around the centre, or around where it would be."""
    if frame.strand == "-":
        size = len(contig)
        mirrored = Change(size - change.end, size - change.start, "", "")
        start = size - frame.first - length
        other = Frame("", "", start, size - 1 - frame.center, "+")
        return surgery(read_strand(contig, "-", DNA), mirrored, read_strand(allele, "-", DNA), other, length)
    mutated = [(place, letter) for place, letter in enumerate(contig)]
    mutated[change.start : change.end] = [(None, letter) for letter in allele]
    places = [place for place, _ in mutated]
    # Without the centre, what is upstream of the change stays where it was.
    center = places.index(frame.center) if frame.center in places else frame.center
    text = PAD * 200 + "".join(letter for _, letter in mutated) + PAD * 200
    first = 200 + center - (frame.center - frame.first)
    return text[first : first + length]


@pytest.mark.parametrize("length", [1, 6, 7, 20])
@pytest.mark.parametrize("strand", ["+", "-"])
def test_windows_are_cut_from_the_mutated_contig(length, strand):
    """The law: the site's centre has its index in the window of every allele, and all else follows."""
    generator = np.random.default_rng(length)
    contig = "".join(generator.choice(list("ACGT"), 60))
    for _ in range(300):
        start, deleted, inserted = (int(generator.integers(*span)) for span in ((0, 60), (0, 6), (0, 6)))
        change = Change(start, min(start + deleted, 60), "", "")
        allele = "".join(generator.choice(list("ACGT"), inserted))
        center = int(generator.integers(0, 60))
        frame = Frame("", "", int(window_start(center, length, strand == "-")), center, strand)
        flanks = contig[: change.start], contig[change.end :]
        found = frame_window(frame, change, allele, flanks, length, 0)
        assert found == surgery(contig, change, allele, frame, length)


@pytest.mark.parametrize("length", [8, 9])
def test_the_other_strand_of_everything_gives_the_same_windows(tmp_path, length):
    """The law of directed windows: turned contig, variants and sites."""
    generator = np.random.default_rng(3)
    contig = "".join(generator.choice(list("ACGT"), 80))
    (tmp_path / "genome.fa").write_text(f">one\n{contig}\n>turned\n{read_strand(contig, '-', DNA)}\n")
    bgzip(tmp_path / "genome.fa", tmp_path / "genome.fa.gz")
    index(tmp_path / "genome.fa.gz")
    genome = VariantGenome(tmp_path / "genome.fa.gz", {"one": 80, "turned": 80}, {"one": "one", "turned": "turned"})
    compared = 0
    for _ in range(200):
        start, center = int(generator.integers(20, 60)), int(generator.integers(20, 60))
        ref = contig[start : start + int(generator.integers(1, 4))]
        alt = "".join(generator.choice(list("ACGT"), int(generator.integers(1, 4))))
        turned_ref, turned_alt = (read_strand(text, "-", DNA) for text in (ref, alt))
        if trim_alleles(ref, alt)[1:] != tuple(
            read_strand(text, "-", DNA) for text in trim_alleles(turned_ref, turned_alt)[1:]
        ):
            continue  # one change written at the two ends of a repeat
        frames = [
            Frame("", chrom, int(window_start(place, length, strand == "-")), place, strand)
            for chrom, place, strand in (("one", center, "+"), ("turned", 79 - center, "-"))
        ]
        alleles = [
            Allele(1, 1, "one", start + 1, ".", ref, alt),
            Allele(1, 1, "turned", 80 - start - len(ref) + 1, ".", turned_ref, turned_alt),
        ]
        one, other = (
            windows_of([allele], genome, AlleleSettings(frames=sort_frames([frame], length)), length)[0][0]
            for allele, frame in zip(alleles, frames, strict=True)
        )
        assert one[:2] == other[:2]
        compared += not isinstance(one, Refused)
    assert compared > 30


def test_the_letter_at_the_position_is_the_one_that_changes():
    generator = np.random.default_rng(5)
    for strand in "+-":
        for place in range(6, 13):
            frame = Frame("", "", 6, 9, strand)
            change = Change(place, place + 1, CONTIG[place], "ACGT"[int(generator.integers(4))])
            flanks = CONTIG[:place], CONTIG[place + 1 :]
            windows = [frame_window(frame, change, text, flanks, 7, 0) for text in (change.ref, change.alt)]
            differing = [number for number, pair in enumerate(zip(*windows, strict=True)) if len(set(pair)) > 1]
            assert differing in ([], [position(frame, change, 7)])


def test_windows_that_hold_a_change_against_a_count():
    generator = np.random.default_rng(7)
    frames = [Frame(str(n), "one", int(first), 0, "+") for n, first in enumerate(generator.integers(-5, 40, 30))]
    arranged = sort_frames([*frames, Frame("x", "two", 3, 0, "+")], 8)
    for start in range(-3, 50):
        for end in range(start, start + 4):
            expected = set()
            for frame in frames:
                inside = range(frame.first, frame.first + 8)
                held = start - 1 in inside and start in inside if start == end else set(range(start, end)) & set(inside)
                expected |= {frame.site} if held else set()
            assert {frame.site for frame in arranged.holding("one", start, end)} == expected
    depths = [sum(frame.first <= place < frame.first + 8 for frame in frames) for place in range(-5, 50)]
    assert arranged.deepest == max(depths)
    assert (sort_frames([], 8).deepest, arranged.holding("three", 0, 9)) == (0, [])


SITES = pd.DataFrame(
    [
        (1, "1", 9, 10, "tss", "+", 9), (2, "1", 9, 10, ".", "-", 9), (3, "1", 9, 10, "again", "+", 9),
        (4, "1", 12, 16, "", ".", 14), (5, "1", 9, 11, "even", "-", 10), (6, "nine", 1, 2, "x", "+", 1),
        (7, "1", 18, 21, "over", "+", 19), (8, "1", 18, 20, "end", "+", 19),
    ],
    columns=["line", "chrom", "start", "end", "name", "strand", "center"],
).assign(midpoint=True)  # fmt: skip


@pytest.mark.parametrize("length", [6, 7])
def test_windows_of_sites_are_those_of_the_training(genome, length):
    chroms = SITES["chrom"].map({"1": "one"})
    frames, reasons = site_frames(SITES, chroms, genome.sizes, length, direction="site")
    assert reasons.tolist() == ["", "", "duplicate", "no_strand", "duplicate", "unknown_contig", "out_of_bounds", ""]
    found = frames.of_contig["one"]
    assert {frame.site for frame in found} == {"tss", "1:9-10", "end"}
    inside = [frame for frame in found if frame.site != "end"]
    table = pd.DataFrame([{"chrom": "one", "start": one.first, "end": one.first + length, "strand": one.strand}
                          for one in inside])  # fmt: skip
    texts = letters(genome.fasta, table, DNA, "site")
    for frame, text in zip(inside, texts, strict=True):
        assert text[length // 2] == read_strand("C", frame.strand, DNA)
        change = Change(0, 0, "", "")
        assert frame_window(frame, change, "", ("", CONTIG), length, 0) == text


def test_without_a_direction_sites_are_read_forward(genome):
    frames, reasons = site_frames(SITES, SITES["chrom"].map({"1": "one"}), genome.sizes, 7, "forward")
    assert reasons.tolist() == ["", "duplicate", "duplicate", "", "", "unknown_contig", "out_of_bounds", ""]
    assert [(one.site, one.first, one.strand) for one in frames.of_contig["one"]] == [
        ("tss", 6, "+"), ("even", 7, "+"), ("1:12-16", 11, "+"), ("end", 16, "+"),
    ]  # fmt: skip
