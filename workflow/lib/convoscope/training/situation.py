"""What the recipe looks at in the data of one fold: its training examples, and how many validate."""

import numpy as np

from convoscope.config.recipe import Origin, Situation
from convoscope.config.strands import strand_facts
from convoscope.config.tasks import TASKS
from convoscope.dataset import Dataset, rows
from convoscope.sequence.alphabet import ALPHABETS, reverse_complement_codes
from convoscope.training.redraw import SHUFFLED

# Excess of the statistic of `asymmetry` over what symmetric sequences have. Peaks of ChIP-seq: up to 1.1; promoters: 8
# (373 of *B. subtilis*) and 23 (1,497 of *Arabidopsis*).
ORIENTED = 2.0
LEAST, MOST = 50, 2000  # positives below which nothing is concluded, and those that are looked at


def survey(dataset: Dataset, fold: str, network: str) -> Situation:
    """Return the facts of one fold by which settings of a network are chosen; tested examples are not looked at."""
    train, held = (rows(dataset, fold, [split]) for split in ("train", "validation"))
    card = dataset.card
    sequences = card["modality"] == "sequence"
    origin = dataset.table["origin"].to_numpy()[train] if "origin" in dataset.table else np.array([])
    single = sequences and strand_facts(card)["strands"] == "single"
    labelled = train[_labelled(dataset, train)]
    return Situation(
        origin=_origin(card["modality"], origin),
        network=network,
        examples=len(train),
        positives=len(labelled),
        validation=int(_labelled(dataset, held).sum()),
        window=int(dataset.codes.shape[-1]),
        strands="single" if single else "both",
        oriented=not single and bool(card.get("ask_strand")) and is_oriented(dataset, labelled),
        shuffled=bool((origin == SHUFFLED).any()),
    )


def _origin(modality: str, origins: np.ndarray) -> Origin:
    """Return what the examples were made of."""
    if modality == "image":
        return "cell"
    return "site" if (origins == "site").any() else "sequence"


def _labelled(dataset: Dataset, chosen: np.ndarray) -> np.ndarray:
    """Tell which of the chosen rows have a label ``(n,)``: any that is 1, or where labels are measured all of them."""
    if not TASKS[dataset.card["task"]].binary:
        return np.ones(len(chosen), dtype=bool)
    return (np.nan_to_num(dataset.labels[chosen]) > 0.5).any(axis=1)


def is_oriented(dataset: Dataset, positives: np.ndarray) -> bool:
    """Tell whether positives of DNA ``(n,)`` mean something else on the other strand, as promoters do."""
    alphabet = ALPHABETS[dataset.card["alphabet"]]
    if alphabet.name != "dna" or len(positives) < LEAST:
        return False
    spread = np.linspace(0, len(positives) - 1, min(len(positives), MOST)).astype(int)
    codes = np.asarray(dataset.codes[positives[spread]])
    return asymmetry(codes, reverse_complement_codes(codes, alphabet)) > ORIENTED


def asymmetry(codes: np.ndarray, opposite: np.ndarray) -> float:
    """Return how much more base counts by position differ between two strands than those of symmetric sequences do.

    The statistic is Pearson's χ² of two samples over its degrees of freedom: about 1 where a sequence and its reverse
    complement are equally likely.

    Parameters
    ----------
    codes, opposite
        Sequences and their reverse complements ``(n, length)``, of which the first four letters count.
    """
    half = (codes.shape[1] + 1) // 2  # the other half compares the same counts again
    first, second = (np.stack([(part[:, :half] == letter).sum(axis=0) for letter in range(4)])
                     for part in (codes, opposite))  # fmt: skip
    total = first + second
    statistic = ((first - second) ** 2 / np.maximum(total, 1)).sum()
    return float(statistic / max(3 * half, 1))
