import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.prediction import ensemble, tracks
from convoscope.sequence.alphabet import ALPHABETS, encode, encode_many

DNA = ALPHABETS["dna"]


def text(length, seed=1):
    return "".join(np.random.default_rng(seed).choice(list("ACGTacgt"), length))


@pytest.mark.parametrize("window", [1, 5, 20, 21])
@pytest.mark.parametrize("step", [1, 4, 7, 30])
def test_spans_are_those_whose_window_fits(window, step):
    for size in range(1, 90):
        middles = range(step // 2, size, step)
        fits = [k for k, middle in enumerate(middles) if middle - window // 2 >= 0]
        fits = [k for k in fits if k * step + step // 2 - window // 2 + window <= size]
        assert tracks.spans_of(size, window, step) == (
            fits[0] if fits else tracks.spans_of(size, window, step).first,
            len(fits),
        )
        for k in fits:
            assert tracks.first_base(k, window, step) == k * step + step // 2 - window // 2


def test_unknown_shares_against_a_count():
    codes = encode("ACNNNGTRYACGNACG", DNA)
    expected = [np.mean(codes[start : start + 4] >= 4) for start in range(0, 13, 3)]
    assert tracks.unknown_shares(codes, DNA, 4, 3).tolist() == expected


@pytest.mark.parametrize("stretch", [50, 1 << 20])
@pytest.mark.parametrize("step", [1, 7])
def test_a_contig_is_its_windows_one_by_one(network, monkeypatch, stretch, step):
    monkeypatch.setattr(tracks, "STRETCH", stretch)
    networks = ensemble.load([network(1), network(2)])
    letters = text(150)
    letters = letters[:70] + "NN" + letters[72:80] + "N" + letters[81:]
    contig = tracks.Contig("g.fa: c", len(letters), lambda start, end: letters[start:end])
    parts = list(tracks.predict_contig(networks, contig, tracks.Settings(step)))
    assert (len(parts) > 1) == (stretch == 50)
    found = np.concatenate([values for values, _ in parts])
    middles = [m for m in range(step // 2, 150, step) if m - 10 >= 0 and m + 10 <= 150]
    windows = [letters[m - 10 : m + 10] for m in middles]
    mean = ensemble.predictions(networks, ensemble.scores(networks, encode_many(windows, DNA))).mean(0)
    unknown = np.array([window.count("N") > 2 for window in windows])
    assert unknown.any()
    np.testing.assert_allclose(found[~unknown], mean[~unknown], atol=1e-5)
    assert np.isnan(found[unknown]).all()
    assert sum(length for _, length in parts) == len(middles) * step


def test_letters_of_another_alphabet_are_refused_with_their_place(network):
    contig = tracks.Contig("g.fa: c", 30, lambda start, end: ("A" * 25 + "E" * 5)[start:end])
    with pytest.raises(InputError, match=r"g\.fa: c from base 1 on: letter 'E' at position 26"):
        list(tracks.predict_contig(ensemble.load([network()]), contig, tracks.Settings(1)))
