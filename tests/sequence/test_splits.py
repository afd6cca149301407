import numpy as np
import pandas as pd
import pytest

from convoscope.config import Split
from convoscope.errors import InputError
from convoscope.sequence.splits import (
    CROSSING,
    DEALS,
    REGIONS,
    deal,
    fold_map,
    fold_of_windows,
    give_blocks,
    strata,
    unevenness,
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
    assert strata(labels)[0] != strata(labels)[3]  # three of a kind are not rare
    assert len(set(strata(labels[1:]))) == 1


def test_given_keeps_what_is_given():
    given = np.array(["train", "test", "validation", "train"])
    assert DEALS["given"](np.arange(4), np.ones((4, 1)), given, SPLITS["given"]).tolist() == given.tolist()


def test_given_takes_validation_from_training_alone():
    given = np.array(["test"] * 5 + ["train"] * 10)
    split = Split(strategy="given", validation_share=0.2)
    folds = DEALS["given"](np.arange(15), np.ones((15, 1)), given, split)
    assert folds[:5].tolist() == ["test"] * 5
    assert sorted(folds[5:]) == ["train"] * 8 + ["validation"] * 2


def test_shares_that_leave_no_training_are_refused():
    split = Split(strategy="random", test_share=0.6, validation_share=0.4)
    with pytest.raises(InputError, match=r"split\.test_share: .* below 1"):
        DEALS["random"](np.arange(4), np.ones((4, 1)), np.array([""] * 4), split)


def test_large_groups_count_by_their_examples():
    groups = np.repeat(np.arange(20), [181, *[1] * 19])  # a family of 181 sequences, and 19 of one
    shares = [np.bincount(deal(groups, np.ones((200, 1)), [0.5, 1.0], seed), minlength=2) / 200 for seed in range(400)]
    assert abs(np.mean(shares, axis=0)[0] - 0.5) < 0.05
    assert np.mean(np.max(shares, axis=1)) < 0.96  # the small ones go where the large one is not


def test_blocks_by_hand():
    split = Split(strategy="blocks", test_share=0.3, validation_share=0.2)
    held = np.array([2, 1, 3, 0, 4])
    # Sites before each block, in order: 0, 1, 3, 7, 7 of 10.
    folds = give_blocks(held, np.array([1, 0, 4, 3, 2]), split)
    assert folds.tolist() == ["test", "test", "train", "train", "validation"]
    more = split.model_copy(update={"validation_share": 0.4})  # 7 of 10 before a block are 3 + 4: it trains
    assert give_blocks(held, np.array([1, 0, 4, 3, 2]), more).tolist() == folds.tolist()


def test_unevenness_by_hand():
    folds = np.array(["test", "train", "train"], dtype=object)
    assert unevenness(np.array([[4, 8, 0]]), folds) == 1.0
    assert unevenness(np.array([[1, 1, 1], [3, 1, 1]]), folds) == pytest.approx(2.0)


@pytest.mark.parametrize("seed", range(5))
def test_blocks_give_every_label_its_share(seed):
    # The rare label lies in ten blocks of a hundred: a random order often leaves it out of validation.
    sites = pd.DataFrame({"chrom": "a", "center": np.arange(5, 1000, 2), "label": "common"})
    rare = pd.DataFrame({"chrom": "a", "center": np.arange(3, 1000, 100), "label": "rare"})
    split = Split(strategy="blocks", block=10, seed=seed, test_share=0.3, validation_share=0.2)
    regions = REGIONS["blocks"](SIZES, pd.concat([sites, rare]), split)
    windows = rare.assign(start=rare["center"], end=rare["center"] + 1)
    counts = pd.Series(fold_of_windows(windows, regions, SIZES)).value_counts()
    assert counts["test"] in (2, 3, 4)
    assert counts["validation"] in (1, 2, 3)
