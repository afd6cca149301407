"""What the report is drawn from: one row for each file.

The workflow reads this module, so it imports no library but Python's own.
"""

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
