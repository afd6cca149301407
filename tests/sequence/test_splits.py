import numpy as np
import pandas as pd
import pytest

from convoscope.config import Split
from convoscope.errors import InputError
from convoscope.sequence.splits import (
    CROSSING,
    DEALS,
    REGIONS,
    check_folds,
    deal,
    fold_map,
    fold_of_windows,
    strata,
)

SIZES = {"a": 1000, "b": 800, "c": 350, "d": 20, "e": 10}
SPLITS = {
    "chromosomes": Split(validation=["b"], test=["c", "e"]),
    "chromosome_folds": Split(strategy="chromosome_folds", folds=3),
    "blocks": Split(strategy="blocks", block=100),
    "random": Split(strategy="random", test_share=0.25, validation_share=0.25),
    "random_folds": Split(strategy="random_folds", folds=4),
    "given": Split(strategy="given", validation_share=0.5),
}


def some_sites(count=300, seed=0):
    generator = np.random.default_rng(seed)
    chrom = generator.choice(["a", "b", "c"], count, p=[0.5, 0.3, 0.2])
    return pd.DataFrame({"chrom": chrom, "center": generator.integers(0, 350, count)})


@pytest.mark.parametrize("name", SPLITS)
def test_fold_map_tests_every_value_once_and_never_trains_on_it(name):
    folds = fold_map(SPLITS[name])
    tested = [value for parts in folds.values() for value in parts["test"]]
    assert len(tested) == len(set(tested)) == len(folds)
    for parts in folds.values():
        used = parts["train"] + parts["validation"] + parts["test"]
        assert len(used) == len(set(used)) >= 3


def test_fold_map_by_hand():
    assert fold_map(SPLITS["random_folds"])["3"] == {"train": ["1", "2"], "validation": ["0"], "test": ["3"]}
    assert fold_map(SPLITS["blocks"]) == {
        "holdout": {"train": ["train"], "validation": ["validation"], "test": ["test"]}
    }


@pytest.mark.parametrize("name", REGIONS)
def test_regions_cover_every_base_once(name):
    regions = REGIONS[name](SIZES, some_sites(), SPLITS[name])
    for chrom, rows in regions.groupby("chrom"):
        assert rows["start"].tolist() == [0, *rows["end"].tolist()[:-1]]
        assert rows["end"].iloc[-1] == SIZES[chrom]
    assert set(regions["chrom"]) == set(SIZES)


def test_chromosomes_by_hand():
    regions = REGIONS["chromosomes"](SIZES, some_sites(), SPLITS["chromosomes"])
    assert regions["fold"].tolist() == ["train", "validation", "test", "train", "test"]


@pytest.mark.parametrize("key", ["validation", "test"])
def test_a_chromosome_that_is_not_there_is_refused(key):
    split = Split(**{"validation": ["b"], "test": ["c"], key: ["z"]})
    with pytest.raises(InputError, match=rf"split\.{key}: 'z' is not in the reference; it has a, b, c, d, e"):
        REGIONS["chromosomes"](SIZES, some_sites(), split)


def test_chromosome_folds_balance_sites():
    sites = pd.DataFrame({"chrom": ["a"] * 10 + ["b"] * 6 + ["c"] * 5 + ["d"] * 4 + ["e"]})
    regions = REGIONS["chromosome_folds"](SIZES, sites, SPLITS["chromosome_folds"])
    assert regions["fold"].tolist() == ["0", "1", "2", "2", "1"]
    with pytest.raises(InputError, match=r"split\.folds: 3 folds of 2 contigs with sites"):
        REGIONS["chromosome_folds"](SIZES, sites[:12], SPLITS["chromosome_folds"])


@pytest.mark.parametrize("seed", range(10))
def test_blocks_give_each_split_its_share_of_sites(seed):
    split = Split(strategy="blocks", block=25, seed=seed, test_share=0.3, validation_share=0.2)
    sites = some_sites(2000, seed)
    regions = REGIONS["blocks"](SIZES, sites, split)
    windows = sites.assign(start=sites["center"], end=sites["center"] + 1)
    share = pd.Series(fold_of_windows(windows, regions, SIZES)).value_counts(normalize=True)
    assert abs(share["test"] - 0.3) < 0.06
    assert abs(share["validation"] - 0.2) < 0.06


def test_blocks_depend_on_the_seed_alone():
    one, same, other = (
        REGIONS["blocks"](SIZES, some_sites(), Split(strategy="blocks", block=50, seed=seed)) for seed in (1, 1, 2)
    )
    assert one.equals(same)
    assert not one.equals(other)


def test_windows_across_two_splits_belong_to_none():
    regions = pd.DataFrame(
        {"chrom": "a", "start": [0, 100, 200, 300], "end": [100, 200, 300, 1000], "fold": ["x", "x", "y", "x"]}
    )
    windows = pd.DataFrame({"chrom": "a", "start": [95, 195, 200, 150, 250]}).assign(
        end=lambda table: table["start"] + 10
    )
    windows.loc[4, "end"] = 400
    assert fold_of_windows(windows, regions, SIZES).tolist() == ["x", CROSSING, "y", "x", CROSSING]


@pytest.mark.parametrize("name", DEALS)
@pytest.mark.parametrize("seed", range(5))
def test_groups_are_never_parted(name, seed):
    generator = np.random.default_rng(seed)
    groups = generator.integers(0, 60, 200).astype(str).astype(object)
    labels = generator.integers(0, 2, (200, 3)).astype(float)
    given = np.where(np.isin(groups, groups[:20]), "test", "train")
    folds = DEALS[name](groups, labels, given, SPLITS[name])
    assert pd.Series(folds).groupby(groups).nunique().eq(1).all()
    assert set(folds) == {
        value for parts in fold_map(SPLITS[name]).values() for part in parts.values() for value in part
    }


@pytest.mark.parametrize("seed", range(5))
def test_every_part_gets_its_share_of_every_class(seed):
    labels = np.repeat([0.0, 1.0], [300, 40])[:, None]
    part = deal(np.arange(340), labels, [0.2, 0.3, 1.0], seed)
    counts = pd.crosstab(part, labels[:, 0])
    assert counts[0.0].tolist() == [60, 30, 210]
    assert counts[1.0].tolist() == [8, 4, 28]


def test_strata_of_numbers_are_fifths():
    assert strata(np.arange(10.0)[:, None]).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 4]


def test_rare_combinations_are_one_stratum():
    labels = np.array([[0, 0]] * 3 + [[1, 0], [0, 1], [1, np.nan]])
    assert len(set(strata(labels)[3:])) == 1


def test_given_keeps_what_is_given():
    given = np.array(["train", "test", "validation", "train"])
    assert DEALS["given"](np.arange(4), np.ones((4, 1)), given, SPLITS["given"]).tolist() == given.tolist()


def test_shares_that_leave_no_training_are_refused():
    split = Split(strategy="random", test_share=0.6, validation_share=0.4)
    with pytest.raises(InputError, match=r"split\.test_share: .* below 1"):
        DEALS["random"](np.arange(4), np.ones((4, 1)), np.array([""] * 4), split)


class TestCheckFolds:
    folds = np.array(["train", "train", "validation", "validation", "test", "test"])

    def test_accepts_both_classes_and_numbers(self):
        labels = np.array([[0, 5.5], [1, 6], [0, 2], [1, 2.5], [1, 2], [0, -2]])
        check_folds(self.folds, labels, ["x", "y"], SPLITS["random"])

    def test_refuses_an_empty_split(self):
        with pytest.raises(InputError, match="strategy random: no example is in test"):
            check_folds(self.folds[:4], np.array([[0], [1], [0], [1.0]]), ["x"], SPLITS["random"])

    def test_refuses_one_class(self):
        labels = np.array([[0], [1], [0], [0], [1], [0.0]])
        with pytest.raises(InputError, match="x is only 0 in all 2 examples of validation; each split needs both"):
            check_folds(self.folds, labels, ["x"], SPLITS["random"])

    @pytest.mark.parametrize(
        ("measured", "found"), [([7.5, 7.5], "only 7.5"), ([7.5, np.nan], "only 7.5"), ([np.nan] * 2, "nothing")]
    )
    @pytest.mark.parametrize("split", ["train", "validation", "test"])
    def test_refuses_one_measured_value_of_one_of_several_labels(self, split, measured, found):
        labels = np.array([[0.5, 5.5], [1, 6], [0, 2], [1, 2.5], [1, 2], [0, -2]])
        labels[self.folds == split, 1] = measured
        with pytest.raises(InputError, match=f"y is {found} in all 2 examples of {split}; .* two different values"):
            check_folds(self.folds, labels, ["x", "y"], SPLITS["random"])

    def test_refuses_unknown_alone(self):
        labels = np.array([[0], [1], [np.nan], [np.nan], [1], [0.0]])
        with pytest.raises(InputError, match="x is nothing in all 2 examples of validation"):
            check_folds(self.folds, labels, ["x"], SPLITS["random"])


def test_a_label_that_is_the_same_everywhere_is_said(caplog):
    check_folds(np.array(["train", "validation", "test"], dtype=object), np.full((3, 1), 5.0), ["x"], SPLITS["random"])
    assert "split: x is 5 in every example: there is nothing to learn" in caplog.text
