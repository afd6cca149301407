"""The recipe: settings of networks and of their training that are left out, chosen by what the training data is.

`RULES` is the one table of them. A key that is written in the configuration is used as it is written. Values were
chosen on validation groups of ChIP-exo (yeast), ChIP-seq (ENCODE) and promoters (*Arabidopsis*, *B. subtilis*).
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from convoscope.config.learning import Model, Training
from convoscope.config.search import with_settings
from convoscope.config.strands import Strands
from convoscope.models import IMAGES, SEQUENCES

Origin = Literal["site", "sequence", "cell"]


class Situation(NamedTuple):
    """What the recipe looks at: facts of the training and validation examples of one fold, never of tested ones.

    ``positives`` and ``validation`` count training and validation examples with a label; all of them where labels are
    measured. ``oriented``: positives of DNA differ from their reverse complements, position by position. ``shuffled``:
    negatives are shuffles of positives.
    """

    origin: Origin
    network: str
    examples: int
    positives: int
    validation: int
    window: int
    strands: Strands = "both"
    oriented: bool = False
    shuffled: bool = False

    @property
    def aligned(self) -> bool:
        """Whether windows are aligned to something that has a direction, as a start of transcription."""
        return self.oriented or (self.origin == "site" and self.strands == "single")

    @property
    def one_strand(self) -> bool:
        """Whether the network reads one strand."""
        return self.strands == "single" or self.oriented


class Rule(NamedTuple):
    """One setting: its dotted key, the value by situation, and the rule in words."""

    key: str
    value: Callable[[Situation], Any]
    words: str


class Size(NamedTuple):
    """Settings of `deepbind` from this number of training positives on."""

    positives: int
    filters: int
    length: int
    pool: str
    dropout: float
    weight_decay: float
    batch_size: int
    epochs: int
    steps: int


# Few sites: a narrow network, strongly decayed.
SIZES = (
    Size(0, 32, 16, "max+average", 0.3, 1.0, 64, 200, 1500),
    Size(600, 64, 16, "max+average", 0.3, 1.0, 64, 200, 2500),
    Size(1500, 128, 16, "max+average", 0.4, 0.3, 64, 200, 5000),
)
# Where a motif's place and direction say most: short detectors, and nothing of their average.
ALIGNED = Size(0, 64, 10, "max", 0.3, 0.3, 32, 30, 5000)
KNOTS = 25
ENOUGH = 300  # positives of the validation split that choose an epoch better than chance does
EPOCHS, PATIENCE = 200, 200
LEAST_STEPS, USUAL_EPOCHS = 2000, 30  # of the other networks
LEAST_ALIGNED = 900  # steps


def size_of(data: Situation) -> Size:
    """Return `ALIGNED`, or the last row of `SIZES` that the training positives reach.

    >>> data = Situation("site", "deepbind", 9000, 800, 90, 201)
    >>> [size_of(data._replace(positives=count)).filters for count in (0, 599, 600, 1500)]
    [32, 32, 64, 128]
    >>> size_of(data._replace(oriented=True)).length
    10
    """
    return ALIGNED if data.aligned else [size for size in SIZES if data.positives >= size.positives][-1]


def _sized(key: str) -> Rule:
    """Return the rule that reads one column of `SIZES` and `ALIGNED`."""
    name = key.rpartition(".")[2]
    first = getattr(SIZES[0], name)
    pairs = pairwise((size.positives, getattr(size, name)) for size in SIZES)
    changes = [f"from {bound:,} positives on {value}" for (_, before), (bound, value) in pairs if value != before]
    words = [str(first), *changes]
    return Rule(
        key, lambda data: getattr(size_of(data), name), f"{', '.join(words)}; aligned: {getattr(ALIGNED, name)}"
    )


def _epochs(data: Situation) -> int:
    """Return the epochs of a size; of few aligned sequences more, so that they give `LEAST_ALIGNED` steps."""
    size = size_of(data)
    return max(size.epochs, -(-LEAST_ALIGNED // -(-data.examples // size.batch_size))) if data.aligned else size.epochs


def _steps(data: Situation) -> int:
    """Return the steps of `USUAL_EPOCHS` in batches of 64, but no fewer than `LEAST_STEPS`."""
    return max(LEAST_STEPS, USUAL_EPOCHS * -(-data.examples // 64))


def _shift(data: Situation) -> int:
    """Return how far a site may be from the middle of its window, or a sequence from its place."""
    return 1 if data.aligned else 3 * (data.origin == "site")


SHUFFLES = Rule("training.fresh_shuffles", lambda data: data.shuffled, "true where negatives are shuffles")
DEEPBIND = (
    _sized("model.options.filters"),
    Rule(
        "model.options.length",
        lambda data: min(size_of(data).length, data.window),
        f"{SIZES[0].length}; aligned: {ALIGNED.length}; that of the window if it is shorter",
    ),
    Rule(
        "model.options.strands",
        lambda data: "single" if data.one_strand else "filter",
        "filter; single where data has one strand, or positives are oriented",
    ),
    _sized("model.options.pool"),
    Rule(
        "model.options.knots",
        lambda data: KNOTS if data.origin == "site" or data.aligned else 0,
        f"{KNOTS} where windows are centred on a site or aligned, else 0; 0 where `variants` without `sites` are "
        "scored, whose windows are centred on the variant",
    ),
    Rule("model.options.hidden", lambda data: 0, "0"),
    _sized("model.options.dropout"),
    Rule(
        "training.epochs",
        _epochs,
        f"{EPOCHS}; aligned: {ALIGNED.epochs}, of few sequences as many as {LEAST_ALIGNED} steps need",
    ),
    _sized("training.steps"),
    Rule(
        "training.monitor",
        lambda data: "metric" if data.validation >= ENOUGH else "none",
        f"metric with {ENOUGH} validation positives or more, else none: the last epoch",
    ),
    Rule("training.patience", lambda data: PATIENCE, f"{PATIENCE}: the learning rate falls to its end"),
    _sized("training.batch_size"),
    Rule("training.learning_rate", lambda data: 0.003, "0.003"),
    _sized("training.weight_decay"),
    Rule("training.shift", _shift, "3 around sites; aligned: 1; else 0"),
    Rule("training.flip", lambda data: False, "false: the network reads both strands, or one has another meaning"),
    SHUFFLES,
)
OTHERS = (
    Rule("training.steps", _steps, f"those of {USUAL_EPOCHS} epochs in batches of 64, {LEAST_STEPS:,} at least"),
    Rule("training.epochs", lambda data: EPOCHS, f"{EPOCHS}, which `steps` limits"),
    Rule("training.patience", lambda data: 10, "10"),
    Rule("training.weight_decay", lambda data: 0.01, "0.01"),
    Rule("training.shift", _shift, "as for `deepbind`"),
    Rule(
        "training.flip", lambda data: not data.one_strand, "false where data has one strand or positives are oriented"
    ),
    SHUFFLES,
)
# Small batches: steps, and not cells seen, are what a first layer needs to become filters that can be looked at.
CELLS_BATCH, CELLS_STEPS, CELLS_EPOCHS = 16, 4000, 20
TRIAL_STEPS = 800  # of a short training that chooses what intensities are normalised by


def _cell_steps(data: Situation) -> int:
    """Return the steps of `CELLS_EPOCHS` in batches of `CELLS_BATCH`, but no fewer than `CELLS_STEPS`."""
    return max(CELLS_STEPS, CELLS_EPOCHS * -(-data.examples // CELLS_BATCH))


CELLS = (
    Rule("model.options.dropout", lambda data: 0.3, "0.3"),
    Rule(
        "training.steps",
        _cell_steps,
        f"those of {CELLS_EPOCHS} epochs in batches of {CELLS_BATCH}, {CELLS_STEPS:,} at least",
    ),
    Rule("training.epochs", lambda data: EPOCHS, f"{EPOCHS}, which `steps` limits"),
    Rule("training.monitor", lambda data: "none", "`none`: the last epoch"),
    Rule("training.batch_size", lambda data: CELLS_BATCH, f"{CELLS_BATCH}"),
    Rule(
        "training.learning_rate",
        lambda data: 0.003 if data.network == "residual" else 0.001,
        "0.003 of `residual`, 0.001 of others",
    ),
    Rule("training.weight_decay", lambda data: 0.05, "0.05"),
    Rule("training.shift", lambda data: min(4, data.window // 12), "4 pixels, or a twelfth of small crops"),
)
# Network to its rules.
RULES: Mapping[str, Sequence[Rule]] = (
    dict.fromkeys(SEQUENCES, OTHERS) | dict.fromkeys(IMAGES, CELLS) | {"deepbind": DEEPBIND}
)
# Keys that limit the training: where the one is written, the recipe leaves the other alone.
LIMITED_BY = {"training.steps": "training.epochs"}


def chosen(model: Model, training: Training, data: Situation) -> dict[str, Any]:
    """Return the settings that the recipe chooses, by dotted key: those of its rules that are not written."""
    written = _written(model, training)
    return {
        rule.key: rule.value(data)
        for rule in RULES.get(data.network, ())
        if rule.key not in written and LIMITED_BY.get(rule.key) not in written
    }


def complete(model: Model, training: Training, data: Situation) -> tuple[Model, Training, dict[str, Any]]:
    """Return both sections with the settings that are left out, and which these are, by dotted key."""
    settings = chosen(model, training, data)
    return (*with_settings(model, training, settings), settings)


def _written(model: Model, training: Training) -> set[str]:
    """Return the dotted keys that are written in two sections."""
    options = {f"model.options.{name}" for name in model.options}
    return options | {f"training.{name}" for name in training.model_fields_set}


def summary(settings: Mapping[str, Any], data: Situation) -> str:
    """Write in one line what the recipe looked at and what it chose.

    >>> data = Situation("site", "deepbind", 8624, 784, 90, 201)
    >>> summary({"model.options.knots": 25, "training.steps": 1500}, data)
    'sites, 784 training positives, 90 of validation → knots 25, steps 1500'
    """
    words = {"site": "sites", "sequence": "sequences", "cell": "cells"}
    notes = [note for note, holds in (("oriented", data.oriented), ("shuffled negatives", data.shuffled)) if holds]
    facts = [words[data.origin], f"{data.positives:,} training positives", f"{data.validation:,} of validation", *notes]
    values = [f"{key.rpartition('.')[2].replace('_', ' ')} {_plain(value)}" for key, value in settings.items()]
    return f"{', '.join(facts)} → {', '.join(values) or 'nothing: every setting is written'}"


def _plain(value: Any) -> str:
    """Write a value as YAML does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


MOST_NEGATIVES, MOST_RATIO = 20_000, 10.0


def negatives_per_positive(strategy: str, positives: int) -> float:
    """Return how many negatives a positive gets where it is not written: more of them as long as sites are few.

    >>> [negatives_per_positive("gc_matched", count) for count in (100, 2000, 8000, 50_000)]
    [10.0, 10.0, 2.5, 1.0]
    >>> negatives_per_positive("dinucleotide_shuffle", 100)
    1.0
    """
    if strategy != "gc_matched":
        return 1.0
    return min(MOST_RATIO, max(1.0, round(MOST_NEGATIVES / max(positives, 1), 2)))
