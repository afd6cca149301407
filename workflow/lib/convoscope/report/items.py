"""What the report shows: one row for each figure and page, and one for each file that they are drawn from.

A row of `ITEMS` is drawn by ``report/<item>.py``, explained by ``workflow/report/<item>.rst`` and written to
``figures/<item>.svg``. The workflow reads this module, so it imports nothing but the standard library.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Artifact(NamedTuple):
    """A file that items are drawn from.

    ``path``: below the folder of results, with wildcards. ``help``: what it holds. ``kind``: how it is read, a row of
    `convoscope.tables.TABLES` or of `convoscope.steps.draw.READERS`. ``columns``: what a table must have. ``named``:
    where there are several files, how many of the folders above each are its name. ``wanted``: only experiments with
    these features have it.
    """

    path: str
    help: str
    kind: str
    columns: tuple[str, ...] = ()
    named: int = 0
    wanted: tuple[str, ...] = ()


class Item(NamedTuple):
    """A figure or page of the report.

    ``reads``: names of `ARTIFACTS`, given to the item's ``draw`` by their names. ``category``, ``title``: where the
    report lists it. ``spec``: the section of the experiment's configuration that ``draw`` gets. ``wanted``: only
    experiments with these features show it. ``together``: items of one word are drawn by one job, which reads each
    file once.
    """

    reads: tuple[str, ...]
    category: str
    title: str
    spec: str = ""
    wanted: tuple[str, ...] = ()
    together: str = ""


ARTIFACTS = {
    "card": Artifact("{experiment}/data/card.json", "what the examples are", "card"),
    "examples": Artifact("{experiment}/data/{examples}.tsv", "examples, windows.tsv or crops.tsv", "examples", ("id",)),
    "histories": Artifact(
        "{experiment}/{fold}/{seed}/history.tsv",
        "loss and metric by epoch, a file for each network",
        "history",
        ("epoch", "split", "loss", "metric"),
        named=2,
    ),
    "metrics": Artifact("{experiment}/metrics.json", "metrics of the ensemble and its baselines", "metrics"),
    "curves": Artifact(
        "{experiment}/curves.tsv",
        "ROC and precision-recall curves",
        "curves",
        ("method", "label", "curve", "x", "y"),
    ),
    "predictions": Artifact(
        "{experiment}/predictions.tsv.gz", "predictions of the ensemble for held-out examples", "predictions"
    ),
    "pairs": Artifact(
        "{experiment}/pairs.tsv",
        "effects of two motifs, alone and together",
        "pairs",
        ("first", "second", "orientation", "distance", "label", "first_effect", "second_effect", "interaction", "low",
         "high"),
    ),
}  # fmt: skip

ITEMS = {
    "learning": Item(("card", "histories"), "Performance", "learning curves", "training"),
    "discrimination": Item(
        ("card", "examples", "metrics", "curves", "predictions"),
        "Performance",
        "ROC and precision-recall",
        together="performance",
    ),
    "forest": Item(("metrics",), "Performance", "metrics with intervals", together="performance"),
    "calibration": Item(
        ("card", "examples", "predictions"), "Performance", "calibration", together="performance"
    ),
    "scores": Item(
        ("card", "examples", "metrics", "predictions"),
        "Performance",
        "predictions of positives and negatives",
        together="performance",
    ),
    "pairs": Item(("pairs",), "Motifs", "two motifs together", wanted=("pairs",)),
}  # fmt: skip


def jobs() -> dict[str, list[str]]:
    """Return the items that are drawn together, by the name of their job."""
    found: dict[str, list[str]] = {}
    for name, item in ITEMS.items():
        found.setdefault(item.together or name, []).append(name)
    return found


def reads(names: Iterable[str]) -> list[str]:
    """Return the artifacts that items are drawn from, each once, the card first: it tells how others are read."""
    every = dict.fromkeys(artifact for name in names for artifact in ITEMS[name].reads)
    return sorted(every, key=list(ARTIFACTS).index)
