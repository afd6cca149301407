"""How names and numbers are written, in figures and pages alike; without matplotlib, which no page needs."""

import math
from collections.abc import Sequence

SPLITS = ("train", "validation", "test")
METHODS = {
    "model": "CNN",
    "kmer": "k-mers",
    "gc": "GC alone",
    "filters": "classic filters",
    "intensity": "intensity alone",
    "position": "position alone",
    "ceiling": "ceiling: nobody can pass",
    "second": "second network",
    "logistic": "logistic regression",
    "difference": "largest |difference|",
}
METRICS = {
    "accuracy": "accuracy",
    "binary_accuracy": "accuracy, label against rest",
    "macro_recall": "macro recall",
    "ece": "calibration error",
    "ece_scaled": "calibration error, scaled",
    "log_loss": "log loss",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "mcc": "MCC",
    "f1": "F1",
    "mse": "mean squared error",
    "pearson": "Pearson r",
    "spearman": "Spearman ρ",
}


def fold_order(values: Sequence[str]) -> list[str]:
    """Return the distinct folds in reading order: train, validation, test, then numbers.

    >>> fold_order(["test", "10", "2", "train", "test"])
    ['train', 'test', '2', '10']
    """
    known = list(SPLITS)
    return sorted(set(values), key=lambda fold: (known.index(fold) if fold in known else len(known), len(fold), fold))


def fold_name(fold: str) -> str:
    """Write a fold so that a number reads as one.

    >>> fold_name("test"), fold_name("3")
    ('test', 'fold 3')
    """
    return fold if fold in SPLITS else f"fold {fold}"


def method_name(method: str) -> str:
    """Return the name of a method as the figures write it."""
    return METHODS.get(method, method)


def metric_name(metric: str) -> str:
    """Return the name of a metric as the field writes it."""
    return METRICS.get(metric, metric)


def number(value: float | None, digits: int = 3) -> str:
    """Write a number without a leading zero, and a dash for one that is not defined.

    >>> number(0.9463), number(-0.05, 2), number(1.0, 2), number(float("nan"))
    ('.946', '−.05', '1.00', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) > 0 else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def quantity(value: float | None, digits: int = 3) -> str:
    """Write a number in a unit of any size with significant digits, and a dash for one that is not defined.

    >>> quantity(2.5e-7), quantity(-0.5), quantity(0.0), quantity(1234567.0), quantity(float("nan"))
    ('2.5e-07', '−0.5', '0', '1.23e+06', '–')
    >>> quantity(999.6), quantity(-7104.0)
    ('1,000', '−7,100')
    """
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{digits}g}"
    size = float(text)
    return ("−" if value < 0 else "") + (f"{size:,.0f}" if 1000 <= size < 1e6 else text)


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """Write an interval.

    >>> interval(-0.012, 0.07, 2)
    '−.01 to .07'
    """
    return f"{number(low, digits)} to {number(high, digits)}"


def shorten(text: str, width: int) -> str:
    """Cut a long name in its middle, where names of a series differ least.

    >>> shorten("a_very_long_label_name_17", 12)
    'a_very…me_17'
    """
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + "…" + text[len(text) - tail :]
