"""Verb ``second``: a second network on the scores of variants, and simpler rules, in nested cross-validation."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from convoscope.config import Evaluation, Variants
from convoscope.errors import InputError
from convoscope.evaluation.compare import MODEL, Method, Resampling, Sample, compare
from convoscope.evaluation.regions import grouped_folds, name_regions
from convoscope.files import open_packed, replacing, write_json
from convoscope.interpretation.second_network.covariate_tables import read_covariates, rename_covariates
from convoscope.interpretation.second_network.covariates import KnownVariants, gather, largest_difference, read_scores
from convoscope.interpretation.second_network.training import LEARNERS, cross_validate
from convoscope.options import Input
from convoscope.sequence.contigs import contigs_by_name, parse_renames
from convoscope.tables import write_table

log = logging.getLogger(__name__)
RANKING = ("auroc", "auprc")  # the others need a threshold, which the largest difference has not


def second(
    *,
    scores: Input,
    table: Input | None = None,
    rename: list[str] | None = None,
    aliases: Input | None = None,
    spec: Variants,
    evaluation: Evaluation | None = None,
    predictions: Path,
    metrics: Path,
) -> None:
    """Train and measure a second network on the predicted effects of variants.

    Parameters
    ----------
    scores
        Scores of the verb predict-variants.
    table
        Table of further covariates of the variants, by contig, position, REF and ALT.
    evaluation
        Section evaluation of the configuration as JSON; its defaults when not given.
    predictions
        Table to write, gzipped: one row per variant, with what each method predicts.
    metrics
        Metrics with intervals to write, JSON.
    """
    if spec.outcome is None:
        raise InputError("--spec: no outcome; name the INFO field of two classes")
    torch.set_num_threads(1)
    everything = read_scores(scores)
    further = None
    if table:
        contigs = contigs_by_name(everything["chrom"].unique(), parse_renames(rename), aliases)
        further = rename_covariates(read_covariates(table), contigs, str(table))
    rows = gather(everything, spec, further)
    regions = name_regions(rows.table["chrom"].to_numpy(), rows.table["pos"].to_numpy(), spec.region)
    folds = grouped_folds(rows.positive, regions, spec.folds, spec.seed, "second network")
    log.info("%d variants, %d of them positive, in %d regions", len(folds), rows.positive.sum(), len(set(regions)))
    found = {name: cross_validate(learner, rows, folds, regions, spec.seed) for name, learner in LEARNERS.items()}
    score = {"difference": largest_difference(rows.table)} | {name: one.probability for name, one in found.items()}
    result = {
        **_measured(rows, regions, score, spec.outcome, evaluation or Evaluation()),
        "chosen": {name: one.chosen for name, one in found.items()},
        "inputs": rows.names,
        "missing": _missing(rows),
        "variants": {"used": len(folds), "positive": int(rows.positive.sum()), "unknown": len(everything) - len(folds)},
    }
    columns = rows.table[["row", "allele"]].assign(region=regions, fold=folds, outcome=rows.positive.astype(int))
    columns = columns.assign(**{name: score[name] for name in ("second", "difference", "logistic")})
    with replacing(predictions) as [scratch], open_packed(scratch) as text:
        write_table(columns, text, 8)
    write_json(metrics, result)


def _measured(
    rows: KnownVariants, regions: np.ndarray, score: dict[str, np.ndarray], outcome: str, evaluation: Evaluation
) -> dict[str, Any]:
    """Measure all methods on the same variants, whole regions resampled; the second network is the model."""
    ordered = {MODEL: score["second"]} | {name: score[name] for name in ("difference", "logistic")}
    methods = {name: Method(one[:, np.newaxis], one[:, np.newaxis] > 0.5) for name, one in ordered.items()}
    truth = rows.positive.astype(np.float64)[:, np.newaxis]
    sample = Sample(truth, pd.factorize(regions)[0], [outcome], "multilabel")
    result = compare(sample, methods, Resampling(evaluation.bootstrap, evaluation.confidence, evaluation.seed))
    for block in (result["model"], *result["baselines"].values(), *result["differences"].values()):
        block[outcome] = {name: block[outcome][name] for name in RANKING}
    return result


def _missing(rows: KnownVariants) -> dict[str, int]:
    """Count the unknown values of each input; they are filled with the median of the training rows."""
    counts = np.isnan(rows.inputs).sum(axis=0).tolist()
    found = {name: count for name, count in zip(rows.names, counts, strict=True) if count}
    for name, count in found.items():
        log.info("%s: %d of %d values unknown; filled with the training median", name, count, len(rows.inputs))
    return found
