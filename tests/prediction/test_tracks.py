import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.prediction import ensemble, tracks
from convoscope.sequence.alphabet import ALPHABETS, encode_many, encode_text, read_strand

DNA = ALPHABETS["dna"]


def contig_of(letters):
    """Return a contig that refuses to be read beyond its ends."""

    def fetch(start, end):
        assert 0 <= start < end <= len(letters)
        return letters[start:end]

    return tracks.Contig("g.fa: c", len(letters), fetch)


def text(length, seed=1):
    return "".join(np.random.default_rng(seed).choice(list("ACGTacgt"), length))


@pytest.mark.parametrize("window", [1, 5, 20, 21])
@pytest.mark.parametrize("step", [1, 4, 7, 30])
def test_spans_are_those_whose_window_fits(window, step):
    before = {"+": window // 2, "-": (window - 1) // 2}  # letters of the contig before the centre
    for size in range(1, 90):
        middles = list(enumerate(range(step // 2, size, step)))
        fits = {
            strand: [k for k, middle in middles if middle >= left and middle - left + window <= size]
            for strand, left in before.items()
        }
        for strands in ("+", "-", "+-"):
            expected = sorted(set().union(*(fits[strand] for strand in strands)))
            found = tracks.spans_of(size, window, step, strands)
            assert found.several == len(expected)
            assert not expected or found.first == expected[0]
        for strand, left in before.items():
            for k in fits[strand]:
                assert tracks.first_base(k, window, step, strand) == k * step + step // 2 - left


def test_unknown_shares_against_a_count():
    codes = encode_text("ACNNNGTRYACGNACG", DNA)
    expected = [np.mean(codes[start : start + 4] >= 4) for start in range(0, 13, 3)]
    assert tracks.unknown_shares(codes, DNA, 4, 3).tolist() == expected


@pytest.mark.parametrize("stretch", [3, 50, 1 << 20])
@pytest.mark.parametrize("step", [1, 7])
def test_a_contig_is_its_windows_one_by_one(network, monkeypatch, stretch, step):
    monkeypatch.setattr(tracks, "STRETCH", stretch)
    networks = ensemble.load([network(1), network(2)])
    letters = text(150)
    letters = letters[:70] + "NN" + letters[72:80] + "N" + letters[81:]
    parts = list(tracks.predict_contig(networks, contig_of(letters), tracks.ScanSettings(step)))
    found = np.concatenate([values for values, _ in parts])
    middles = [m for m in range(step // 2, 150, step) if m - 10 >= 0 and m + 10 <= 150]
    windows = [letters[m - 10 : m + 10] for m in middles]
    mean = ensemble.predictions(networks, ensemble.scores(networks, encode_many(windows, DNA))).mean(0)
    unknown = np.array([window.count("N") > 2 for window in windows])
    assert unknown.any()
    several = [max(stretch // step, 1)] * (len(middles) // max(stretch // step, 1)) or [len(middles)]
    assert [len(values) for values, _ in parts][: len(several)] == several
    np.testing.assert_allclose(found[~unknown], mean[~unknown], atol=1e-5)
    assert np.isnan(found[unknown]).all()
    assert sum(length for _, length in parts) == len(middles) * step


@pytest.mark.parametrize("stretch", [50, 1 << 20])
@pytest.mark.parametrize("length", [20, 21])
def test_both_strands_of_a_contig_are_their_windows_one_by_one(network, monkeypatch, stretch, length):
    monkeypatch.setattr(tracks, "STRETCH", stretch)
    networks = ensemble.load([network(1, space=[length], strands="single", direction="site")])
    letters = text(100)
    contig = contig_of(letters)
    settings = tracks.ScanSettings(1, strands=tracks.strands_of(networks.facts))
    found = np.concatenate([values for values, _ in tracks.predict_contig(networks, contig, settings)])
    spans = tracks.spans_of(100, length, 1, "+-")
    assert found.shape == (spans.several, 4)
    for number, (plus, minus) in enumerate(zip(found[:, :2], found[:, 2:], strict=True), start=spans.first):
        for strand, values in (("+", plus), ("-", minus)):
            start = number - (length // 2 if strand == "+" else (length - 1) // 2)
            if start < 0 or start + length > 100:
                assert np.isnan(values).all()
                continue
            codes = encode_many([read_strand(letters[start : start + length], strand, DNA)], DNA)
            mean = ensemble.predictions(networks, ensemble.scores(networks, codes)).mean(0)[0]
            np.testing.assert_allclose(values, mean, atol=1e-5)
    assert np.isnan(found).any() == (length == 20)


def test_only_networks_that_know_the_strand_read_both(network):
    for facts, strands in (
        ({"strands": "single"}, ("+", "-")),
        ({"strands": "both"}, ("+",)),
        ({"options": {"length": 6}, "strands": "single"}, ("+",)),
        ({"alphabet": "rna"}, ("+", "-")),
    ):
        assert tracks.strands_of(ensemble.load([network(1, **facts)]).facts) == strands
    protein = {"alphabet": "protein", "architecture": "cnnprom", "options": {}}
    assert tracks.strands_of(protein) == ("+",)


def test_letters_of_another_alphabet_are_refused_with_their_place(network):
    networks, contig = ensemble.load([network()]), contig_of("A" * 25 + "E" * 5)
    with pytest.raises(InputError, match=r"g\.fa: c from base 1 on: letter 'E' at position 26"):
        list(tracks.predict_contig(networks, contig, tracks.ScanSettings(1)))
    # The middle of the first span is base 17, the eleventh of its window.
    with pytest.raises(InputError, match=r"g\.fa: c from base 7 on: letter 'E' at position 20"):
        list(tracks.predict_contig(networks, contig, tracks.ScanSettings(32)))


@pytest.mark.parametrize(("size", "values"), [(0, 0), (19, 0), (20, 1), (21, 2)])
def test_a_contig_needs_the_length_of_a_window(network, size, values):
    parts = list(tracks.predict_contig(ensemble.load([network()]), contig_of(text(size)), tracks.ScanSettings(1)))
    assert [(len(found), length) for found, length in parts] == [(values, values)] * (values > 0)


def test_tracks_of_several_strands_have_its_name():
    assert tracks.names_of_tracks(["a", "b"], ["+"]) == ["a", "b"]
    assert tracks.names_of_tracks(["a", "b"], ["+", "-"]) == ["a.plus", "b.plus", "a.minus", "b.minus"]
