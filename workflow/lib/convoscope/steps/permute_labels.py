"""Give every example the labels of another one of its split."""

from pathlib import Path

import numpy as np

from convoscope.config.base import Seed
from convoscope.dataset import read_card
from convoscope.evaluation.controls import permute_rows
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.tables import read_table, write_table


def permute_labels(*, examples: Input, card: Input, seed: Seed = 1, permuted: Path) -> None:
    """Give every example the labels of another one of its split: a control without signal.

    Parameters
    ----------
    seed
        Seed of the permutation.
    permuted
        Table of the examples to write, with permuted labels.
    """
    content = read_card(card, "folds")
    labels = content["labels"]
    table = read_table(examples, "examples", real=labels)
    column = next(iter(content["folds"].values())).get("column", "fold")
    table[labels] = permute_rows(table[column].to_numpy(), table[labels].to_numpy(np.float64), seed)
    with replacing(permuted) as [scratch]:
        write_table(table, scratch, None)
