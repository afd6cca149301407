"""Verb ``pairs``: what the most influential motifs do together, planted at growing distance in shuffled windows."""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from convoscope import dataset
from convoscope.config import Motifs, Pairs
from convoscope.files import open_text, replacing
from convoscope.interpretation.motifs.known import MATCHES, known_motifs
from convoscope.interpretation.motifs.meme import meme_letters
from convoscope.interpretation.motifs.spacing import PlantedSite, best_site, interactions, motif_likeness
from convoscope.options import Input
from convoscope.prediction import ensemble
from convoscope.sequence.alphabet import reverse_complement_codes
from convoscope.sequence.shuffle import shuffle_codes
from convoscope.tables import read_table, write_table

ALIKE = 0.75  # motifs whose columns correlate more are one motif under two names


def pairs(
    *, models: list[Input], windows: Input, codes: Input, card: Input, motifs: Input, matches: Input, spec: Pairs,
    naming: Motifs, pairs: Path,
) -> None:  # fmt: skip
    """Measure what two motifs, planted in shuffled windows, do beyond the sum of both.

    Parameters
    ----------
    pairs
        Table to write, one row per pair, orientation, distance and label.
    """
    networks = ensemble.load(models)
    data = dataset.load_dataset(windows, codes, card)
    dataset.require_match(models[0], networks.facts, data.card, data.codes)
    sites = _choose_sites(motifs, matches, spec.motifs, naming.q_value, networks)
    backgrounds = _shuffled_windows(data, spec.backgrounds, spec.seed, len(networks.alphabet.letters))
    track = partial(tqdm, desc="pairs", unit="batch", file=sys.stderr)
    found = interactions(
        lambda planted: ensemble.scores(networks, planted).mean(axis=0),
        backgrounds, sites, networks.labels, range(-spec.largest, spec.largest + 1, spec.step), track,
    )  # fmt: skip
    with replacing(pairs) as [scratch]:
        write_table(found, scratch)


def _choose_sites(
    motifs: Path, matches: Path, number: int, limit: float, networks: ensemble.Ensemble
) -> list[PlantedSite]:
    """Return the best sites of the most influential named motifs, none like one before it."""
    with open_text(motifs) as stream:
        text = stream.read()
    if meme_letters(text) not in ("ACGT", "ACGU"):
        return []
    both = networks.facts["strands"] == "both"
    taken: list[np.ndarray] = []
    sites: list[PlantedSite] = []
    for motif in known_motifs(text, read_table(matches, "matches", MATCHES), limit, str(matches)):
        if len(sites) < number and all(motif_likeness(motif.matrix, other, both) < ALIKE for other in taken):
            taken.append(motif.matrix)
            forward = best_site(motif.matrix)
            reverse = reverse_complement_codes(forward, networks.alphabet) if both else None
            sites.append(PlantedSite(motif.alternative, forward, reverse))
    return sites


def _shuffled_windows(data: dataset.Dataset, number: int, seed: int, letters: int) -> np.ndarray:
    """Return dinucleotide shuffles ``(number, window)`` of test windows of known letters, as far as there are any."""
    tested = np.unique(np.concatenate([dataset.rows(data, fold, ["test"]) for fold in data.card["folds"]]))
    known = tested[(data.codes[tested] < letters).all(axis=1)]
    chosen = np.random.default_rng(seed).permutation(known)[:number]
    return shuffle_codes(np.ascontiguousarray(data.codes[np.sort(chosen)]), seed)
