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
    report lists it. ``spec``: what ``draw`` gets of the experiment's configuration: a section, its ``block``, or the
    whole ``experiment``. ``wanted``: only experiments and blocks with these features show it: ``sequence`` or
    ``image``, a section that is set, ``planted`` or ``simulated`` truth. ``per``: sections that hold several blocks,
    with a file for each. ``together``: items of one word are drawn by one job of an experiment or block, which
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


MATCHED = ("information", "motif_id", "motif_name", "q_value", "offset", "strand")  # of the best known motif
ARTIFACTS = {
    "card": Artifact("{experiment}/data/card.json", "what the examples are", "card"),
    "predicted": Artifact(
        "{experiment}/{kind}/{block}/predictions.tsv.gz", "predictions of windows without labels", "predicted"
    ),
    "predicted_dropped": Artifact(
        "{experiment}/{kind}/{block}/dropped.tsv", "rows that were not predicted, with reasons", "dropped", ("reason",)
    ),
    "predicted_cells": Artifact(
        "{experiment}/cells/{block}/predictions.tsv.gz", "predictions of cells without labels", "predicted_cells",
        ("line", "cell", "image", "x", "y", "called"),
    ),
    "cells_dropped": Artifact(
        "{experiment}/cells/{block}/dropped.tsv", "cells that were not predicted, with reasons", "dropped",
        ("line", "reason"),
    ),
    "examples": Artifact(
        "{experiment}/data/{examples}.tsv", "table of examples, windows.tsv or crops.tsv", "examples", ("id",)
    ),
    "codes": Artifact("{experiment}/data/codes.npy", "the examples as integers", "codes"),
    "sizes": Artifact(
        "references/{reference}/chrom.sizes", "lengths of contigs", "sizes", wanted=("reference",)
    ),
    "dropped": Artifact(
        "{experiment}/data/dropped.tsv", "input rows that became no example, with reasons", "dropped",
        ("source", "line", "label", "reason", "row"),
    ),
    "negatives": Artifact(
        "{experiment}/data/negatives.tsv", "negatives requested and obtained", "negatives",
        ("bin", "requested", "obtained"), wanted=("sequence",),
    ),
    "audit": Artifact(
        "{experiment}/data/audit.tsv", "checks for leaks", "audit", ("verdict", "check", "subject"), wanted=("image",)
    ),
    "layers": Artifact(
        "{experiment}/layers.tsv", "layers of the network", "layers", ("parameters", "multiply_adds")
    ),
    "histories": Artifact(
        "{experiment}/{fold}/{seed}/history.tsv", "loss and metric by epoch, a file for each network", "history",
        ("epoch", "split", "loss", "metric"), named=2,
    ),
    "trained": Artifact(
        "{experiment}/{fold}/{seed}/model.safetensors", "metadata of trained networks", "metadata",
        named=2,
    ),
    "trials": Artifact(
        "{experiment}/search/trials.tsv", "trials of a search by rung, with their settings", "trials",
        ("fold", "rung", "epochs", "by", "trial", "rank", "value", "goes_on"), wanted=("search",),
    ),
    "trial_curves": Artifact(
        "{experiment}/search/curves.tsv", "validation loss and metric of trials by epoch", "trial_curves",
        ("fold", "trial", "rung", "part", "epoch", "loss", "metric"), wanted=("search",),
    ),
    "sanity": Artifact(
        "{experiment}/sanity.tsv", "metrics of controls compared with chance", "sanity",
        ("control", "label", "metric", "value", "low", "high", "n", "chance", "model", "verdict"), wanted=("sanity",),
    ),
    "metrics": Artifact("{experiment}/metrics.json", "metrics of the ensemble and its baselines", "metrics"),
    "rungs": Artifact("{rung}/metrics.json", "metrics under several splits, a file for each", "metrics", named=1),
    "curves": Artifact(
        "{experiment}/curves.tsv", "ROC and precision-recall curves", "curves",
        ("method", "label", "curve", "x", "y"),
    ),
    "predictions": Artifact(
        "{experiment}/predictions.tsv.gz", "predictions of the ensemble for held-out examples", "predictions"
    ),
    "motifs": Artifact("{experiment}/motifs.meme", "motifs, or with matches.tsv those of filters", "motifs"),
    "matches": Artifact(
        "{experiment}/motifs.tsv", "motifs with their filters, influence and best known motifs, or matches.tsv",
        "matches", ("filter", "influence", "sites", "networks", "reproducible", *MATCHED),
    ),
    "filter_matches": Artifact(
        "{experiment}/matches.tsv", "filters with their influence and best known motifs", "matches",
        ("filter", "influence", "sites", "networks", "reproducible", *MATCHED),
    ),
    "filters": Artifact("{experiment}/filters.tsv", "lengths of the filters' motifs", "filters", ("filter", "length")),
    "positions": Artifact(
        "{experiment}/positions.tsv", "hits of filters by position", "positions", ("filter", "centre", "hits")
    ),
    "patterns": Artifact("{experiment}/modisco/patterns.meme", "patterns of attributions", "motifs"),
    "pattern_matches": Artifact(
        "{experiment}/modisco/matches.tsv", "patterns with their best known motifs", "modisco",
        ("label", "pattern", "seqlets", *MATCHED),
    ),
    "recovery": Artifact(
        "{experiment}/recovery.tsv", "planted motifs and the filters that match them", "recovery",
        ("factor", "role", "found", "effect"),
    ),
    "pairs": Artifact(
        "{experiment}/pairs.tsv", "effects of two motifs, alone and together", "pairs",
        ("first", "second", "orientation", "distance", "label", "first_effect", "second_effect", "interaction", "low",
         "high"),
    ),
    "maps": Artifact(
        "{experiment}/maps.npz", "mutation maps and attributions of windows", "maps", wanted=("maps",)
    ),
    "map_recovery": Artifact(
        "{experiment}/map_recovery.tsv", "planted sites in mutation maps", "map_recovery",
        ("factor", "windows", "on_site", "low", "high", "strong", "on_site_strong", "low_strong", "high_strong",
         "mapped", "on_site_mapped", "share"),
    ),
    "genes": Artifact(
        "references/{reference}/genes.tsv", "genes of the reference", "genes",
        ("chrom", "start", "end", "strand", "name", "exons"), wanted=("genes",),
    ),
    "tracks": Artifact("{experiment}/tracks", "folder of predictions along the genome, <label>.bw", "tracks"),
    "scores": Artifact(
        "{experiment}/variants/{block}/scores.tsv.gz", "scores of variants", "scores",
        ("row", "allele", "chrom", "pos", "id", "ref", "alt", "padded"),
    ),
    "variants_dropped": Artifact(
        "{experiment}/variants/{block}/dropped.tsv", "alleles that were not scored, with reasons", "dropped",
        ("row", "reason"),
    ),
    "variant_letters": Artifact(
        "{experiment}/variants/{block}/letters.tsv", "letters around the strongest variants, with their contributions",
        "variant_letters", ("row", "allele", "allele_shown", "position", "letter", "contribution"),
    ),
    "second": Artifact(
        "{experiment}/variants/{block}/second.tsv.gz", "predictions of the second network", "second",
        ("row", "allele", "outcome", "second", "difference", "logistic"),
    ),
    "second_metrics": Artifact(
        "{experiment}/variants/{block}/second.json", "metrics of the second network", "metrics"
    ),
    "variant_recovery": Artifact(
        "{experiment}/variants/{block}/recovery.tsv", "planted sites that variants break", "variant_recovery",
        ("factor", "broken", "kept", "auroc", "low", "high", "median_broken", "median_kept"),
    ),
    "interpretation": Artifact(
        "{experiment}/image_interpretation.npz", "filters, patches, maps and class images of a network",
        "image_interpretation",
    ),
    "embeddings": Artifact("{experiment}/embeddings.npz", "features of cells by the last layer", "embeddings"),
    "nearest": Artifact(
        "{experiment}/nearest.tsv", "classic kernels nearest to the filters", "nearest",
        ("filter", "channel", "kernel", "cosine", "q_value"),
    ),
    "control": Artifact(
        "{experiment}/control.tsv", "maps of networks with random weights", "control",
        ("method", "layers", "similarity"),
    ),
}  # fmt: skip

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
