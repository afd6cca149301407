"""In-silico mutagenesis against loops that build every mutant by hand."""

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.interpretation.attribution import mutagenesis
from convoscope.nn.detectors import find_detectors
from convoscope.prediction.ensemble import scores
from convoscope.sequence.alphabet import ALPHABETS, encode_text

LENGTH = 30  # of the windows of the fixture
SMALL = {"filters": 5, "length": 7, "hidden": 6}
BASSET = {"filters": [6, 5], "lengths": [5, 3], "pools": [2, 2], "hidden": [8]}
# Every network of detectors that has another way from maps to values, and one network that has no detectors.
NETWORKS = [
    *(
        ("deepbind", "dna", SMALL | {"pool": pool, "knots": knots, "strands": strands})
        for pool in ("max", "max+average")
        for knots in (0, 4)
        for strands in ("single", "max", "mean", "filter")
    ),
    ("deepbind", "protein", SMALL | {"strands": "single", "pool": "max+average"}),
    ("basset", "dna", BASSET | {"strands": "mean"}),
    ("deepbind", "dna", SMALL | {"activation": "exponential", "knots": 4, "pool": "max+average"}),
]


@pytest.mark.parametrize(("name", "alphabet", "options"), NETWORKS)
def test_substitutions_are_those_of_a_loop(name, alphabet, options, make_ensemble, make_windows):
    ensemble, codes = make_ensemble(name, alphabet, options), make_windows(alphabet, 2)
    codes[0, 11] = mutagenesis.unknown_letter(ensemble.alphabet)
    assert all(
        (find_detectors(network) is None) == (name == "basset" or "activation" in options)
        for network in ensemble.members
    )
    found = mutagenesis.substitutions(ensemble, codes)
    assert found.change.shape == (2, len(ensemble.alphabet.letters), LENGTH, 2)
    wild = scores(ensemble, codes)
    np.testing.assert_allclose(found.wild, wild.mean(0), atol=1e-6)
    mutants, places = [], range(0, LENGTH, 1 if alphabet == "dna" else 7)
    for window in range(2):
        for letter in range(len(ensemble.alphabet.letters)):
            for place in places:
                mutant = codes[window].copy()
                mutant[place] = letter
                mutants.append(mutant)
    shape = (len(ensemble.members), 2, len(ensemble.alphabet.letters), len(places), 2)
    changes = scores(ensemble, np.array(mutants)).reshape(shape) - wild[:, :, None, None]
    np.testing.assert_allclose(found.change[:, :, places], changes.mean(0), atol=2e-5)
    np.testing.assert_allclose(found.spread[:, :, places], changes.std(0), atol=2e-5)
    assert np.abs(found.change).max() > 0.01


def test_own_letters_change_nothing_and_networks_are_given_back(make_ensemble, make_windows):
    ensemble, codes = make_ensemble(), make_windows()
    before = scores(ensemble, codes)
    found = mutagenesis.substitutions(ensemble, codes)
    own = np.take_along_axis(found.change, codes[:, None, :, None].astype(int), axis=1)
    assert not own.any()
    np.testing.assert_array_equal(scores(ensemble, codes), before)
    assert all("forward" not in vars(find_detectors(network)) for network in ensemble.members)


def test_windows_do_not_depend_on_each_other(monkeypatch, make_ensemble, make_windows):
    ensemble, codes = make_ensemble(), make_windows(count=7)
    whole = mutagenesis.substitutions(ensemble, codes).change
    monkeypatch.setattr(mutagenesis, "AT_A_TIME", 1)
    np.testing.assert_allclose(mutagenesis.substitutions(ensemble, codes).change, whole, atol=1e-6)


def text_deleted(text, place, unknown):
    kept = text[:place] + text[place + 1 :]
    return unknown + kept if place < len(text) // 2 else kept + unknown


def text_inserted(text, place, letter):
    longer = text[:place] + letter + text[place:]
    if place == 0:
        return text
    return longer[1:] if place <= len(text) // 2 else longer[:-1]


def test_indels_are_those_of_texts(make_ensemble):
    ensemble, alphabet = make_ensemble(), ALPHABETS["dna"]
    text = "ACGTTGCAAGCTTGCATGCAACGTACGATC"
    codes = encode_text(text, alphabet)[None]
    wild = scores(ensemble, codes)[:, 0]
    gone, added = mutagenesis.deletions(ensemble, codes), mutagenesis.insertions(ensemble, codes)
    assert gone.change.shape == (1, LENGTH, 2) and added.change.shape == (1, 4, LENGTH, 2)
    texts = [text_deleted(text, place, "N") for place in range(LENGTH)]
    texts += [text_inserted(text, place, letter) for letter in "ACGT" for place in range(LENGTH)]
    raw = scores(ensemble, np.array([encode_text(each, alphabet) for each in texts])) - wild[:, None]
    one, four = np.split(raw, [LENGTH], axis=1)
    four = four.reshape(-1, 4, LENGTH, 2)
    for what, changes in ((gone, one), (added, four)):
        np.testing.assert_allclose(what.change[0], changes.mean(0), atol=1e-5)
        np.testing.assert_allclose(what.spread[0], changes.std(0), atol=1e-5)


def test_mutation_map_by_hand():
    """Scores 1 and -2: of the second, only what lifts it over the threshold is an effect."""
    wild, change = np.array([[1.0], [-2.0]]), np.array([[[-3.0], [0.5]], [[1.5], [2.5]]])
    assert mutagenesis.mutation_map(wild, change)[..., 0].tolist() == [[-3.0, 0.5], [0.0, 2.5]]
    assert mutagenesis.mutation_map(wild, change, np.array([-1.0]))[..., 0].tolist() == [[-3.0, 0.5], [1.5, 2.5]]
    assert mutagenesis.mutation_map(wild, change, -np.inf).tolist() == change.tolist()
    with pytest.raises(InputError, match=r"mutation map: scores \(2, 1\), changes \(2, 2, 3\)"):
        mutagenesis.mutation_map(wild, np.zeros((2, 2, 3)))


def test_expected_scores_are_log_odds_of_shares():
    labels = np.array([[1, 0, 1], [0, 0, 1], [0, np.nan, 1], [1, 1, 1]], dtype=np.float32)
    found = mutagenesis.expected_scores(labels, "multilabel")
    assert found == pytest.approx([0, np.log(1 / 3 / (2 / 3)), np.inf])
    assert mutagenesis.expected_scores(labels, "regression").tolist() == [-np.inf] * 3


def test_unknown_letters():
    assert mutagenesis.unknown_letter(ALPHABETS["rna"]) == ALPHABETS["rna"].symbols.index("N")
    assert mutagenesis.unknown_letter(ALPHABETS["protein"]) == ALPHABETS["protein"].symbols.index("X")


def test_windows_of_another_length_are_refused(make_ensemble):
    with pytest.raises(InputError, match=r"the networks read \(N, 30\)"):
        mutagenesis.substitutions(make_ensemble(), np.zeros((1, 29), np.uint8))
