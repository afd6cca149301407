"""The strategies that an experiment chooses by name: one row says where each is allowed and what it does.

The function of a row is in the table of the same names where it is computed, which imports numpy or torch; this module
imports neither. ``words`` are for the model card and the tables of ``config/README.md``.
"""

from collections.abc import Mapping
from typing import NamedTuple


class NegativeStrategy(NamedTuple):
    """Where negatives come from; the function is a row of `convoscope.sequence.negatives.NEGATIVES`.

    ``on_lists``: lists of sequences, which have no genome, can choose it; its function for them is a row of
    `convoscope.sequence.labelled.SHUFFLES`. ``distant``: it keeps ``negatives.distance`` from sites.
    """

    words: str
    on_lists: bool = False
    distant: bool = False


class SplitStrategy(NamedTuple):
    """How examples are split; the function is a row of `REGIONS` or `DEALS` in `convoscope.sequence.splits`.

    That of cells is a row of `convoscope.image.splits.ASSIGNMENTS`. ``words`` may name keys of the section ``split`` in
    braces. ``on_genome``, ``on_lists``: which experiments on sequences can choose it. ``folds``: every example is
    tested once, by the networks of its fold. ``given``: the data names the split. ``seeded``: another
    ``split.seed`` gives another split.
    """

    words: str
    on_genome: bool = True
    on_lists: bool = False
    folds: bool = False
    given: bool = False
    seeded: bool = False


NEGATIVE_STRATEGIES = {
    "gc_matched": NegativeStrategy("windows elsewhere on the genome with the same GC content", distant=True),
    "dinucleotide_shuffle": NegativeStrategy(
        "the positives themselves, shuffled so that neighbouring pairs of letters stay", on_lists=True
    ),
    "flanks": NegativeStrategy("windows next to the positives", distant=True),
    "other_labels": NegativeStrategy("sites of the other labels"),
    "file": NegativeStrategy("regions of a given file"),
    "none": NegativeStrategy("none were added", on_lists=True),
}
SPLIT_STRATEGIES = {
    "chromosomes": SplitStrategy("By chromosome: no chromosome is in two splits"),
    "chromosome_folds": SplitStrategy("By chromosome, in {folds} folds, each tested once", folds=True),
    "blocks": SplitStrategy("By blocks of {block:,} bp: no block is in two splits", seeded=True),
    "random": SplitStrategy("At random, duplicated sequences together", on_lists=True, seeded=True),
    "random_folds": SplitStrategy(
        "At random in {folds} folds, duplicated sequences together", on_lists=True, folds=True, seeded=True
    ),
    "given": SplitStrategy("As the input files give it", on_genome=False, on_lists=True, given=True),
}
CELL_SPLIT_STRATEGIES = {
    "grouped": SplitStrategy("At random", seeded=True),
    "grouped_folds": SplitStrategy("In {folds} folds, each tested once", folds=True, seeded=True),
    "given": SplitStrategy("As column `{column}` of the table gives it", given=True),
}
# Rows of `convoscope.image.normalise.STRATEGIES` and of `convoscope.interpretation.motifs.pwm.RULES`.
NORMALISATIONS = {
    "standard": "mean and standard deviation",
    "log": "those of the logarithm, for cells of very different brightness",
    "percentile": "1st and 99th percentile",
    "depth": "the range of the bit depth",
}
MOTIF_RULES = {
    "basset": "all above half the filter's maximum",
    "maximum": "all above .7 of it",
    "deepbind": "each sequence's best",
}


def for_lists(table: Mapping[str, NegativeStrategy | SplitStrategy]) -> list[str]:
    """Return the strategies that lists of sequences can choose.

    >>> for_lists(NEGATIVE_STRATEGIES)
    ['dinucleotide_shuffle', 'none']
    """
    return [name for name, row in table.items() if row.on_lists]
