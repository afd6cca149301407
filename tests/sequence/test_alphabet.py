"""Alphabets against Biopython, exact inverses, refusals."""

import numpy as np
import pytest
import torch
from Bio.Data import IUPACData
from Bio.Seq import reverse_complement as reference_dna
from Bio.Seq import reverse_complement_rna as reference_rna

from convoscope.errors import InputError
from convoscope.sequence.alphabet import (
    ALPHABETS,
    complement_table,
    decode_codes,
    decode_many,
    encode_many,
    encode_text,
    one_hot,
    one_hot_table,
    one_hot_tensor,
    read_strand,
    reverse_complement_codes,
)

DNA, RNA, PROTEIN = ALPHABETS["dna"], ALPHABETS["rna"], ALPHABETS["protein"]
EVERY = pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=list(ALPHABETS))


def random_codes(alphabet, shape, seed=1):
    return np.random.default_rng(seed).integers(len(alphabet.symbols), size=shape, dtype=np.uint8)


def test_codes_are_positions_in_the_one_hot():
    assert encode_text("ACGTacgtNRYn", DNA).tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 14, 4, 5, 14]
    assert encode_text("ACGU", RNA).tolist() == [0, 1, 2, 3]
    assert encode_text("AYX", PROTEIN).tolist() == [0, 19, 23]


@EVERY
def test_decode_inverts_encode(alphabet):
    codes = random_codes(alphabet, 500)
    text = decode_codes(codes, alphabet)
    assert np.array_equal(encode_text(text, alphabet), codes)
    assert decode_codes(encode_text(text.lower(), alphabet), alphabet) == text
    assert encode_text("", alphabet).shape == (0,)


@EVERY
def test_decode_many_inverts_encode_many(alphabet):
    codes = random_codes(alphabet, (7, 20))
    texts = decode_many(codes, alphabet)
    assert np.array_equal(encode_many(texts, alphabet), codes)
    assert np.array_equal(encode_many(texts, alphabet)[3], encode_text(texts[3], alphabet))


@pytest.mark.parametrize(
    ("text", "alphabet", "message"),
    [
        ("ACGU", DNA, r"sequence: letter 'U' at position 4; dna letters are ACGTRY.*set alphabet: rna"),
        ("acgt", RNA, r"letter 't' at position 4.*set alphabet: dna"),
        ("AC-T", DNA, r"letter '-' at position 3"),
        ("AC.T", DNA, r"letter '\.' at position 3"),
        ("AC T", DNA, r"letter ' ' at position 3"),
        ("ACé", DNA, r"letter 'é' at position 3"),
        ("MK*", PROTEIN, r"letter '\*' at position 3.*stop codons"),
    ],
)
def test_encode_names_the_letter_and_its_position(text, alphabet, message):
    with pytest.raises(InputError, match=message):
        encode_text(text, alphabet)


def test_encode_names_where():
    with pytest.raises(InputError, match=r"^x\.fa record 2: letter"):
        encode_text("A?", DNA, "x.fa record 2")


def test_encode_many_names_the_sequence():
    with pytest.raises(InputError, match=r"sequence 2: letter '!' at position 1"):
        encode_many(["AC", "!C"], DNA)
    with pytest.raises(InputError, match=r"sequence 3: 1 letters; all must have the first one's 2"):
        encode_many(["AC", "GT", "A"], DNA)
    assert encode_many([], DNA).shape == (0, 0)
    assert encode_many(["AC"], DNA).tolist() == [[0, 1]]


def test_decode_refuses_unknown_codes():
    with pytest.raises(InputError, match="codes: 15; codes of dna are below 15"):
        decode_codes(np.array([15], dtype=np.uint8), DNA)


@pytest.mark.parametrize(("alphabet", "reference"), [(DNA, reference_dna), (RNA, reference_rna)], ids=["dna", "rna"])
def test_reverse_complement_is_biopythons(alphabet, reference):
    codes = random_codes(alphabet, (5, 300))
    assert set(np.unique(codes)) == set(range(15))
    expected = [reference(text) for text in decode_many(codes, alphabet)]
    assert decode_many(reverse_complement_codes(codes, alphabet), alphabet) == expected
    assert np.array_equal(reverse_complement_codes(reverse_complement_codes(codes, alphabet), alphabet), codes)


@pytest.mark.parametrize(
    ("alphabet", "strand", "text"),
    [
        (DNA, "+", "AaCGTtNR-"), (DNA, "-", "-YNaACGtT"), (DNA, ".", "AaCGTtNR-"),
        (RNA, "+", "AaCGUuNR-"), (RNA, "-", "-YNaACGuU"), (PROTEIN, "+", "AaCGTtNR-"), (PROTEIN, ".", "AaCGTtNR-"),
    ],
)  # fmt: skip
def test_letters_as_a_strand_reads_them(alphabet, strand, text):
    assert read_strand("AaCGTtNR-", strand, alphabet) == text


def test_a_protein_has_no_other_strand():
    with pytest.raises(InputError, match="protein has no complement"):
        read_strand("MK", "-", PROTEIN)


def test_reverse_complement_of_tensors_is_that_of_arrays():
    codes = random_codes(DNA, (4, 3, 11))
    result = reverse_complement_codes(torch.from_numpy(codes), DNA)
    assert result.dtype == torch.uint8
    assert np.array_equal(result.numpy(), reverse_complement_codes(codes, DNA))


def test_complement_swaps_the_one_hot_rows():
    table = one_hot_table(DNA, "uniform")
    assert np.array_equal(table[complement_table(DNA)], table[:, ::-1])


def test_protein_has_no_complement():
    with pytest.raises(InputError, match="protein has no complement"):
        reverse_complement_codes(encode_text("MK", PROTEIN), PROTEIN)


@pytest.mark.parametrize(
    ("alphabet", "reference"),
    [
        (DNA, IUPACData.ambiguous_dna_values),
        (RNA, IUPACData.ambiguous_rna_values),
        (PROTEIN, IUPACData.extended_protein_values),
    ],
    ids=list(ALPHABETS),
)
def test_ambiguity_is_biopythons(alphabet, reference):
    # Biopython reads protein U and O as residues of their own and lists them under X; here they are any of the 20.
    for letter in set(alphabet.symbols) - set("UO" if alphabet is PROTEIN else ""):
        expected = set(reference[letter]) & set(alphabet.letters)
        row = one_hot_table(alphabet, "uniform")[alphabet.symbols.index(letter)]
        assert {alphabet.letters[position] for position in np.flatnonzero(row)} == expected


@EVERY
def test_one_hot_columns(alphabet):
    size = len(alphabet.letters)
    uniform, zero = one_hot_table(alphabet, "uniform"), one_hot_table(alphabet, "zero")
    assert np.allclose(uniform.sum(axis=1), 1)
    assert np.array_equal(zero[:size], np.eye(size))
    assert not zero[size:].any()
    codes = random_codes(alphabet, (3, 50))
    encoded = one_hot(codes, zero)
    assert encoded.shape == (3, size, 50) and encoded.dtype == np.float32
    plain = codes < size
    assert np.array_equal(encoded.argmax(axis=1)[plain], codes[plain])
    assert np.array_equal(one_hot_tensor(torch.from_numpy(codes), torch.from_numpy(zero)).numpy(), encoded)


def test_one_hot_by_hand():
    assert one_hot(encode_text("AN", DNA), one_hot_table(DNA, "uniform")).tolist() == [
        [1, 0.25],
        [0, 0.25],
        [0, 0.25],
        [0, 0.25],
    ]


def test_unknown_policy_is_checked():
    with pytest.raises(InputError, match="unknown: 'mean'; zero or uniform"):
        one_hot_table(DNA, "mean")
