"""What speaks against an experiment, each point with the page that shows it and with what to try."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from convoscope.config.tasks import TASKS
from convoscope.report.card.facts import Facts

Values = Mapping[str, Any]
LOST = 0.05  # rows that were not used, as a share of them and the examples, worth a warning
UNEVEN = 5  # largest class over smallest worth a warning

# What to try, where it depends on the kind of data.
ADVICE = {
    "sequence": {
        "not ahead": "take the simpler method there, or try more sites, a longer window, another network (`search`)",
        "few groups": "read intervals as rough; `split.strategy: blocks` makes more groups",
    },
    "image": {
        "not ahead": "take the simpler method there, or try more cells of each class, another network (`search`)",
        "few groups": "read intervals as rough; `split.strategy: grouped_folds` tests every group once",
    },
}


class Caution(NamedTuple):
    """What speaks against an experiment: the item of the report that shows it, what was found, and what to try."""

    item: str
    found: str
    advice: str = ""


def cautions(facts: Facts, values: Values) -> list[Caution]:
    """Return what speaks against an experiment, given the facts and values of its model card; the gravest first."""
    return [caution for check in CHECKS for caution in check(facts, values)]


def _not_ahead(facts: Facts, values: Values) -> list[Caution]:
    """Name the labels on which a simple baseline is as good."""
    advice = ADVICE[facts.card["modality"]]["not ahead"]
    return [
        Caution(
            "forest", f"By {values['chief']} the network {words} {' and '.join(methods)} on {', '.join(labels)}", advice
        )
        for words, methods, labels in values["not_ahead"]
    ]


def _leaks(facts: Facts, values: Values) -> list[Caution]:
    """Name the leaks that the audit found, and count what it asks to look at."""
    rows = [row for _, row in values["warnings"]]
    leaks = [f"{row['check']} ({row['subject']})" for row in rows if row["verdict"] == "leak"]
    looks = list(dict.fromkeys(str(row["subject"]) for row in rows if row["verdict"] == "look"))
    found = []
    if leaks:
        found.append(
            Caution("audit", f"The audit found a leak: {', '.join(leaks)}", "name the column under `split.by`")
        )
    if looks:
        advice = "judge whether they tell the class; if so, name them under `split.by`"
        found.append(Caution("audit", f"The audit asks for a look at {', '.join(looks)}", advice))
    return found


def _few_groups(facts: Facts, values: Values) -> list[Caution]:
    """Say that intervals rest on few groups."""
    if not values["few_groups"]:
        return []
    labels = _several(values["few_groups"], "label")
    found = f"Few groups of the test split to resample: {values['least_groups']} for {labels}"
    return [Caution("forest", found, ADVICE[facts.card["modality"]]["few groups"])]


def _several(names: list[str], noun: str) -> str:
    """Name a few, count many."""
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} {noun}s"


def _class_shares(facts: Facts, values: Values) -> list[Caution]:
    """Say that a label has few test examples, or that classes are uneven."""
    counts = {label: sum(fold[label] for fold in facts.card["counts"].values()) for label in facts.labels}
    found = []
    if values["few_positives"]:
        words = f"Few test examples: {_several(values['few_positives'], 'label')}"
        found.append(Caution("counts", words, "test every fold, or add examples; single ones move these figures"))
    least, most = min(counts.values()), max(counts.values())
    if TASKS[facts.card["task"]].exclusive and most > UNEVEN * least:
        words = f"Uneven classes: from {least:,.0f} to {most:,.0f} examples"
        found.append(Caution("counts", words, "read macro recall, not accuracy; `training.class_weights: true`"))
    return found


def _dropped(facts: Facts, values: Values) -> list[Caution]:
    """Say that many rows of the input were not used."""
    share = values["lost"] / max(values["lost"] + len(facts.examples), 1)
    if share <= LOST:
        return []
    found = f"{values['lost']:,} input rows could not be used ({share:.0%} of them and the examples)"
    return [Caution("dropped", found, "look up the commonest reason: a wrong reference or column is one")]


def _probabilities(facts: Facts, values: Values) -> list[Caution]:
    """Say that probabilities are off."""
    if not values["calibration_error"]:
        return []
    found = f"Probabilities are off by {values['calibration_error']} on average (expected calibration error)"
    return [Caution("calibration", found, "compare them with each other only; the scaled ones are on the page")]


def _chance(facts: Facts, values: Values) -> list[Caution]:
    """Say that one training does not show how far chance moves it."""
    if len(facts.spec["seeds"]) > 1:
        return []
    return [Caution("learning", "One seed: how much chance moves the result is not known", "`seeds: [1, 2, 3]`")]


def _simulated(facts: Facts, values: Values) -> list[Caution]:
    """Say that the data are simulated."""
    said = "The data are simulated: nothing here is about real ones"
    return [Caution("model_card", said)] if facts.simulated else []


CHECKS = (_leaks, _not_ahead, _few_groups, _class_shares, _dropped, _probabilities, _chance, _simulated)
