"""Shuffles and codes of sequences."""

from pathlib import Path

import numpy as np

from convoscope.sequence.alphabet import ALPHABETS, decode_many, encode_many
from convoscope.sequence.shuffle import shuffle_codes
from rows.base import Peer, Row, timed
from rows.interpretation import draw_codes

COUNT, TEXTS, LENGTH = 10_000, 100_000, 200
DNA = ALPHABETS["dna"]


def pairs(codes: np.ndarray) -> np.ndarray:
    """Count the dinucleotides of every sequence, ``(N, 16)``."""
    numbers = codes[:, :-1].astype(np.int64) * 4 + codes[:, 1:]
    return np.stack([(numbers == number).sum(axis=1) for number in range(16)], axis=1)


def shuffles(folder: Path) -> Row:
    """Return the row of one dinucleotide shuffle of every sequence."""
    path = draw_codes(folder, COUNT, LENGTH)
    codes, peer = np.load(path), Peer(folder, "tangermeme_shuffles", path)

    def mine() -> np.ndarray:
        return shuffle_codes(codes, seed=1)

    def check() -> None:
        for found in (mine(), peer.answer()["one_hot"].argmax(1)):
            np.testing.assert_array_equal(pairs(found), pairs(codes))
            assert (found != codes).any(axis=1).all()

    title = f"a dinucleotide shuffle of each of {COUNT:,} sequences of {LENGTH} bp"
    against = "tangermeme dinucleotide_shuffle"
    return Row(title, against, 5.0, check, timed(mine), peer, "dinucleotide counts kept by both")


def text_codes(folder: Path) -> Row:
    """Return the row of codes of sequences that are given as texts."""
    codes = np.load(draw_codes(folder, TEXTS, LENGTH))
    path, texts = folder / "texts.txt", decode_many(codes, DNA)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    peer = Peer(folder, "tangermeme_codes", path)

    def mine() -> np.ndarray:
        return encode_many(texts, DNA)

    def check() -> None:
        np.testing.assert_array_equal(mine(), codes)
        np.testing.assert_array_equal(peer.answer()["one_hot"].argmax(1), codes)

    title = f"{TEXTS:,} texts of {LENGTH} letters to codes"
    return Row(title, "tangermeme one_hot_encode", 8.0, check, timed(mine), peer, "equal")
