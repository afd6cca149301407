"""What not to believe of the networks, as far as it follows from the facts."""

from collections.abc import Callable

import numpy as np

from convoscope.config.tasks import TASKS
from convoscope.report.card.facts import Facts, counted, named, positive_share
from convoscope.report.card.kinds import KINDS
from convoscope.report.measures import MEAN, best_baseline, chief_metrics, differences_table, measures_table, pick
from convoscope.report.style import method_name, metric_name, number

FEW_POSITIVES = 50  # test examples of a class, below which one more or less right moves the figures
GAP = 0.05  # expected calibration error worth a warning


def simulated(facts: Facts) -> list[str]:
    """Say that simulated data are no biology."""
    return ["The data are simulated: the networks say nothing of real ones."] if facts.simulated else []


def input_limits(facts: Facts) -> list[str]:
    """Say what follows from the input."""
    return KINDS[facts.card["modality"]].limits(facts)


def spread(facts: Facts) -> list[str]:
    """Say that one network has no spread, or that networks of other folds are no repeats."""
    seeds = facts.spec["seeds"]
    if len(seeds) > 1:
        return []
    several = "one seed per fold" if len(facts.networks) > 1 else "a single network"
    return [f"This is {several}: how much training by chance moves the predictions is not known."]


def folds(facts: Facts) -> list[str]:
    """Say that the networks of all folds together have seen every example."""
    if len({network["fold"] for network in facts.networks}) == 1:
        return []
    return ["Together the networks of all folds have seen every example of this data: test them on new data only."]


def behind(facts: Facts) -> list[str]:
    """Name the labels on which the best simple baseline is not clearly worse."""
    measures, gains = measures_table(facts.metrics), differences_table(facts.metrics)
    metric = chief_metrics(facts.metrics["task"])[0]
    found: dict[str, list[str]] = {"is behind": [], "cannot be told from": []}
    names = set()
    for label in facts.labels:
        best = best_baseline(measures, label, metric)
        row = pick(gains, best or "", label, metric)
        if best is not None and np.isfinite([row["low"], row["high"]]).all() and row["low"] <= 0:
            found["is behind" if row["high"] < 0 else "cannot be told from"].append(label)
            names.add(method_name(best))
    return [
        f"By {metric_name(metric)} the model {words} the best baseline ({named(sorted(names))}) on {named(labels)}."
        for words, labels in found.items()
        if labels
    ]


def few_groups(facts: Facts) -> list[str]:
    """Say where intervals rest on few groups."""
    few = [label for label in facts.metrics["few_groups"] if label != MEAN] or facts.metrics["few_groups"]
    if not few:
        return []
    least = min(facts.metrics["groups"][label] for label in few)
    return [f"Intervals are rough: the test split has as few as {counted(least, 'group')} to resample ({named(few)})."]


def few_positives(facts: Facts) -> list[str]:
    """Name classes with few test examples."""
    if not TASKS[facts.card["task"]].binary:
        return []
    tested = [fold for fold in facts.card["counts"] if fold not in ("train", "validation")]
    counts = {label: sum(facts.card["counts"][fold][label] for fold in tested) for label in facts.labels}
    few = [f"{label} ({int(number)})" for label, number in counts.items() if number < FEW_POSITIVES]
    return [f"Few positives are tested: {named(few)}. Figures of such labels move with single examples."] if few else []


def calibration(facts: Facts) -> list[str]:
    """Say how far to trust the height of a probability."""
    if not TASKS[facts.card["task"]].binary:
        return []
    found = []
    error = facts.metrics.get("overall", {}).get("model", {}).get("ece", {}).get("value")
    if error is not None and error > GAP:
        found.append(
            f"Probabilities are off by {number(error)} on average (expected calibration error): compare them with each "
            "other rather than read them as chances."
        )
    shares = [positive_share(facts, label) for label in facts.labels]
    span = f"{min(shares):.0%}" if max(shares) - min(shares) < 0.01 else f"{min(shares):.0%} to {max(shares):.0%}"
    return [*found, f"Probabilities and thresholds hold where a label has as many positives as here: {span}."]


def audit(facts: Facts) -> list[str]:
    """Repeat what the audit found."""
    if facts.audit is None:
        return []
    lines = {"leak": "The audit found a leak", "look": "The audit asks for a look"}
    return [
        f"{words}: {row['check']} ({row['subject']}): {row['finding']}."
        for verdict, words in lines.items()
        for row in facts.audit[facts.audit["verdict"] == verdict].to_dict("records")
    ]


LIMITS: tuple[Callable[[Facts], list[str]], ...] = (
    simulated, input_limits, spread, folds, behind, few_groups, few_positives, calibration, audit,
)  # fmt: skip


def limits(facts: Facts) -> list[str]:
    """Return one sentence or two per limit."""
    return [line for limit in LIMITS for line in limit(facts)]
