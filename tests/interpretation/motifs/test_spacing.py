import numpy as np
import pandas as pd
import pytest
import torch

from convoscope.interpretation.motifs import spacing
from convoscope.interpretation.motifs.known import named_motifs
from convoscope.interpretation.motifs.spacing import (
    COLUMNS,
    Placed,
    PlantedSite,
    arrange_pairs,
    best_site,
    interactions,
    motif_likeness,
    plant_sites,
    resampled_intervals,
)
from convoscope.sequence.alphabet import ALPHABETS, decode_codes, encode_text, reverse_complement_codes

DNA = ALPHABETS["dna"]


def site(name, letters):
    forward = encode_text(letters, DNA)
    return PlantedSite(name, forward, reverse_complement_codes(forward, DNA))


def one_hot(codes):
    return np.eye(4, dtype=np.float32)[codes]


def matrix(letters):
    return one_hot(encode_text(letters, DNA)) * 0.9 + 0.025


@pytest.fixture
def backgrounds():
    return np.random.default_rng(1).integers(0, 4, (12, 40)).astype(np.uint8)


def test_best_site_has_the_likeliest_letters():
    assert decode_codes(best_site(matrix("AACGT")), DNA) == "AACGT"


def test_sites_are_written_where_they_belong():
    sites = [site("a", "AAC"), site("b", "GTTT")]
    planted = plant_sites(np.full((1, 12), 2, np.uint8), sites, [Placed(0, 0, 1), Placed(1, 1, 6)])
    assert decode_codes(planted[0], DNA) == "GAACGGAAACGG"


def test_arrangements_by_hand():
    found = arrange_pairs([3, 2], 10, [-4, -2, 2, 3, 7, 8])
    pairs = [each for each in found if each.second == 1 and each.orientation == 0]
    # Centres lie at start + length // 2: 3 bases at [c - 1, c + 2), 2 bases at [c - 1, c + 1).
    places = {each.distance: tuple(place.start for place in each.places) for each in pairs}
    assert places == {-4: (6, 2), -2: (5, 3), 3: (3, 6), 7: (1, 8), 8: (0, 8)}
    assert {each.distance for each in found if each.second == 0} == {-4, 3}


@pytest.mark.parametrize("window", [21, 40])
def test_no_arrangement_overlaps_or_leaves_the_window(window):
    lengths = [5, 8, 3]
    found = arrange_pairs(lengths, window, range(-window, window + 1))
    assert len(found) > 20
    for each in found:
        (start, end), (left, right) = sorted((p.start, p.start + lengths[p.motif]) for p in each.places)
        assert 0 <= start < end <= left < right <= window
        first, second = (p.start + lengths[p.motif] // 2 for p in each.places)
        assert second - first == each.distance
        assert abs(first + second - 2 * (window // 2)) <= 1


def test_alike_motifs_are_seen_on_both_strands_and_shifted():
    assert motif_likeness(matrix("TGACTCA"), matrix("TGACTCA")) == pytest.approx(1)
    assert motif_likeness(matrix("GGTGACTCC"), matrix("GAGTCACCG")) > 0.85
    assert motif_likeness(matrix("AAACAAC"), matrix("GTTGTTT")) == pytest.approx(1)
    assert motif_likeness(matrix("AAACAAC"), matrix("GTTGTTT"), both=False) < 0.5
    assert motif_likeness(matrix("AAAAAA"), matrix("CGCGCG")) < 0.1
    assert motif_likeness(matrix("CACGTGA"), matrix("ACGTG")) == pytest.approx(
        motif_likeness(matrix("ACGTG"), matrix("CACGTGA"))
    )


def test_network_that_is_linear_in_its_detectors_adds_up(backgrounds):
    torch.manual_seed(1)
    detectors = torch.nn.Conv1d(4, 6, 5)
    head = torch.nn.Linear(6, 2)

    @torch.inference_mode()
    def score(codes):
        maps = detectors(torch.from_numpy(one_hot(codes)).transpose(1, 2)).relu()
        return head(maps.mean(dim=2)).numpy()

    sites = [site("a", "TGACTCA"), site("b", "CACGTG")]
    table = interactions(score, backgrounds, sites, ["x", "y"], range(-16, 17, 2))
    apart = table["distance"].abs() >= 7 + 5  # farther than a filter reaches over both
    assert table.loc[apart, "first_effect"].abs().max() > 1e-3
    np.testing.assert_allclose(table.loc[apart, "interaction"], 0, atol=1e-5)


def test_and_of_two_motifs_at_one_distance_is_found(backgrounds):
    first, second = encode_text("TGACTCA", DNA), encode_text("CACGTG", DNA)

    def score(codes):
        """Return 1 for each motif anywhere, and 5 more where the second begins 10 bases behind the first."""
        here, there = starts(codes, first), starts(codes, second)
        both = (here[:, :20] & there[:, 10:30]).any(axis=1)
        return (here.any(1) * 1.0 + there.any(1) + 5.0 * both)[:, None]

    sites = [site("a", "TGACTCA"), site("b", "CACGTG")]
    table = interactions(score, backgrounds // 2 * 3, sites, ["x"], range(-16, 17))  # A and T alone: no site by chance
    pair = table[table["second"] == "b"]
    peak = pair[pair["interaction"] > 1e-9]
    # The second motif is a palindrome: both orientations. Centres: 10 + 6 // 2 - 7 // 2.
    assert set(peak["distance"]) == {10} and set(peak["orientation"]) == {"same", "opposite"}
    values = peak[["first_effect", "second_effect", "together", "interaction", "low", "high"]]
    np.testing.assert_allclose(values, [[1, 1, 7, 5, 5, 5]] * 2)
    # The control: a second site of the same motif adds nothing where only presence counts.
    same = table[(table["second"] == "a") & (table["orientation"] == "same")]
    assert (same["interaction"] == -1).all()


def test_plantings_are_scored_together_with_the_same_result(monkeypatch, backgrounds):
    sites, tables, sizes = [site("a", "TGACTCA"), site("b", "CACGTG")], [], []

    def score(codes):
        sizes.append(len(codes))
        return (codes * np.arange(codes.shape[1])).sum(axis=1, keepdims=True) % 1009

    for together in (1, 3 * len(backgrounds), 10**6):
        monkeypatch.setattr(spacing, "AT_A_TIME", together)
        tables.append(interactions(score, backgrounds, sites, ["x"], range(-16, 17)))
    assert tables[0].equals(tables[1]) and tables[0].equals(tables[2])
    assert sizes[-1] == sum(sizes) // 3 and {len(backgrounds), 3 * len(backgrounds)} < {*sizes}


def starts(codes, motif):
    """Return where a motif begins, (n, 40) boolean."""
    found = np.zeros((len(codes), 40), dtype=bool)
    for place in range(40 - len(motif) + 1):
        found[:, place] = (codes[:, place : place + len(motif)] == motif).all(axis=1)
    return found


def test_interval_holds_the_mean_and_is_a_point_without_spread():
    values = np.random.default_rng(1).normal(3, 1, (200, 2, 1))
    low, high = resampled_intervals(values, 1)
    assert low.shape == (2, 1)
    assert ((low < values.mean(0)) & (values.mean(0) < high)).all()
    np.testing.assert_allclose(high - low, 2 * 1.96 / np.sqrt(200), rtol=0.2)
    assert [array.tolist() for array in resampled_intervals(np.full((5, 1), 2.0), 1)] == [[2], [2]]


def test_nothing_to_plant(backgrounds):
    def score(codes):
        return np.zeros((len(codes), 1))

    assert list(interactions(score, backgrounds, [], ["x"], [5]).columns) == COLUMNS
    assert interactions(score, backgrounds, [site("a", "A" * 30)], ["x"], [5]).empty


def test_one_reproducible_filter_stands_for_a_name():
    table = pd.DataFrame(
        [("f1", "A", 1e-3, 9, "no"), ("f2", "A", 1e-3, 5, "yes"), ("f3", "A", 1e-3, 6, "yes"),
         ("f4", "B", 0.2, 8, "yes"), ("f5", "C", 1e-9, 7, "yes")],
        columns=["filter", "motif_name", "q_value", "influence", "reproducible"],
    )  # fmt: skip
    assert named_motifs(table, 0.05)["filter"].tolist() == ["f5", "f3"]
    assert named_motifs(table.assign(reproducible=np.nan), 0.05)["filter"].tolist() == ["f1", "f5"]
