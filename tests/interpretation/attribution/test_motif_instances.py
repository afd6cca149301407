import numpy as np

from convoscope.interpretation.attribution.motif_instances import Hit, find_hits
from convoscope.sequence.alphabet import ALPHABETS, encode_many


def matrix(word):
    return np.where(np.array(list("ACGT")) == np.array(list(word))[:, None], 0.97, 0.01)


def test_hits_on_both_strands_and_the_preferred_of_a_family():
    codes = encode_many(["AAAAAGATTACAGTAAAAAAAAAAAA", "TTTTTTTTTTACTGTAATCTTTTTTT", "N" * 26], ALPHABETS["dna"])
    both = {"long": matrix("GATTACAGT"), "short": matrix("ATTACAGT")}
    found = find_hits(codes, both, both=True)
    assert [[hit[:4] for hit in hits] for hits in found] == [[("long", 5, 14, "+")], [("long", 10, 19, "-")], []]
    assert found[0][0].p_value < 1e-5
    turned = dict(reversed(both.items()))
    assert find_hits(codes, turned, both=True)[0][0][:4] == ("short", 6, 14, "+")
    assert find_hits(codes, both, both=False)[1] == []
    assert find_hits(codes, {}, both=True) == [[], [], []]
    assert find_hits(codes[:0], both, both=True) == []


def test_a_hit_is_a_row():
    assert Hit("a", 1, 3, "+", 0.1)._fields == ("name", "start", "end", "strand", "p_value")
