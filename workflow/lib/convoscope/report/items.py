"""What the report shows: one row for each figure and page.

A row of `ITEMS` is drawn by ``report/<item>.py``, explained by ``workflow/report/<item>.rst`` and written to
``figures/<item>.svg``. The workflow reads this module, so it imports no library but Python's own.
"""

from collections.abc import Iterable
from typing import NamedTuple

from convoscope.report.artifacts import ARTIFACTS


class Item(NamedTuple):
    """A figure or page of the report.

    ``reads``: names of `ARTIFACTS`, given to the item's ``draw`` by their names. ``category``, ``title``: where the
    report lists it. ``spec``: what ``draw`` gets of the experiment's configuration: a section, its ``block``, or the
    whole ``experiment``. ``wanted``: only experiments and blocks with these features show it: ``sequence`` or
    ``image``, a section that is set, ``planted`` or ``simulated`` truth. ``per``: sections that hold several blocks,
    each of which has a file. ``together``: items of one word are drawn by one job of an experiment or block, which
    reads each file once; without a word an item has a job of its own.
    ``file``, ``module``, ``caption``: where they are not called like the item.
    """

    reads: tuple[str, ...]
    category: str
    title: str
    spec: str = ""
    wanted: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    together: str = ""
    file: str = ""
    module: str = ""
    caption: str = ""


WRITTEN_WITH_FIGURES = (".pdf", ".png", ".tsv")  # next to the .svg
WRITTEN_WITH_PAGES = {"metrics.html": (".tsv",)}
SEQUENCE, IMAGE = ("sequence",), ("image",)
ITEMS = {
    "composition": Item(("card", "examples", "codes"), "Data", "composition of positives and negatives",
                        wanted=SEQUENCE, together="data"),
    "places": Item(("card", "examples", "sizes"), "Data", "where the examples lie", wanted=SEQUENCE, together="data"),
    "montage": Item(("card", "examples", "codes"), "Data", "cells of every class", wanted=IMAGE, together="data"),
    "class_counts": Item(("card", "examples"), "Data", "cells by class and split", wanted=IMAGE, together="data",
                         file="sides.svg"),
    "dropped": Item(("examples", "dropped", "negatives"), "Data", "rows not used, by reason", together="data"),
    "dropped_table": Item(("dropped",), "Data", "rows not used", together="data", file="dropped.html", module="pages"),
    "counts": Item(("card",), "Data", "examples by split and label", together="data", file="counts.html"),
    "audit": Item(("audit",), "Data", "audit for leaks", wanted=IMAGE, together="ladder", file="audit.html",
                  module="pages"),
    "learning": Item(("card", "histories", "trained"), "Performance", "learning curves", together="performance"),
    "search": Item(("card", "trials", "trial_curves"), "Performance", "search of settings", wanted=("search",),
                   together="performance"),
    "search_table": Item(("trials",), "Performance", "trials of the search", wanted=("search",), together="performance",
                         file="search.html", module="pages"),
    "discrimination": Item(("card", "examples", "metrics", "curves", "predictions"), "Performance",
                           "ROC and precision-recall", together="performance"),
    "forest": Item(("metrics",), "Performance", "metrics with intervals", together="performance"),
    "calibration": Item(("card", "examples", "predictions"), "Performance", "calibration", together="performance"),
    "scores": Item(("card", "examples", "metrics", "predictions"), "Performance",
                   "predictions of positives and negatives", together="performance"),
    "metrics": Item(("metrics",), "Performance", "all metrics", together="performance", file="metrics.html"),
    "sanity": Item(("card", "sanity"), "Performance", "sanity controls", wanted=("sanity",), together="performance"),
    "sanity_table": Item(("sanity",), "Performance", "table of sanity controls", wanted=("sanity",),
                         together="performance", file="sanity.html", module="pages"),
    "confusion": Item(("card", "metrics"), "Performance", "confusions", wanted=IMAGE, together="performance"),
    "mistakes": Item(("card", "examples", "codes", "predictions"), "Performance", "surest mistakes", wanted=IMAGE,
                     together="performance"),
    "votes": Item(("card", "examples", "metrics", "predictions"), "Performance", "calls of whole groups", wanted=IMAGE,
                  together="performance"),
    "ladder": Item(("rungs",), "Performance", "ladder of splits", "split", wanted=IMAGE, together="ladder"),
    "gallery": Item(("motifs", "matches"), "Motifs", "gallery of motifs", "motifs", wanted=SEQUENCE, together="motifs"),
    "positions": Item(("card", "matches", "filters", "positions"), "Motifs", "where the motifs fire", "motifs",
                      wanted=SEQUENCE, together="motifs"),
    "matches": Item(("matches", "filter_matches"), "Motifs", "all motifs and filters", "motifs", wanted=SEQUENCE,
                    together="motifs", file="matches.html"),
    "pairs": Item(("pairs",), "Motifs", "two motifs together", wanted=("pairs",), together="motifs"),
    "modisco": Item(("patterns", "pattern_matches"), "Motifs", "patterns of attributions", "motifs",
                    wanted=("modisco",), together="motifs"),
    "modisco_table": Item(("pattern_matches",), "Motifs", "all patterns of attributions", wanted=("modisco",),
                          together="motifs", file="modisco.html", module="pages"),
    "recovery": Item(("recovery",), "Motifs", "planted motifs recovered", wanted=("planted",), together="motifs",
                     file="recovery.html", module="pages"),
    "filtering": Item(("codes",), "Filters", "from averages to edges", "crops", wanted=IMAGE, together="data"),
    "kernels": Item(("card", "interpretation", "nearest"), "Filters", "learned filters", wanted=IMAGE,
                    together="interpretation"),
    "patches": Item(("card", "interpretation"), "Filters", "strongest patches and their projections", wanted=IMAGE,
                    together="interpretation"),
    "image_maps": Item(("card", "interpretation"), "Filters", "what decided the answers", wanted=IMAGE,
                       together="interpretation", file="maps.svg"),
    "classes": Item(("card", "interpretation"), "Filters", "inputs that raise each class most", wanted=IMAGE,
                    together="interpretation"),
    "embedding": Item(("card", "examples", "embeddings"), "Filters", "cells as the last layer sees them", wanted=IMAGE,
                      together="interpretation"),
    "control": Item(("control",), "Filters", "control: random weights", wanted=IMAGE, together="interpretation"),
    "tracks": Item(("card", "examples", "predictions", "tracks"), "Predictions", "along the genome", wanted=("tracks",),
                   together="maps"),
    "loci": Item(("card", "examples", "predictions", "maps", "genes", "tracks"), "Predictions",
                 "loci of the strongest sites", wanted=("tracks",), together="maps"),
    "predicted": Item(("card", "predicted", "examples", "metrics", "predictions"), "Predictions", "{block}: {kind}",
                      per=("regions", "records"), together="predicted", file="{kind}.{block}.svg"),
    "predicted_table": Item(("predicted", "predicted_dropped"), "Predictions", "{block}: strongest {kind}, and drops",
                            per=("regions", "records"), together="predicted", file="{kind}.{block}.html"),
    "predicted_cells": Item(("card", "predicted_cells", "examples", "metrics", "predictions"), "Predictions",
                            "{block}: cells", per=("further_cells",), together="predicted_cells",
                            file="cells.{block}.svg"),
    "predicted_cells_table": Item(("card", "predicted_cells", "cells_dropped", "examples", "metrics", "predictions"),
                                  "Predictions", "{block}: calls, least sure cells, and drops", per=("further_cells",),
                                  together="predicted_cells", file="cells.{block}.html"),
    "mutation_maps": Item(("maps",), "Variants", "mutation maps", wanted=("maps",), together="maps", file="maps.svg"),
    "map_recovery": Item(("map_recovery",), "Variants", "planted sites in mutation maps", wanted=("maps", "planted"),
                         together="maps", file="map_recovery.html", module="pages"),
    "variants": Item(("scores",), "Variants", "{block}: predicted differences", "block", per=("variants",),
                     together="variants", file="variants.{block}.svg"),
    "variants_table": Item(("scores", "variants_dropped"), "Variants", "{block}: strongest variants, and drops",
                           per=("variants",), together="variants", file="variants.{block}.html"),
    "variant_loci": Item(("card", "examples", "scores", "variant_letters", "genes", "tracks"), "Variants",
                         "{block}: loci of the strongest variants", wanted=("tracks", "own_genome"), per=("variants",),
                         together="variants", file="loci.{block}.svg"),
    "second_network": Item(("scores", "second", "second_metrics"), "Variants", "{block}: second network", "block",
                           wanted=("outcome",), per=("variants",), together="variants", file="second.{block}.svg"),
    "variant_recovery": Item(("variant_recovery",), "Variants", "{block}: planted sites that are broken",
                             wanted=("simulated",), per=("variants",), together="variants",
                             file="recovery.{block}.html", module="pages"),
    "layers": Item(("layers",), "Model", "layers", together="performance", file="layers.html", module="pages"),
    "provenance": Item(("card",), "Model", "provenance", "experiment", file="provenance.html"),
}  # fmt: skip
# Pages that rules of their own write.
FURTHER = {
    "summary": Item((), "Summary", "all experiments", file="summary.html"),
    "model_card": Item((), "Model", "model card", file="model_card.html"),
}


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


def file_of(name: str) -> str:
    """Return the name of an item's file, with wildcards where there is one for each block."""
    return ITEMS[name].file or f"{name}.svg"


def written_with(file: str) -> list[str]:
    """Return the names of what is written next to a file of the report: copies of a figure, and its table.

    >>> written_with("loci.{block}.svg"), written_with("metrics.html"), written_with("layers.html")
    (['loci.{block}.pdf', 'loci.{block}.png', 'loci.{block}.tsv'], ['metrics.tsv'], [])
    """
    stem, _, kind = file.rpartition(".")
    endings = WRITTEN_WITH_FIGURES if kind == "svg" else WRITTEN_WITH_PAGES.get(file, ())
    return [f"{stem}{ending}" for ending in endings]


def captions() -> list[str]:
    """Return the names of all texts of the report, each once: captions, and that of the first page."""
    names = {item.caption or name for name, item in (ITEMS | FURTHER).items()}
    return [f"{name}.rst" for name in sorted({*names, "workflow"})]
