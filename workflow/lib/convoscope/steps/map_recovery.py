"""Verb ``map-recovery``: whether the mutation maps of test windows point at the planted sites."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope import dataset, modelfile
from convoscope.errors import InputError
from convoscope.files import open_text, replacing
from convoscope.interpretation.attribution.mutagenesis import (
    expected_scores,
    map_heights,
    mutation_map,
    substitutions,
)
from convoscope.interpretation.motifs.meme import parse_meme
from convoscope.interpretation.truth.located_sites import (
    TRUTH,
    check_truth,
    locate,
    located_table,
    single_sites,
    strengths,
)
from convoscope.options import Input
from convoscope.prediction import ensemble as ensembles
from convoscope.sequence.simulation.composition import letter_shares, parse_dinucleotides
from convoscope.sequence.simulation.edits import SITE
from convoscope.tables import read_table, write_table


def map_recovery(
    *,
    models: list[Input],
    examples: Input,
    codes: Input,
    card: Input,
    truth: Input,
    truth_table: Input,
    dinucleotides: Input,
    table: Path,
) -> None:
    """Count how often a mutation map's strongest letter lies on the planted site.

    Parameters
    ----------
    models
        Trained networks, model.safetensors; those of a fold map its test windows.
    truth
        Planted matrices of the verb simulate, MEME text.
    truth_table
        Planted sites of the verb simulate, a table.
    dinucleotides
        Composition of the simulated genome: the file that it was simulated with.
    table
        Table to write, one row per factor, and one for all together.
    """
    if not models:
        raise InputError("--models: none given; at least one model.safetensors")
    data = dataset.load_dataset(examples, codes, card)
    planted = read_table(truth_table, "truth", TRUTH)
    with open_text(truth) as stream:
        matrices = {motif.alternative: motif.matrix for motif in parse_meme(stream.read(), str(truth))}
    with open_text(dinucleotides) as stream:
        background = letter_shares(parse_dinucleotides(stream.read(), str(dinucleotides)))
    folds = {path: str(modelfile.describe(path, ["fold"])["fold"]) for path in models}
    found = []
    for fold in dict.fromkeys(folds.values()):
        own = [path for path in models if folds[path] == fold]
        networks = ensembles.load(own)
        dataset.require_match(own[0], networks.facts, data.card, data.codes)
        check_truth(planted, matrices, networks.labels, str(truth_table))
        tested = data.table.iloc[dataset.rows(data, fold, ["test"])]
        training = data.labels[dataset.rows(data, fold, ["train"])]
        sites = single_sites(tested, planted, networks.labels)
        limits = expected_scores(training, networks.facts["task"])
        letters = np.asarray(data.codes[sites["row"].to_numpy(int)])
        strong = strengths(letters, sites, matrices, background) >= SITE
        found.append(_point(networks, letters, sites, limits).assign(strong=strong))
    with replacing(table) as [scratch]:
        write_table(located_table(pd.concat(found)), scratch)


def _point(networks: ensembles.Ensemble, codes: np.ndarray, sites: pd.DataFrame, limits: np.ndarray) -> pd.DataFrame:
    """Return what `locate` finds by the plain changes, and whether DeepBind's map of a window shows anything."""
    wild, change, _ = substitutions(networks, codes)
    rows, targets = np.arange(len(sites)), [networks.labels.index(factor) for factor in sites["factor"]]
    mapped = np.any(mutation_map(wild, change, limits)[rows, ..., targets] < 0, axis=(1, 2))
    return locate(sites, map_heights(change)[rows, :, targets], mapped)
