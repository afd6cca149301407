"""Which filters stand for a known motif, under which name and on which strand."""

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.interpretation.motifs.known import known_motifs
from convoscope.interpretation.motifs.meme import Motif, format_meme


def matrix(word):
    return np.where(np.array(list("ACGT")) == np.array(list(word))[:, None], 0.97, 0.01)


WORDS = {"f1": "ACC", "f2": "CAA", "f3": "GGT"}
TEXT = format_meme([Motif(name, "", matrix(word), 9) for name, word in WORDS.items()], "ACGT")
MATCHES = pd.DataFrame(
    {
        "filter": ["f2", "f1", "f3"],
        "motif_name": ["X", "X", "Y"],
        "q_value": [0.01, 0.001, 0.2],
        "influence": [3.0, 2.0, 1.0],
        "strand": ["+", "+", "-"],
        "reproducible": "yes",
    }
)


def test_the_most_influential_filter_has_the_name():
    [found] = known_motifs(TEXT, MATCHES, 0.05, "matches")
    assert (found.name, found.alternative) == ("f2", "X")
    np.testing.assert_allclose(found.matrix, matrix("CAA"))
    assert known_motifs(TEXT, MATCHES.assign(reproducible="no"), 0.05, "matches") == []
    [single] = known_motifs(TEXT, MATCHES.assign(reproducible=np.nan), 0.05, "matches")  # of a single network
    assert single.name == "f2"


def test_motifs_are_on_the_strand_of_the_known_one():
    both = known_motifs(TEXT, MATCHES, 0.5, "matches")
    assert [motif.alternative for motif in both] == ["X", "Y"]
    np.testing.assert_allclose(both[1].matrix, matrix("ACC"))  # GGT on the other strand


def test_motifs_of_one_strand_stay_as_they_were_learned():
    single = TEXT.replace("strands: + -", "strands: +")
    assert single != TEXT
    np.testing.assert_allclose(known_motifs(single, MATCHES, 0.5, "matches")[1].matrix, matrix("GGT"))


def test_other_filters_are_refused_and_no_motif_is_none():
    with pytest.raises(InputError, match=r"matches: filter 'gone' is not in the file of motifs; motifs.tsv"):
        known_motifs(TEXT, MATCHES.assign(filter="gone"), 0.05, "matches")
    with pytest.raises(InputError, match=r"motif 'M1' is not in the file of motifs"):
        known_motifs(TEXT, MATCHES.assign(motif="M1"), 0.05, "matches")
    assert known_motifs(format_meme([], "ACGT"), MATCHES[:0], 0.05, "matches") == []


def test_rows_of_motifs_go_by_the_names_of_motifs():
    table = MATCHES.assign(motif=MATCHES["filter"], filter="leader")
    assert [motif.name for motif in known_motifs(TEXT, table, 0.5, "motifs")] == ["f2", "f3"]
