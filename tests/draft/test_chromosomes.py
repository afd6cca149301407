"""Chromosomes for validation and test, chosen by their sites."""

import numpy as np
import pandas as pd
import pytest

from convoscope.draft.chromosomes import LEAST, MOST, choose_chromosomes


def test_by_hand() -> None:
    counts = pd.DataFrame({"a": [40, 30, 15, 15]}, index=["c1", "c2", "c3", "c4"])
    held = choose_chromosomes(counts)
    assert held is not None
    assert (held.test, held.validation, held.shares) == (["c3"], ["c4"], (0.15, 0.15))


@pytest.mark.parametrize("seed", range(8))
def test_two_different_parts_with_every_label_in_each(seed: int) -> None:
    generator = np.random.default_rng(seed)
    names = [f"chr{number}" for number in range(1, 20)]
    counts = pd.DataFrame(generator.integers(20, 200, (19, 3)), index=names, columns=list("abc"))
    held = choose_chromosomes(counts)
    assert held is not None
    assert not set(held.validation) & set(held.test)
    for part in (held.validation, held.test):
        share = counts.loc[part].sum() / counts.sum()
        assert (share > 0).all()
        assert LEAST <= counts.loc[part].to_numpy().sum() / counts.to_numpy().sum() <= MOST


def test_an_organelle_is_never_held_out() -> None:
    counts = pd.DataFrame({"a": [15, 15, 15, 55]}, index=["chrM", "Pt", "chr2", "chr1"])
    held = choose_chromosomes(counts)
    assert held is None or not {"chrM", "Pt"} & {*held.validation, *held.test}


@pytest.mark.parametrize(
    "counts",
    [
        pd.DataFrame({"a": [500]}, index=["NC_000913.3"]),
        pd.DataFrame({"a": [500, 500]}, index=["c1", "c2"]),
        pd.DataFrame({"a": [70, 15, 15], "b": [100, 0, 0]}, index=["c1", "c2", "c3"]),  # b would not be tested
    ],
    ids=["one chromosome", "two halves", "a label on one alone"],
)
def test_no_choice_fits(counts: pd.DataFrame) -> None:
    assert choose_chromosomes(counts) is None
