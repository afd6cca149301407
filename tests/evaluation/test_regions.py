"""Variants of one region share a fold, and every fold has both classes."""

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.evaluation.regions import grouped_folds, name_regions


def test_regions_are_blocks_of_each_contig():
    names = name_regions(np.array(["a", "a", "b", "b"]), np.array([1, 1000, 1000, 1001]), 1000)
    assert names.tolist() == ["a:0", "a:0", "b:0", "b:1"]


def test_no_region_is_in_two_folds_and_classes_are_spread():
    generator = np.random.default_rng(1)
    regions = generator.integers(0, 40, size=600).astype(str)
    classes = generator.random(600) < 0.2
    folds = grouped_folds(classes, regions, 5, 1, "x")
    assert all(len(set(folds[regions == name])) == 1 for name in set(regions))
    share = [classes[folds == fold].sum() / classes.sum() for fold in range(5)]
    assert min(share) > 0.15 and max(share) < 0.25
    assert np.array_equal(folds, grouped_folds(classes, regions, 5, 1, "x"))
    assert not np.array_equal(folds, grouped_folds(classes, regions, 5, 2, "x"))


def test_refusals():
    classes = np.array([True, False] * 4)
    with pytest.raises(InputError, match=r"x: 8 variants in 2 regions; 3 folds need 3; take fewer folds"):
        grouped_folds(classes, np.repeat(["a", "b"], 4), 3, 1, "x")
    only = np.arange(8) < 2  # all positives in the first of four regions
    with pytest.raises(InputError, match=r"x: 2 variants of one class in fold \d of 4; each needs both classes"):
        grouped_folds(only, np.repeat(list("abcd"), 2), 4, 1, "x")


def test_a_region_per_fold_is_enough():
    folds = grouped_folds(np.array([True, False] * 3), np.repeat(list("abc"), 2), 3, 1, "x")
    assert sorted(folds) == [0, 0, 1, 1, 2, 2]
