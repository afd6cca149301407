"""Words and composition, against counting by hand and Biopython."""

from collections import Counter

import numpy as np
import pytest
from Bio.Seq import reverse_complement
from Bio.SeqUtils import gc_fraction

from convoscope.evaluation import sequence_features
from convoscope.evaluation.sequence_features import (
    fitting_length,
    letter_shares,
    merge_strands,
    other_strand,
    word_counts,
    word_features,
    words,
)
from convoscope.sequence.alphabet import ALPHABETS, decode_many, encode_many

DNA = ALPHABETS["dna"]
COMPLEMENT = np.array([3, 2, 1, 0])


def random_codes(seed: int, rows: int = 30, length: int = 40) -> np.ndarray:
    codes = np.random.default_rng(seed).integers(4, size=(rows, length)).astype(np.uint8)
    codes[0, 5], codes[1, -1] = 14, 4  # N, and R, the first ambiguous letter
    return codes


def name(number: int, length: int) -> str:
    return "".join("ACGT"[number // 4**place % 4] for place in reversed(range(length)))


def test_word_numbers() -> None:
    assert words(encode_many(["ACGTN"], DNA), 3, 4).tolist() == [[0 * 16 + 1 * 4 + 2, 1 * 16 + 2 * 4 + 3, -1]]


@pytest.mark.parametrize("chunk", [100, 4_000_000])
def test_counts_are_a_counter(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence_features, "CHUNK", chunk)
    codes = random_codes(1)
    counts = word_counts(codes, 3, 4).toarray()
    for row, text in zip(counts, decode_many(codes, DNA), strict=True):
        found = Counter(text[start : start + 3] for start in range(38))
        assert {name(word, 3): row[word] for word in np.flatnonzero(row)} == {
            word: times for word, times in found.items() if set(word) <= set("ACGT")
        }


def test_other_strand_is_biopython() -> None:
    assert [name(word, 4) for word in other_strand(4, COMPLEMENT)] == [
        reverse_complement(name(word, 4)) for word in range(256)
    ]


def test_merged_counts_are_of_both_strands() -> None:
    codes = random_codes(2)
    counts = word_counts(codes, 4, 4)
    merged = merge_strands(counts, 4, COMPLEMENT)
    assert merged.shape == (30, (256 + 16) // 2)  # 16 words of length 4 are their own reverse complement
    assert merged.sum() == counts.sum()
    turned = merge_strands(word_counts(3 - codes[2:, ::-1], 4, 4), 4, COMPLEMENT)
    assert (turned.toarray() == merged.toarray()[2:]).all()


def test_no_sequences() -> None:
    assert word_counts(np.zeros((0, 9), np.uint8), 2, 4).shape == (0, 16)


@pytest.mark.parametrize(
    ("alphabet", "strands", "widths"),
    [
        ("dna", "both", [2080, 4096]),
        ("dna", "single", [4096]),
        ("rna", "single", [4096]),
        ("rna", "both", [2080, 4096]),
        ("protein", "single", [8000]),
    ],
)
def test_only_words_of_two_strands_are_merged(alphabet: str, strands: str, widths: list[int]) -> None:
    tables = word_features(np.zeros((2, 9), np.uint8), 6, ALPHABETS[alphabet], strands)
    assert [table.shape[1] for table in tables] == widths
    word = 9 - fitting_length(6, len(ALPHABETS[alphabet].letters)) + 1
    assert tables[0].toarray()[0, 0] == pytest.approx(np.log(1 + word))


def test_words_longer_than_the_sequence_are_cut() -> None:
    assert word_features(np.zeros((1, 3), np.uint8), 6, DNA, "both")[1].shape == (1, 64)


def test_composition_is_biopython() -> None:
    codes = random_codes(3)
    codes[codes > 3] = 14
    gc = np.array([gc_fraction(text, "remove") for text in decode_many(codes, DNA)])
    assert letter_shares(codes, DNA) == pytest.approx(np.stack([10 * gc - 5, (10 * gc - 5) ** 2], axis=1))


def test_composition_of_proteins() -> None:
    protein = ALPHABETS["protein"]
    found = letter_shares(encode_many(["AACX"], protein), protein)
    assert found.shape == (1, 20)
    assert found[0, :3] == pytest.approx([20 / 3, 10 / 3, 0])


def test_composition_of_one_known_letter() -> None:
    assert letter_shares(encode_many(["NC", "AN"], DNA), DNA).tolist() == [[5, 25], [-5, 25]]


@pytest.mark.parametrize(("letters", "longest"), [(4, 8), (20, 3), (2, 16)])
def test_words_are_as_long_as_their_number_allows(letters: int, longest: int) -> None:
    assert [fitting_length(length, letters) for length in (longest - 1, longest, longest + 1)] == [
        longest - 1, longest, longest
    ]  # fmt: skip


def test_composition_of_nothing_known() -> None:
    assert np.isfinite(letter_shares(np.full((1, 5), 14), DNA)).all()
