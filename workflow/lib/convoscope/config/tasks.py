"""The kinds of labels: one row says how each is checked, learned, measured, drawn and described.

A field that names something names a row of a table where that is computed, so that reading this module imports neither
torch nor numpy. No other module compares the name of a task.
"""

from typing import NamedTuple


class Task(NamedTuple):
    """One kind of labels.

    ``exclusive``: an example has exactly one label, its class. ``binary``: labels are 0 or 1, predictions probabilities
    and calls those above a threshold, or the most probable class. ``allowed`` names a row of
    `convoscope.sequence.tables.ALLOWED`; ``loss``, ``link`` (from raw scores to predictions), ``weights`` (of classes)
    and ``scaling`` name rows of tables in `convoscope.training.objectives`; ``metrics`` of
    `convoscope.evaluation.metrics.METRICS`, headline first, then the second metric that figures show; ``baseline`` of
    `convoscope.evaluation.baselines.LEARNERS`; ``interval`` (of observed labels) of
    `convoscope.report.calibration.INTERVALS`; ``groups`` of `convoscope.report.composition.GROUPS`. ``log_axes``:
    labels span orders of magnitude. ``output`` and ``scores`` say in a model card what is predicted and what the raw
    scores are.
    """

    exclusive: bool
    binary: bool
    allowed: str
    loss: str
    link: str
    weights: str
    scaling: str | None
    metrics: tuple[str, ...]
    baseline: str
    interval: str
    groups: str
    log_axes: bool
    output: str
    scores: str


CLASSIFICATION = (
    "auroc", "auprc", "binary_accuracy", "sensitivity", "specificity", "precision", "f1", "mcc", "brier",
)  # fmt: skip
REGRESSION = ("pearson", "spearman", "mse")

TASKS = {
    "multilabel": Task(
        exclusive=False,
        binary=True,
        allowed="flags",
        loss="binary_cross_entropy",
        link="sigmoid",
        weights="negatives_per_positive",
        scaling=None,
        metrics=CLASSIFICATION,
        baseline="logistic",
        interval="rates",
        groups="any_label",
        log_axes=False,
        output="a probability per label, each on its own",
        scores="Scores are log-odds: a probability is 1 / (1 + exp(-score)).",
    ),
    "multiclass": Task(
        exclusive=True,
        binary=True,
        allowed="one_of_all",
        loss="cross_entropy",
        link="softmax",
        weights="inverse_frequency",
        scaling=None,
        metrics=CLASSIFICATION,
        baseline="logistic",
        interval="rates",
        groups="class",
        log_axes=False,
        output="probabilities of classes that exclude each other",
        scores="Probabilities are the softmax of the scores.",
    ),
    "regression": Task(
        exclusive=False,
        binary=False,
        allowed="finite",
        loss="squared_error",
        link="identity",
        weights="equal",
        scaling="values",
        metrics=REGRESSION,
        baseline="ridge",
        interval="values",
        groups="halves",
        log_axes=False,
        output="a value per label",
        scores="Scores are values in the label's own unit.",
    ),
    "poisson": Task(
        exclusive=False,
        binary=False,
        allowed="counts",
        loss="poisson",
        link="exp",
        weights="equal",
        scaling="counts",
        metrics=REGRESSION,
        baseline="ridge",
        interval="counts",
        groups="halves",
        log_axes=True,
        output="an expected count per label",
        scores="Scores are natural logarithms of expected counts in the label's own unit.",
    ),
}


def headline(task: str) -> str:
    """Return the name of the metric that stands for a task: in summaries, figures and learning curves."""
    return TASKS[task].metrics[0]
