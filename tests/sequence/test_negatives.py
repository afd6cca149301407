import numpy as np
import pandas as pd
import pytest

from convoscope.config import Negatives
from convoscope.errors import InputError
from convoscope.sequence.background import TALLY, WINDOW, Background
from convoscope.sequence.gc_matching import BINS, choose_candidates, draw, gc_bins, requested
from convoscope.sequence.intervals import Intervals, genome_intervals, touches
from convoscope.sequence.negatives import NEGATIVES, sample_negatives, shuffled_rows
from convoscope.sequence.splits import fold_of_windows
from convoscope.sequence.usable_regions import composition, line_ends, survey
from convoscope.sequence.windows import merge_windows

PATHS = {"file": "negatives.bed"}


def options(strategy, **others):
    return Negatives(strategy=strategy, path=PATHS.get(strategy), **others)


@pytest.fixture
def regions(landscape):
    folds = ["train", "test", "validation", "train"]
    return pd.DataFrame({"chrom": list(landscape.sizes), "start": 0, "end": landscape.sizes.values(), "fold": folds})


@pytest.fixture
def ground(landscape, regions, site_table):
    """Return positives, and a background with sites of which some are no positives."""
    generator = np.random.default_rng(5)
    places = [(chrom, int(place)) for chrom in ("one", "two", "three") for place in generator.integers(60, 9_000, 25)]
    sites = site_table(*[("ab"[number % 2], *place, 1) for number, place in enumerate(places)])
    fine = survey(merge_windows(sites, landscape), landscape)[0] == ""
    positives = merge_windows(sites, landscape)[fine].reset_index(drop=True)
    positives["id"] = positives["chrom"] + ":" + positives["start"].astype(str)
    positives["fold"] = fold_of_windows(positives, regions, landscape.sizes)
    given = site_table(("", "one", 20_500, 1), ("", "one", 20_500, 1), ("", "gone", 5, 1), ("", "one", 3, 1))
    return positives, Background(landscape, regions, sites[["label", "chrom", "start", "end", "strand"]], given)


@pytest.mark.parametrize("strategy", NEGATIVES)
class TestEveryStrategy:
    def test_columns_and_determinism(self, ground, strategy):
        one, two = (NEGATIVES[strategy](*ground, options(strategy, distance=50)) for _ in range(2))
        assert list(one.rows.columns) == WINDOW
        assert list(one.tally.columns) == TALLY
        assert one.rows.equals(two.rows)
        assert one.tally["obtained"].sum() == len(one.rows)

    def test_rows_can_be_used_and_stay_in_their_fold(self, ground, strategy):
        positives, background = ground
        rows = NEGATIVES[strategy](*ground, options(strategy, distance=50)).rows
        assert (survey(rows, background.landscape)[0] == "").all()
        assert (rows["end"] - rows["start"] == 100).all()
        assert (fold_of_windows(rows, background.regions, background.landscape.sizes) == rows["fold"]).all()
        assert set(rows["parent"]) <= {"", *positives["id"]}


@pytest.mark.parametrize("strategy", ["gc_matched", "flanks", "file"])
def test_no_site_and_no_repeat_in_genomic_negatives(ground, strategy):
    _, background = ground
    rows = NEGATIVES[strategy](*ground, options(strategy, distance=50)).rows
    sizes = background.landscape.sizes
    assert len(rows)
    assert not rows.duplicated(["chrom", "start"]).any()
    assert not touches(*line_ends(rows, sizes), genome_intervals(background.sites, sizes)).any()


class TestGcMatched:
    def test_matches_gc_fold_by_fold(self, ground):
        positives, background = ground
        drawn = NEGATIVES["gc_matched"](*ground, options("gc_matched", distance=10, ratio=1.0))
        for fold, rows in drawn.rows.groupby("fold"):
            same = positives[positives["fold"] == fold]
            gc = [np.sort(composition(background.landscape.fasta, part)[0]) for part in (same, rows)]
            assert len(gc[0]) == len(gc[1])
            assert np.abs(gc[0] - gc[1]).max() < 3 / BINS

    def test_keeps_its_distance(self, ground):
        _, background = ground
        rows = NEGATIVES["gc_matched"](*ground, options("gc_matched", distance=300)).rows
        sizes = background.landscape.sizes
        assert not touches(*line_ends(rows, sizes), genome_intervals(background.sites, sizes, margin=300)).any()

    def test_ends_and_says_so_where_the_genome_is_too_small(self, ground):
        drawn = NEGATIVES["gc_matched"](*ground, options("gc_matched", ratio=400.0))
        assert 0 < drawn.tally["obtained"].sum() < drawn.tally["requested"].sum() == 400 * len(ground[0])

    def test_seed_changes_the_draw(self, ground):
        one, two = (NEGATIVES["gc_matched"](*ground, options("gc_matched", seed=seed)).rows for seed in (1, 2))
        assert not one.equals(two)

    def test_requested_by_hand(self):
        wanted = requested(pd.Series(["x", "x", "x", "y"]), np.array([3, 3, 4, 4]), 1.5)
        assert wanted.to_dict() == {("x", 3): 3, ("x", 4): 1, ("y", 4): 2}

    @pytest.mark.parametrize("ratio", [0.1, 0.5, 1.0, 2.7])
    def test_requested_totals(self, ratio):
        generator = np.random.default_rng(0)
        folds, bins = pd.Series(generator.choice(["x", "y"], 99)), generator.integers(0, 9, 99)
        wanted = requested(folds, bins, ratio).groupby(level="fold").sum()
        assert wanted.to_dict() == {fold: round(count * ratio) for fold, count in folds.value_counts().items()}

    def test_choose_by_hand(self):
        pool = pd.DataFrame({"fold": list("xxxxy"), "bin": [3, 3, 4, 9, 3]})
        index = pd.MultiIndex.from_tuples([("x", 3), ("x", 5)], names=["fold", "bin"])
        assert choose_candidates(pool, pd.Series([1, 2], index=index)).tolist() == [True, True, True, False, False]

    def test_bins_by_hand(self):
        assert gc_bins(np.array([0, 0.019, 0.02, 0.57, 0.58, 1])).tolist() == [0, 0, 1, 28, 29, 49]


class TestShuffles:
    @pytest.mark.parametrize("ratio", [0.5, 1, 2.25])
    def test_counts(self, ratio):
        positives = pd.DataFrame({"id": list("abcd"), "start": range(4)})
        rows = shuffled_rows(positives, ratio, seed=1)
        assert len(rows) == 4 * ratio
        assert rows["parent"].value_counts().reindex(list("abcd"), fill_value=0).between(int(ratio), ratio + 1).all()

    def test_whole_rounds_come_first(self):
        positives = pd.DataFrame({"id": list("abcd"), "start": range(4)})
        rows = shuffled_rows(positives, 2.25, seed=1)
        assert rows["parent"].tolist()[:8] == list("abcdabcd")
        assert rows.index.tolist() == list(range(9))
        assert len({tuple(shuffled_rows(positives, 0.5, seed)["parent"]) for seed in range(9)}) > 2
        assert shuffled_rows(positives[:0], 1.0, 1).empty
        assert shuffled_rows(positives[:1], 3.0, 1)["parent"].tolist() == ["a"] * 3
        assert shuffled_rows(positives, 1.0, 1)["start"].tolist() == [0, 1, 2, 3]

    def test_stand_at_their_parents_place(self, ground):
        drawn = NEGATIVES["dinucleotide_shuffle"](*ground, options("dinucleotide_shuffle", ratio=2.0))
        parents = ground[0].set_index("id").loc[drawn.rows["parent"]]
        assert drawn.rows["start"].tolist() == parents["start"].tolist()
        assert drawn.tally.to_numpy().tolist() == [["dinucleotide_shuffle"] + [2 * len(ground[0])] * 2]


class TestFlanks:
    def test_by_hand(self, landscape, regions, site_table):
        sites = site_table(("a", "one", 1_000, 1), ("a", "one", 1_190, 1))
        positives = merge_windows(sites, landscape).assign(id=["p", "q"], fold="train")
        drawn = NEGATIVES["flanks"](
            positives, Background(landscape, regions, sites, None), options("flanks", distance=20, ratio=2.0)
        )
        found = drawn.rows[["start", "parent"]].to_numpy().tolist()
        # p's right flank 1070-1170 is free, as is q's left one 1020-1120; the rest lies outside on both sides.
        assert [1_070, "p"] in found
        assert [830, "p"] in found
        assert [1_260, "q"] in found
        assert len(found) == 4

    @pytest.mark.parametrize(
        ("ratio", "shifts"),
        [
            (1.0, [[120], [-120], [120], [-120]]),
            (2.0, [[-120, 120]] * 4),
            (3.0, [[-120, 120, 240], [-240, -120, 120]] * 2),
            (4.0, [[-240, -120, 120, 240]] * 4),
        ],
    )
    def test_flanks_are_on_both_sides_from_the_nearest_on(self, landscape, regions, site_table, ratio, shifts):
        places = [1_000, 2_000, 3_000, 4_000]
        sites = site_table(*[("a", "one", place, 1) for place in places])
        positives = merge_windows(sites, landscape).assign(id=list("pqrs"), fold="train")
        ground = Background(landscape, regions, sites, None)
        drawn = NEGATIVES["flanks"](positives, ground, options("flanks", distance=20, ratio=ratio))
        starts = [place - 50 + shift for place, own in zip(places, shifts, strict=True) for shift in own]
        assert drawn.rows["start"].tolist() == starts
        assert drawn.rows["parent"].tolist() == list(np.repeat(list("pqrs"), int(ratio)))
        assert drawn.tally.to_numpy().tolist() == [["flanks", 4 * ratio, 4 * ratio]]

    @pytest.mark.parametrize(("ratio", "blocked", "shifts"), [(1.0, 2, []), (3.0, 1, [-360, -240, 240]), (2.0, 2, [])])
    def test_no_flank_is_further_out_than_the_ratio_asks_for(
        self, landscape, regions, site_table, ratio, blocked, shifts
    ):
        others = [1_000 + side * ring * 120 for ring in range(1, blocked + 1) for side in (-1, 1)]
        sites = site_table(("a", "one", 1_000, 1), *[("b", "one", place, 1) for place in others])
        positives = merge_windows(sites[:1], landscape).assign(id="p", fold="train")
        ground = Background(landscape, regions, sites, None)
        drawn = NEGATIVES["flanks"](positives, ground, options("flanks", distance=20, ratio=ratio))
        found = [start - 950 for start in drawn.rows["start"]]
        assert sorted(map(abs, found)) == sorted(map(abs, shifts))
        assert drawn.tally.to_numpy().tolist() == [["flanks", ratio, len(shifts)]]

    def test_a_fraction_goes_to_random_positives(self, landscape, regions, site_table):
        sites = site_table(*[("a", "one", place, 1) for place in (1_000, 2_000, 3_000, 4_000)])
        positives = merge_windows(sites, landscape).assign(id=list("pqrs"), fold="train")
        ground = Background(landscape, regions, sites, None)
        parents = [
            tuple(NEGATIVES["flanks"](positives, ground, options("flanks", ratio=0.5, seed=seed)).rows["parent"])
            for seed in range(8)
        ]
        assert {len(pair) for pair in parents} == {2}
        assert len(set(parents)) > 2

    def test_a_flank_stays_in_its_split(self, landscape, site_table):
        regions = pd.DataFrame({"chrom": "one", "start": [0, 2_000], "end": [2_000, 40_000], "fold": ["train", "test"]})
        sites = site_table(("a", "one", 1_900, 1))
        positives = merge_windows(sites, landscape).assign(id="p", fold="train")
        ground = Background(landscape, regions, sites, None)
        drawn = NEGATIVES["flanks"](positives, ground, options("flanks", distance=20, ratio=2.0))
        assert drawn.rows["start"].tolist() == [1_610, 1_730]  # on the right 1,970-2,070 and the next are not in train

    def test_refuses_flanks_with_sites(self, landscape, regions, site_table):
        sites = site_table(("a", "one", 1_000, 1), ("b", "one", 1_100, 0), ("b", "one", 880, 0), ("b", "one", 1_220, 0))
        positives = merge_windows(sites[:1], landscape).assign(id="p", fold="train")
        drawn = NEGATIVES["flanks"](
            positives, Background(landscape, regions, sites, None), options("flanks", distance=20)
        )
        assert drawn.rows["start"].tolist() == [710]


class TestOtherLabels:
    def test_one_label_is_refused(self, ground):
        positives, background = ground
        alone = background._replace(sites=background.sites.assign(label="a"))
        with pytest.raises(InputError, match=r"negatives\.strategy: other_labels needs sites of two labels"):
            NEGATIVES["other_labels"](positives, alone, options("other_labels"))

    @pytest.mark.parametrize("strategy", ["other_labels", "none"])
    def test_nothing_is_asked_for_nor_found(self, ground, strategy):
        assert NEGATIVES[strategy](*ground, options(strategy)).tally.to_numpy().tolist() == [[strategy, 0, 0]]


class TestFile:
    def test_every_row_is_used_or_dropped(self, ground):
        drawn = NEGATIVES["file"](*ground, options("file"))
        assert drawn.rows["start"].tolist() == [20_450]
        assert drawn.dropped[["line", "reason"]].to_numpy().tolist() == [
            [2, "duplicate"],
            [3, "unknown_contig"],
            [4, "out_of_bounds"],
        ]

    def test_holding_a_site_is_a_reason(self, ground, site_table):
        positives, background = ground
        place = positives.iloc[0]
        given = site_table(("", place["chrom"], int(place["start"]) + 60, 1))
        drawn = NEGATIVES["file"](positives, background._replace(given=given), options("file"))
        assert drawn.dropped["reason"].tolist() == ["holds_site"]

    def test_missing_path_is_refused(self, ground):
        positives, background = ground
        with pytest.raises(InputError, match=r"negatives\.path: missing"):
            NEGATIVES["file"](positives, background._replace(given=None), options("file"))

    def test_a_site_on_the_other_strand_is_no_reason_where_windows_have_a_direction(self, ground, site_table):
        positives, background = ground
        place = positives.iloc[0]
        near = ("", place["chrom"], int(place["start"]) + 60, 1)
        given = site_table(near, near, near).assign(strand=["+", "-", "-"])
        sites = background.sites.assign(strand="+")
        directed = background._replace(
            given=given, sites=sites, landscape=background.landscape._replace(direction="site")
        )
        drawn = NEGATIVES["file"](positives, directed, options("file"))
        assert drawn.dropped[["line", "reason"]].to_numpy().tolist() == [[1, "holds_site"], [3, "duplicate"]]
        assert drawn.rows[["start", "strand"]].to_numpy().tolist() == [[near[2] - 49, "-"]]  # even: one base later

    def test_an_even_interval_is_its_window_on_both_strands(self, ground, site_table):
        positives, background = ground
        given = site_table(("", "one", 20_500, 1), ("", "one", 20_500, 1)).assign(strand=["+", "-"], end=20_600)
        given = given.assign(center=20_550)
        directed = background._replace(given=given, landscape=background.landscape._replace(direction="site"))
        assert NEGATIVES["file"](positives, directed, options("file")).rows["start"].tolist() == [20_500, 20_500]


class TestStrands:
    @pytest.mark.parametrize("strategy", NEGATIVES)
    def test_every_negative_has_a_strand_where_windows_have_a_direction(self, ground, strategy):
        positives, background = ground
        positives = positives.assign(strand=np.where(np.arange(len(positives)) % 3, "-", "+"))
        directed = background._replace(landscape=background.landscape._replace(direction="site"))
        for seed in (1, 2):
            one, two = (sample_negatives(strategy, positives, directed, options(strategy, seed=seed)) for _ in range(2))
            assert one.rows.equals(two.rows)
            assert one.rows["strand"].isin(["+", "-"]).all()
            forward = sample_negatives(strategy, positives, background, options(strategy, seed=seed))
            if strategy != "file":  # where an even window lies depends on its strand
                assert one.rows["start"].tolist() == forward.rows["start"].tolist()
        if strategy in ("gc_matched", "flanks"):
            assert 0.3 < (one.rows["strand"] == "-").mean() < 0.7
            assert (forward.rows["strand"] == ".").all()

    def test_shuffles_have_their_parents_strand(self, ground):
        positives, background = ground
        positives = positives.assign(strand=np.where(np.arange(len(positives)) % 3, "-", "+"))
        directed = background._replace(landscape=background.landscape._replace(direction="site"))
        rows = sample_negatives("dinucleotide_shuffle", positives, directed, options("dinucleotide_shuffle")).rows
        assert rows["strand"].tolist() == positives.set_index("id").loc[rows["parent"], "strand"].tolist()


@pytest.mark.parametrize("count", [1, 5_000])
def test_windows_are_drawn_uniformly_and_each_is_given_once_with_its_first_draw(count):
    regions = Intervals(np.array([100, 5_000]), np.array([600, 7_000]))
    line, drawn = draw(regions, count, 10, np.random.default_rng(1))
    places = [*range(100, 591), *range(5_000, 6_991)]
    generator = np.random.default_rng(1)
    plain = generator.integers(len(places), size=2_000) if count == 1 else generator.permutation(len(places))
    first = {}
    for number, place in enumerate(plain):
        first.setdefault(places[place], number)
    assert dict(zip(line.tolist(), drawn.tolist(), strict=True)) == first
    assert (np.diff(line) > 0).all()


def test_nothing_is_drawn_where_no_window_fits():
    line, drawn = draw(Intervals(np.array([0]), np.array([9])), 5, 10, np.random.default_rng(1))
    assert len(line) == len(drawn) == 0
