"""Places in a simulated genome keep their distances, cluster, and refuse what does not fit."""

import numpy as np
import pytest

from convoscope.config import Simulation
from convoscope.errors import InputError
from convoscope.sequence.simulation.layout import (
    GenomeLayout,
    arrange_genome,
    covered,
    decoy_starts,
    lay_out,
    share_peaks,
    soft_masked,
)

FACTORS = {"a": "MA0139.2", "b": "MA0062.4"}
SPEC = Simulation(chromosomes=3, length=150_000, factors=FACTORS, sites=150)


def distances(layout, spec):
    return np.concatenate([np.diff(layout.summit[layout.chrom == number]) for number in range(spec.chromosomes)])


@pytest.mark.parametrize("jitter", [15, 250])
def test_peaks_keep_their_distances(jitter):
    spec = SPEC.model_copy(update={"jitter": jitter})
    layout = lay_out(spec, 20, np.random.default_rng(1))
    reach = jitter + 20
    assert len(layout.summit) == 300
    assert np.bincount(layout.chrom).tolist() == [100, 100, 100]
    assert distances(layout, spec).min() >= max(400, 2 * reach)
    assert layout.summit.min() >= 300 and layout.summit.max() <= spec.length - 300
    sites = covered((3, spec.length), layout.chrom, layout.summit - reach, layout.summit + reach)
    gaps = covered((3, spec.length), layout.gap_chrom, layout.gap_start, layout.gap_end)
    assert not (sites & gaps).any()
    assert set(layout.gap_chrom) == {0, 1, 2}
    assert ((layout.gap_end - layout.gap_start) >= 500).all()


def test_peaks_cluster():
    # Uniform distances beyond the least one would be exponential: half of them below 0.69 of their mean.
    beyond = distances(lay_out(SPEC, 20, np.random.default_rng(1)), SPEC) - 400
    assert np.median(beyond) < 0.4 * beyond.mean()


def test_the_last_peaks_move_into_the_first_of_the_others_in_turn():
    peaks = np.arange(36).reshape(3, 6, 2)
    moved, sides = share_peaks(peaks, 0.33, np.random.default_rng(1))
    assert moved[:, :4].tolist() == peaks[:, :4].tolist()
    assert moved[:, 4].tolist() == peaks[[1, 2, 0], 0].tolist()
    assert moved[:, 5].tolist() == peaks[[2, 0, 1], 1].tolist()
    assert not sides[:, 2:4].any() and (np.abs(sides[:, :2]) == 1).all()
    assert (sides[:, 4] == -sides[[1, 2, 0], 0]).all() and (sides[:, 5] == -sides[[2, 0, 1], 1]).all()


@pytest.mark.parametrize(("factors", "share"), [(1, 0.5), (3, 0.0)])
def test_nothing_moves_where_nothing_is_shared(factors, share):
    peaks = np.arange(factors * 8).reshape(factors, 4, 2)
    moved, sides = share_peaks(peaks, share, np.random.default_rng(1))
    assert np.array_equal(moved, peaks) and not sides.any()


def test_too_many_peaks_are_refused_with_numbers():
    spec = SPEC.model_copy(update={"sites": 1000})
    with pytest.raises(
        InputError, match=r"simulate.sites: 2 factors with 1000 peaks .* 667 peaks .* need 266800 bp; 150000"
    ):
        lay_out(spec, 20, np.random.default_rng(1))


def test_arrange_fills_a_line_without_overlap():
    starts, kinds = arrange_genome(5, 10, np.array([30, 7]), 90, np.random.default_rng(1))
    widths = np.where(kinds < 0, 10, np.array([30, 7])[kinds])
    assert sorted(kinds) == [-1] * 5 + [0, 1]
    assert starts[0] >= 0 and (starts + widths)[-1] <= 90
    assert (starts[1:] >= (starts + widths)[:-1]).all()
    exact, _ = arrange_genome(3, 10, np.array([], dtype=int), 30, np.random.default_rng(1))
    assert exact.tolist() == [0, 10, 20]


def test_covered_by_hand():
    result = covered((2, 6), np.array([0, 0, 1]), np.array([1, 2, 4]), np.array([3, 4, 99]))
    assert result.astype(int).tolist() == [[0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]]


def test_decoys_are_away_from_peaks_and_gaps():
    layout = lay_out(SPEC, 20, np.random.default_rng(1))
    chrom, start = decoy_starts(SPEC, layout, 12, np.random.default_rng(2))
    assert len(start) == SPEC.sites
    for number in range(SPEC.chromosomes):
        mine, summits = start[chrom == number], layout.summit[layout.chrom == number]
        assert np.abs(mine[:, None] + 6 - summits).min() > 300
        assert np.diff(np.sort(mine)).min() >= 24
        gaps = layout.gap_chrom == number
        assert ((mine[:, None] + 12 <= layout.gap_start[gaps]) | (mine[:, None] >= layout.gap_end[gaps])).all()
    assert start.min() >= 300 and start.max() <= SPEC.length - 300


def test_decoys_take_all_room_and_no_more():
    layout = GenomeLayout(*(np.array([value]) for value in (0, 5000, 0, 9990, 10_600)))
    grid = np.arange(0, 20_000, 24)
    free = (grid >= 300) & (grid < 19_700) & ((grid + 12 <= 9990) | (grid >= 10_600))
    free &= (grid + 12 < 4700) | (grid > 5300)
    spec = Simulation(chromosomes=1, length=20_000, factors={"a": "MA0139.2"}, sites=int(free.sum()))
    assert decoy_starts(spec, layout, 12, np.random.default_rng(1))[1].tolist() == grid[free].tolist()
    with pytest.raises(InputError, match=f"simulate.decoy: {spec.sites + 1} decoys; {spec.sites} fit 300 bp away"):
        decoy_starts(spec.model_copy(update={"sites": spec.sites + 1}), layout, 12, np.random.default_rng(1))


def test_decoys_that_do_not_fit_are_refused():
    spec = Simulation(chromosomes=1, length=10_000, factors={"a": "MA0139.2"}, sites=22)
    layout = lay_out(spec, 10, np.random.default_rng(1))
    with pytest.raises(InputError, match=r"simulate.decoy: 22 decoys; \d+ fit 300 bp away"):
        decoy_starts(spec, layout, 100, np.random.default_rng(1))


def test_about_a_tenth_is_soft_masked():
    masked = soft_masked(SPEC, np.random.default_rng(1))
    assert masked.shape == (3, 150_000)
    assert 0.05 < masked.mean() < 0.12
