"""Verb ``motifs``: trained networks to motifs, sites and influence of their first-layer filters."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from convoscope import dataset, modelfile
from convoscope.config import Motifs
from convoscope.config.strands import strand_facts
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.interpretation.motifs.alignment import align
from convoscope.interpretation.motifs.meme import Motif, format_meme
from convoscope.interpretation.motifs.pwm import RULES, consensus, information, motif_columns, positives, probabilities
from convoscope.interpretation.motifs.strongest_sites import Examples, centres
from convoscope.modality import MODALITIES
from convoscope.nn.convolution import first_correlation
from convoscope.options import Input
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.tables import write_table


def motifs(
    *, models: list[Input], windows: Input, codes: Input, card: Input, spec: Motifs,
    motifs: Path, filters: Path, table: Path, positions: Path,
) -> None:  # fmt: skip
    """Turn first-layer filters into motifs, with their sites and their influence.

    Parameters
    ----------
    motifs
        Motifs to write, one per filter, MEME text, filters.meme.
    filters
        File to write with the weights and counts of every filter, .npz.
    table
        Table of the filters to write, filters.tsv.
    positions
        Table to write of where in the windows the sites of every filter lie.
    """
    data = dataset.load_dataset(windows, codes, card)
    if not models:
        raise InputError("--models: none given; at least one model.safetensors")
    with tqdm(models, desc="motifs", unit="network", file=sys.stderr) as bar:
        rows = [row for path in bar for row in _filters_of(path, data, spec)]
    letters = ALPHABETS[data.card["alphabet"]].letters
    found = [Motif(row["filter"], "", row["matrix"], row["sites"]) for row in rows if len(row["matrix"])]
    arrays = {f"counts/{row['filter']}": row["counts"] for row in rows}
    where = [(row["filter"], *place) for row in rows for place in row["positions"]]
    hidden = ["weights", "counts", "positions", "matrix"]
    with replacing(motifs, filters, table, positions) as [motifs_file, filters_file, table_file, positions_file]:
        motifs_file.write_text(format_meme(found, letters, strand_facts(data.card)["strands"]))
        names, weights = [row["filter"] for row in rows], np.stack([row["weights"] for row in rows])
        np.savez_compressed(filters_file, allow_pickle=False, names=np.array(names), weights=weights, **arrays)
        write_table(pd.DataFrame(rows).drop(columns=hidden), table_file)
        write_table(pd.DataFrame(where, columns=["filter", "strand", "centre", "hits"]), positions_file)


def _filters_of(path: Path, data: dataset.Dataset, spec: Motifs) -> list[dict[str, Any]]:
    """Return one row per filter of one network: the columns of the table, and what the other files hold."""
    model, metadata = modelfile.load(path)
    modelfile.check_metadata(path, metadata, ["fold", "seed"])
    dataset.require_match(path, metadata, data.card, data.codes)
    chosen = dataset.rows(data, str(metadata["fold"]), spec.splits)
    encode = MODALITIES[metadata["modality"]].encode(metadata, torch.device("cpu"))
    examples = Examples(data.codes, chosen, encode)
    positive = positives(data.labels[chosen], metadata["task"])
    found, effects, groups = align(model, examples, positive, RULES[spec.rule])
    layer = first_correlation(model)
    weights = layer.weight.detach().numpy()
    own = {"fold": metadata["fold"], "seed": metadata["seed"]}
    rows = []
    for index, effect in enumerate(effects):
        columns = motif_columns(found.counts[index], found.sites[index])
        matrix = probabilities(found.counts[index])[columns]
        rows.append({
            "filter": f"{own['fold']}.{own['seed']}.f{index:03d}", **own, "index": index,
            "sites": int(found.sites[index]), "information": information(matrix).sum(), "length": len(matrix),
            "consensus": consensus(matrix, ALPHABETS[metadata["alphabet"]]),
            "activating": found.activating[index], "aligned": [*metadata["labels"], "others"][groups[index]],
            **{f"influence:{label}": value for label, value in zip(metadata["labels"], effect, strict=True)},
            "matrix": matrix, "counts": found.counts[index],
            "positions": centres(found.positions[index], columns, layer) if len(matrix) else [],
            "weights": weights[index],
        })  # fmt: skip
    return rows
