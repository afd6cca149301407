"""What a model card is made of, and the figures that several of its sections need."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.report.style import fold_name, fold_order

# Columns of the tables that a card is written from.
LAYERS = ("layer", "parameters", "multiply_adds")
HISTORY = ("epoch", "seconds", "device")
MATCHES = ("filter", "motif_id", "motif_name", "q_value")
AUDIT = ("verdict", "check", "subject", "finding")


class ModelFile(NamedTuple):
    """One file of a network; ``name`` is its path below the experiment's folder."""

    name: str
    size: int
    sha256: str


class Facts(NamedTuple):
    """Everything that the card of one experiment is written from.

    ``spec`` is the experiment's configuration, ``networks`` the metadata of every ``model.safetensors``; ``dropped``
    holds the reasons of input rows that were not used. ``matches`` and ``audit`` are None where the data has none.
    """

    name: str
    card: Mapping[str, Any]
    spec: Mapping[str, Any]
    metrics: Mapping[str, Any]
    networks: Sequence[Mapping[str, Any]]
    files: Sequence[ModelFile]
    layers: pd.DataFrame
    histories: Sequence[pd.DataFrame]
    examples: pd.DataFrame
    dropped: pd.Series
    simulated: bool
    matches: pd.DataFrame | None = None
    audit: pd.DataFrame | None = None

    @property
    def labels(self) -> list[str]:
        """Names of the outputs."""
        return list(self.card["labels"])

    @property
    def first(self) -> Mapping[str, Any]:
        """Metadata of the first network."""
        return self.networks[0]

    @property
    def options(self) -> Mapping[str, Any]:
        """Options of the architecture that the configuration sets."""
        return self.first["options"]

    @property
    def both_strands(self) -> bool:
        """Whether a sequence and its reverse complement get one score: all layers, or the first, are in BothStrands."""
        return any("network" in str(layer).split(".") for layer in self.layers["layer"])


def named(names: Sequence[object], limit: int = 8) -> str:
    """Write names in a row, the first few of many and how many more.

    >>> named(["a", "b"]), named(range(5), 3)
    ('a, b', '0, 1, 2 and 2 more')
    """
    every = [str(name) for name in names]
    rest = len(every) - limit
    return ", ".join(every) if rest <= 0 else f"{', '.join(every[:limit])} and {rest} more"


def counted(number: int, noun: str) -> str:
    """Write a number of things.

    >>> counted(1, "network"), counted(1200, "example")
    ('1 network', '1,200 examples')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def values_by_fold(facts: Facts, column: str) -> list[tuple[str, list[str]]]:
    """Return of every fold, in reading order, the distinct values of a column of the examples that are in no other."""
    table = facts.examples
    pairs = table[["fold", column]].astype(str).drop_duplicates()
    own = pairs[~pairs[column].duplicated(keep=False)]
    return [
        (fold_name(fold), natural(own.loc[own["fold"] == fold, column])) for fold in fold_order(list(pairs["fold"]))
    ]


def natural(values: pd.Series) -> list[str]:
    """Sort names so that numbers in them count: chr2 before chr10."""
    keys = values.str.replace(r"\d+", lambda found: found[0].zfill(12), regex=True)
    return list(values.iloc[np.argsort(keys.to_numpy(), kind="stable")])


def positive_share(facts: Facts, label: str) -> float:
    """Return the share of an output's positives among all examples of the data; NaN for measured values."""
    counts = facts.card["counts"].values()
    total = sum(fold["examples"] for fold in counts)
    return sum(fold[label] for fold in counts) / total if total else float("nan")
