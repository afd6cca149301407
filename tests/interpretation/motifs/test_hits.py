import itertools

import numpy as np
import pandas as pd
import pytest
from Bio import motifs as bio_motifs
from Bio.Seq import Seq

from convoscope.interpretation.motifs.hits import (
    COLUMNS,
    STEPS,
    Scanner,
    count_letters,
    hits_of,
    letter_frequencies,
    log_odds,
    make_scanner,
    scan_strand,
    score_distribution,
    stretches,
)
from convoscope.interpretation.motifs.meme import Motif
from convoscope.sequence.alphabet import ALPHABETS, encode_text

AT_RICH = np.array([0.31, 0.19, 0.19, 0.31])
DNA = ALPHABETS["dna"]


@pytest.fixture
def motif():
    matrix = np.random.default_rng(4).dirichlet([0.3] * 4, size=7)
    return Motif("f", "NAME", matrix, 60)


@pytest.fixture
def codes():
    found = np.random.default_rng(5).integers(0, 4, 3000).astype(np.uint8)
    found[[500, 501, 1200]] = 14
    return found


def test_scores_by_hand():
    scores = log_odds(np.array([[0.7, 0.1, 0.1, 0.1]]), np.full(4, 0.25), 1_000_000)
    assert scores.tolist() == [[149, -132, -132, -132]]  # log2 of 2.8 and .4
    assert letter_frequencies(np.array([0, 0, 0, 0])).tolist() == [0.25] * 4


def test_p_values_are_those_of_all_sequences(motif):
    scores = log_odds(motif.matrix[:5], AT_RICH, motif.sites)
    lowest, p_values = score_distribution(scores, AT_RICH)
    words = np.array(list(itertools.product(range(4), repeat=5)))
    totals, shares = scores[np.arange(5), words].sum(axis=1), AT_RICH[words].prod(axis=1)
    assert lowest == totals.min() and len(p_values) == totals.max() - totals.min() + 1
    for total in (totals.min(), *np.unique(totals)[::37], totals.max()):
        assert p_values[total - lowest] == pytest.approx(shares[totals >= total].sum(), rel=1e-9)


def test_threshold_is_the_least_score_that_is_rare_enough(motif):
    scanner = make_scanner(motif, AT_RICH, 1e-3)
    place = scanner.threshold - scanner.lowest
    assert scanner.p_values[place] <= 1e-3 < scanner.p_values[place - 1]
    impossible = make_scanner(motif, AT_RICH, 1e-12)
    assert impossible.threshold == impossible.lowest + len(impossible.p_values)


@pytest.mark.parametrize("strand", "+-")
def test_scan_equals_a_literal_one(motif, codes, strand):
    scanner = make_scanner(motif, AT_RICH, 1e-2)
    complement = {0: 3, 1: 2, 2: 1, 3: 0}
    expected = []
    for start in range(len(codes) - 6):
        word = codes[start : start + 7].tolist()
        if max(word) > 3:
            continue
        read = word if strand == "+" else [complement[letter] for letter in word[::-1]]
        total = sum(int(scanner.scores[place, letter]) for place, letter in enumerate(read))
        if total >= scanner.threshold:
            expected.append((start, total))
    starts, scores = scan_strand(codes, scanner, strand)
    assert len(expected) > 10
    assert list(zip(starts.tolist(), scores.tolist(), strict=True)) == expected


def test_scan_equals_biopython(motif, codes):
    text = "".join("ACGT"[code] if code < 4 else "N" for code in codes)
    smooth = (motif.matrix * 60 + 0.1 * AT_RICH) / 60.1
    record = bio_motifs.Motif("ACGT", counts=dict(zip("ACGT", (smooth * 1e6).T.tolist(), strict=True)))
    pssm = record.counts.normalize().log_odds(dict(zip("ACGT", AT_RICH, strict=True)))
    scanner = make_scanner(motif, AT_RICH, 1e-2)
    ours = {}
    for strand in "+-":
        starts, scores = scan_strand(codes, scanner, strand)
        ours |= {(int(start), strand): score / STEPS for start, score in zip(starts, scores, strict=True)}
    rounding = 7 * 0.5 / STEPS
    theirs = {}
    for place, score in pssm.search(Seq(text), threshold=scanner.threshold / STEPS - rounding, both=True):
        theirs[int(place) % len(text), "+" if place >= 0 else "-"] = score
    assert set(ours) <= set(theirs)
    sure = {key for key, score in theirs.items() if score > scanner.threshold / STEPS + rounding}
    assert sure <= set(ours) and len(sure) > 10
    assert max(abs(ours[key] - theirs[key]) for key in ours) <= rounding + 1e-4
    # The share of random sequence that Biopython's distribution gives to this threshold is ours.
    exact = pssm.distribution(background=dict(zip("ACGT", AT_RICH, strict=True)), precision=1000)
    assert exact.threshold_fpr(1e-2) == pytest.approx(scanner.threshold / STEPS, abs=0.1)


def test_hits_of_random_sequence_are_as_frequent_as_p_values_say(motif):
    codes = np.random.default_rng(6).choice(4, 400_000, p=AT_RICH).astype(np.uint8)
    found = hits_of(codes, [make_scanner(motif, AT_RICH, 1e-3)], "c", 0, len(codes))
    expected = make_scanner(motif, AT_RICH, 1e-3)
    rate = expected.p_values[expected.threshold - expected.lowest]
    assert len(found) == pytest.approx(2 * len(codes) * rate, rel=0.15)
    assert found["p_value"].max() <= 1e-3


def test_unknown_letters_never_match():
    scanner = Scanner("x", np.ones((2, 4), dtype=np.int32), np.array([1.0]), 2, 2)
    assert scan_strand(encode_text("ACNGTRA", DNA), scanner, "+")[0].tolist() == [0, 3]
    assert scan_strand(encode_text("A", DNA), scanner, "-")[0].tolist() == []


@pytest.mark.parametrize("length", [7, 64, 3000])
def test_stretches_change_nothing(motif, codes, length):
    shorter = motif._replace(alternative="Z", matrix=motif.matrix[2:])
    scanners = [make_scanner(each, AT_RICH, 1e-2) for each in (motif, shorter)]
    whole = hits_of(codes, scanners, "c", 0, len(codes))
    parts = [hits_of(codes[start : end + 6], scanners, "c", start, end) for start, end in stretches(len(codes), length)]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole.reset_index(drop=True))
    assert list(whole.columns) == COLUMNS and set(whole["name"]) == {"NAME", "Z"}
    assert (whole["end"] - whole["start"] == whole["name"].map({"NAME": 7, "Z": 5})).all()
    assert whole["start"].is_monotonic_increasing
    np.testing.assert_allclose(whole["score"], -10 * np.log10(whole["p_value"]), atol=0.51)


def test_letters_are_counted():
    assert count_letters([encode_text("ACCN", DNA), encode_text("G", DNA)]).tolist() == [1, 2, 1, 0]
