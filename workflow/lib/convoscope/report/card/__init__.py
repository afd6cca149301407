"""The model card (Mitchell et al. 2019, doi:10.1145/3287560.3287596): one template per kind of data, and its values."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from convoscope.report.card.facts import Facts, card_values
from convoscope.report.document import markdown_to_html, render
from convoscope.report.html import integer, seconds
from convoscope.report.provenance import flatten

TEMPLATES = Path(__file__).parent


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


def write_card(facts: Facts) -> tuple[str, str]:
    """Return a card as Markdown of GitHub's flavour and as a page of the report."""
    filters = {"named": _named, "counted": _counted, "pairs": _pairs, "integer": integer, "seconds": seconds}
    text = render(TEMPLATES / f"{facts.card['modality']}.md.j2", card_values(facts), **filters)
    return text, markdown_to_html(text, f"Model card: {facts.name}")
