"""Verb ``modisco``: attributions of test windows to patterns, named by their best match in a database."""

import logging
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from convoscope import dataset
from convoscope.config import Modisco, Motifs
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.interpretation.motifs import tomtom
from convoscope.interpretation.motifs.database import load_database
from convoscope.interpretation.motifs.meme import format_meme
from convoscope.interpretation.motifs.modisco import (
    NARROWEST,
    Pattern,
    find_patterns,
    load_library,
    mutation_contributions,
)
from convoscope.interpretation.motifs.pwm import information
from convoscope.options import Input
from convoscope.prediction import ensemble
from convoscope.tables import write_table

log = logging.getLogger(__name__)
ONE_STRAND = "modisco: the library takes a pattern and its reverse complement for one, but this data has one strand"
COLUMNS = {"id": "motif_id", "name": "motif_name"}


def modisco(
    *, models: list[Input], windows: Input, codes: Input, card: Input, spec: Modisco, naming: Motifs,
    patterns: Path, matches: Path,
) -> None:  # fmt: skip
    """Find the patterns behind one label by TF-MoDISco, and compare them with known motifs.

    Parameters
    ----------
    patterns
        Patterns to write, MEME text.
    matches
        Table to write of the patterns and the known motifs most similar to them.
    """
    load_library()  # before mutagenesis, which takes longer
    tqdm.monitor_interval = 0  # a thread, next to which the library does not turn on the cache of what it compiles
    networks = ensemble.load(models)
    if networks.facts["strands"] == "single":
        raise InputError(ONE_STRAND)
    label = _label_number(networks, spec.label)
    data = dataset.load_dataset(windows, codes, card)
    dataset.require_match(models[0], networks.facts, data.card, data.codes)
    found: list[Pattern] = []
    if data.codes.shape[1] < NARROWEST:
        log.warning("modisco: windows of %d bp; patterns are looked for in %d or more", data.codes.shape[1], NARROWEST)
    else:
        chosen = _strongest(data, networks, label, spec.windows)
        track = partial(tqdm, desc="mutagenesis", unit="batch", file=sys.stderr)
        found = find_patterns(chosen, mutation_contributions(networks, chosen, label, track), spec.seqlets)
    found = [pattern for pattern in found if len(pattern.motif.matrix)]
    table = _pattern_table(found, networks.labels, naming)
    table.insert(0, "label", networks.labels[label])
    with replacing(patterns, matches) as [patterns_file, matches_file]:
        patterns_file.write_text(format_meme([pattern.motif for pattern in found], networks.alphabet.letters))
        write_table(table, matches_file)


def _label_number(networks: ensemble.Ensemble, label: str | None) -> int:
    """Return the number of a label, of the first one where none is named."""
    if label is not None and label not in networks.labels:
        raise InputError(f"modisco.label: {label!r}; one of {', '.join(networks.labels)}")
    return networks.labels.index(label) if label else 0


def _strongest(data: dataset.Dataset, networks: ensemble.Ensemble, label: int, number: int) -> np.ndarray:
    """Return the codes of the test windows that score highest on a label."""
    tested = np.unique(np.concatenate([dataset.rows(data, fold, ["test"]) for fold in data.card["folds"]]))
    raw = ensemble.scores(networks, data.codes[tested]).mean(axis=0)[:, label]
    return np.ascontiguousarray(data.codes[tested[np.argsort(-raw, kind="stable")[:number]]])


def _pattern_table(found: list[Pattern], labels: list[str], naming: Motifs) -> pd.DataFrame:
    """Return one row per pattern with its seqlets, its mean contribution to every label and its best match."""
    rows = [
        {
            "pattern": motif.name, "seqlets": motif.sites, "information": information(motif.matrix).sum(),
            **{f"contribution:{label}": value for label, value in zip(labels, effects, strict=True)},
        } for motif, effects in found
    ]  # fmt: skip
    names = ["pattern", "seqlets", "information", *(f"contribution:{label}" for label in labels)]
    known = load_database(naming.database, naming.taxa)
    best = tomtom.match_motifs([pattern.motif.matrix for pattern in found], known)
    matched = pd.DataFrame(best, columns=list(tomtom.Match._fields)).rename(columns=COLUMNS)
    return pd.concat([pd.DataFrame(rows, columns=names), matched], axis=1)
