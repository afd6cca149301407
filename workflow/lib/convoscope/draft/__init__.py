"""Drafts of configurations: a few keys with values that are looked up in the user's files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined


class Draft(NamedTuple):
    """A configuration as commented YAML, and in a few sentences what was seen in the files."""

    text: str
    seen: str


def write_draft(kind: str, seen: list[str], values: dict[str, Any]) -> Draft:
    """Return the configuration of a kind of data, checked as a run checks it.

    Parameters
    ----------
    kind
        Name of the template, ``<kind>.yaml.j2``.
    seen
        Sentences.
    values
        What the template names.

    Raises
    ------
    InputError
        With the lines of `preflight`.
    """
    from convoscope.preflight import preflight  # takes most of the time of `make cells`, which needs `safe_name` alone

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, autoescape=False,  # YAML, no HTML
    )  # fmt: skip
    environment.filters["value"] = flow_value
    text = environment.get_template(f"{kind}.yaml.j2").render(seen=seen, **values)
    preflight(yaml.safe_load(text))
    return Draft(text, " ".join(seen))


def flow_value(value: Any) -> str:
    """Write a value as it is inside of ``{}`` and ``[]`` of YAML, on one line.

    >>> flow_value("a.bed"), flow_value("a, b.bed"), flow_value(["chr2", "12"])
    ('a.bed', "'a, b.bed'", "[chr2, '12']")
    """
    return yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=float("inf"))[1:-2]


def label_list(names: Iterable[str], most: int = 8) -> str:
    """Return the first names of many, and how many there are."""
    every = list(names)
    return ", ".join(every[:most]) + (f", … ({len(every)} in all)" if len(every) > most else "")


def safe_name(text: str) -> str:
    """Return a text as a name of the configuration: letters, digits, ``_ . + -``, at most 64.

    >>> safe_name("GABP (HudsonAlpha)"), safe_name("(?)")
    ('GABP__HudsonAlpha', 'experiment')
    """
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_.+-") else "_" for letter in text)
    return kept.strip("_.+-")[:64] or "experiment"
