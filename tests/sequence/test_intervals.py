import numpy as np
import pandas as pd
import pytest

from convoscope.sequence.intervals import (
    SPAN,
    Intervals,
    containing,
    contig_numbers,
    genome_intervals,
    touches,
    union,
)

SIZES = {"a": 100, "b": 50}


def random_intervals(seed, count):
    generator = np.random.default_rng(seed)
    starts = generator.integers(0, 190, count)
    return starts, starts + generator.integers(0, 12, count)


def as_mask(starts, ends):
    mask = np.zeros(220, dtype=bool)
    for start, end in zip(starts, ends, strict=True):
        mask[start:end] = True
    return mask


@pytest.mark.parametrize("seed", range(20))
def test_union_covers_the_same_bases_with_disjoint_intervals(seed):
    starts, ends = random_intervals(seed, seed)
    merged = union(starts, ends)
    assert np.array_equal(as_mask(*merged), as_mask(starts, ends))
    assert (merged.starts[1:] > merged.ends[:-1]).all()


@pytest.mark.parametrize("seed", range(20))
def test_touches_and_containing_against_every_base(seed):
    merged = union(*random_intervals(seed, seed))
    mask = as_mask(*merged)
    starts, ends = random_intervals(seed + 100, 50)
    ends = np.maximum(ends, starts + 1)
    pairs = list(zip(starts, ends, strict=True))
    assert touches(starts, ends, merged).tolist() == [mask[start:end].any() for start, end in pairs]
    assert (containing(starts, ends, merged) >= 0).tolist() == [mask[start:end].all() for start, end in pairs]


def test_touching_ends_do_not_overlap():
    one = Intervals(np.array([10]), np.array([20]))
    assert touches(np.array([0, 20, 19]), np.array([10, 30, 30]), one).tolist() == [False, False, True]


def test_genome_intervals_by_hand():
    table = pd.DataFrame({"chrom": ["b", "a", "x"], "start": [0, 90, 1], "end": [10, 100, 2]})
    starts, ends = genome_intervals(table, SIZES, margin=5)
    assert starts.tolist() == [85, SPAN - 5]
    assert ends.tolist() == [105, SPAN + 15]


def test_contig_numbers_by_hand():
    assert contig_numbers(pd.Series(["b", "x", "a"]), SIZES).tolist() == [1, -1, 0]
