import logging

import pytest

from convoscope.config.sequence import Fit
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.fitting import fit_text, fit_texts, pad_letter
from convoscope.sequence.windows import window_start


@pytest.mark.parametrize(
    ("length", "place", "fitted"),
    [
        (5, "start", "ABCDE"), (5, "center", "ABCDE"), (5, "end", "ABCDE"),
        (2, "start", "AB"), (2, "center", "BC"), (3, "center", "BCD"), (4, "center", "ABCD"), (2, "end", "DE"),
        (8, "start", "ABCDENNN"), (8, "center", "NNABCDEN"), (6, "center", "NABCDE"), (8, "end", "NNNABCDE"),
    ],
)  # fmt: skip
def test_fit_by_hand(length, place, fitted):
    assert fit_text("ABCDE", length, place, "N") == fitted


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("length", range(1, 9))
def test_the_middle_is_that_of_windows_around_sites(size, length):
    text = "abcdefgh"[:size]
    assert fit_text(text, length, "center", "N")[length // 2] == text[size // 2]
    inside = "N" * 9 + text + "N" * 9
    start = window_start(9 + size // 2, length)
    assert fit_text(text, length, "center", "N") == inside[start : start + length]


@pytest.mark.parametrize(("alphabet", "letter"), [("dna", "N"), ("rna", "N"), ("protein", "X")])
def test_pads_stand_for_every_letter(alphabet, letter):
    assert pad_letter(ALPHABETS[alphabet]) == letter


def test_the_longest_is_the_length_when_none_is_given(caplog):
    with caplog.at_level(logging.INFO):
        assert fit_texts(["AC", "ACGT"], Fit(place="start"), ALPHABETS["dna"]) == ["ACNN", "ACGT"]
        assert fit_texts(["AC", "A", "ACGT"], Fit(length=2, place="end"), ALPHABETS["dna"]) == ["AC", "NA", "GT"]
    assert [line.partition(": ")[2] for line in caplog.messages] == [
        "4 letters, start in place: 1 padded with N, 0 cropped",
        "2 letters, end in place: 1 padded with N, 1 cropped",
    ]
