"""What an experiment was made of: versions, checksums, configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from convoscope.report.pages import write_page

# What a card says of its data besides counts and checksums.
DESCRIBED = ("modality", "alphabet", "unknown", "window", "channel_names", "space", "dtype", "by", "task", "labels")


def draw(path: Path, *, card: Mapping[str, Any], spec: dict) -> None:
    """Write the page of the card's versions and checksums and of every key of the configuration."""
    write_page(path, provenance_frame(card, spec), "provenance")


def flatten(content: Any, key: str = "") -> list[tuple[str, str]]:
    """Return nested JSON as pairs of dotted key and value.

    >>> flatten({"a": {"b": 1, "c": ["x", "y"]}})
    [('a.b', '1'), ('a.c', 'x, y')]
    """
    if isinstance(content, Mapping):
        return [pair for name, value in content.items() for pair in flatten(value, f"{key}.{name}".lstrip("."))]
    if isinstance(content, list) and not any(isinstance(item, Mapping | list) for item in content):
        return [(key, ", ".join(str(item) for item in content))]
    if isinstance(content, list):
        return [pair for place, value in enumerate(content) for pair in flatten(value, f"{key}[{place}]")]
    return [(key, "–" if content is None else str(content))]


def provenance_frame(card: Mapping[str, Any], spec: Mapping[str, Any]) -> pd.DataFrame:
    """Return versions, checksums of all inputs and every value of the configuration: ``part name value``."""
    facts = {name: card[name] for name in DESCRIBED if name in card}
    parts = {"version": card["versions"], "sha256 of input": card["inputs"], "data": facts, "configuration": spec}
    rows = []
    for part, content in parts.items():
        pairs = flatten(content) if part == "configuration" else [(k, flatten(v)[0][1]) for k, v in content.items()]
        rows += [(part, name, value) for name, value in pairs]
    return pd.DataFrame(rows, columns=["part", "name", "value"])
