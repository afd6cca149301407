"""Copy the examples of one fold without those that it tests."""

from pathlib import Path

import numpy as np

from convoscope.config.base import Seed
from convoscope.dataset import PART, Dataset, load_dataset
from convoscope.files import replacing, write_json
from convoscope.options import Input
from convoscope.tables import write_table
from convoscope.training.withhold import without_test


def search_data(
    *,
    examples: Input,
    codes: Input,
    card: Input,
    fold: str,
    parts: int | None = None,
    seed: Seed = 1,
    kept_examples: Path,
    kept_codes: Path,
    kept_card: Path,
) -> None:
    """Copy the examples of one fold without those that it tests, for a search of settings.

    Trials of a search are given these files and no others, so that no test example can take part in a choice.

    Parameters
    ----------
    parts
        Number of parts to deal the examples to, groups together: each validates once while the others train. Without
        it they keep their split.
    seed
        Seed of the deal.
    kept_examples
        Table to write of the examples that are kept.
    kept_codes
        Their codes to write, .npy.
    kept_card
        Their card to write, .json.
    """
    write_kept(load_dataset(examples, codes, card), fold, parts, seed, kept_examples, kept_codes, kept_card)


def write_kept(
    dataset: Dataset, fold: str, parts: int | None, seed: int, examples: Path, codes: Path, card: Path
) -> None:
    """Write what `without_test` leaves of a dataset: table, codes and card."""
    rows, table, content = without_test(dataset, fold, parts, seed)
    with replacing(examples, codes, card) as [table_scratch, codes_scratch, card_scratch]:
        write_table(table, table_scratch, None)
        shape = (len(rows), *dataset.codes.shape[1:])
        target = np.lib.format.open_memmap(codes_scratch, mode="w+", dtype=dataset.codes.dtype, shape=shape)
        for start in range(0, len(rows), PART):
            target[start : start + PART] = dataset.codes[rows[start : start + PART]]
        target.flush()
        write_json(card_scratch, content)
