"""The model card (Mitchell et al. 2019, doi:10.1145/3287560.3287596): one template per kind of data, and its values."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from convoscope.config.tasks import TASKS
from convoscope.report.card.facts import Facts, card_values
from convoscope.report.card.overview import overview
from convoscope.report.document import markdown_to_html, render
from convoscope.report.html import integer, seconds
from convoscope.report.provenance import flatten

TEMPLATES = Path(__file__).parent
SUBJECTS = {"sequence": "genomics", "image": "microscopy"}
# The Hub's names of metrics (huggingface.co/metrics); the others keep their own.
HUB_METRICS = {
    "auroc": "roc_auc",
    "auprc": "average_precision",
    "binary_accuracy": "accuracy",
    "sensitivity": "recall",
    "mcc": "matthews_correlation",
    "brier": "brier_score",
    "pearson": "pearsonr",
    "spearman": "spearmanr",
}


def _named(names: Sequence[object], limit: int = 8) -> str:
    """Write names in a row, the first few of many and how many more.

    >>> _named(["a", "b"]), _named(range(5), 3)
    ('a, b', '0, 1, 2 and 2 more')
    """
    every = [str(name) for name in names]
    rest = len(every) - limit
    return ", ".join(every) if rest <= 0 else f"{', '.join(every[:limit])} and {rest} more"


def _counted(number: int, noun: str) -> str:
    """Write a number of things.

    >>> _counted(1, "network"), _counted(1200, "example")
    ('1 network', '1,200 examples')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _pairs(content: Any) -> str:
    """Write nested names with their values in a row."""
    return ", ".join(f"{name} {value}" for name, value in flatten(content))


def front_matter(facts: Facts) -> str:
    """Return what the Hugging Face Hub reads of a card: the YAML block that it begins with.

    Keys are those of the Hub's model cards (huggingface.co/docs/hub/model-cards). A licence is left out: whose data the
    networks learned from decides on it.
    """
    modality, task = str(facts.card["modality"]), str(facts.card["task"])
    tags = ["biology", SUBJECTS[modality], task, *sorted({str(one["architecture"]) for one in facts.networks})]
    found = [HUB_METRICS.get(metric, metric) for metric in TASKS[task].metrics]
    content = {"library_name": "convoscope", "tags": tags, "metrics": list(dict.fromkeys(found))}
    return f"---\n{yaml.safe_dump(content, sort_keys=False)}---\n\n"


FILTERS: dict[str, Callable[..., Any]] = {
    "named": _named,
    "counted": _counted,
    "pairs": _pairs,
    "integer": integer,
    "seconds": seconds,
}


class Written(NamedTuple):
    """A card as Markdown of GitHub's flavour with metadata, as a page without, and what the first page says of it."""

    markdown: str
    page: str
    overview: dict[str, Any]


def write_card(facts: Facts) -> Written:
    """Return all that is written of one experiment."""
    values = card_values(facts)
    text = render(TEMPLATES / f"{facts.card['modality']}.md.j2", values, **FILTERS)
    page = markdown_to_html(text, f"Model card: {facts.name}")
    return Written(front_matter(facts) + text, page, overview(facts, values, FILTERS))
