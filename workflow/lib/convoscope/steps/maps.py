"""Verb ``maps``: mutation maps, indel scans and attributions of single windows."""

import logging
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from convoscope import dataset, modelfile
from convoscope.config.uses import Maps
from convoscope.errors import InputError
from convoscope.files import open_text, replacing
from convoscope.interpretation.attribution.motif_instances import Hit, find_hits
from convoscope.interpretation.attribution.mutagenesis import expected_scores
from convoscope.interpretation.attribution.mutation_maps import (
    EVERY,
    PREDICTIONS,
    columns_of,
    describe_maps,
    for_every_label,
    highest_windows,
    map_windows,
    together,
)
from convoscope.interpretation.motifs.known import MATCHES, known_motifs
from convoscope.interpretation.motifs.meme import meme_letters
from convoscope.options import Input
from convoscope.prediction import ensemble as ensembles
from convoscope.prediction.windows import place_sites
from convoscope.sequence.alphabet import encode_many
from convoscope.sequence.codes import letters
from convoscope.sequence.contigs import Contigs, contigs_of_options
from convoscope.sequence.genome import chrom_sizes, indexed
from convoscope.sequence.sites import read_sites
from convoscope.sequence.tables import name_places
from convoscope.tables import find_rows, read_table, write_table

log = logging.getLogger(__name__)
DROPPED = ["source", "line", "row", "reason"]


def maps(
    *, models: list[Input], examples: Input, codes: Input, card: Input, predictions: Input, motifs: Input,
    matches: Input, bed: Input | None = None, genome: Input | None = None, rename: list[str] | None = None,
    aliases: Input | None = None, spec: Maps, q_value: float = 0.05, maps: Path, table: Path,
    dropped: Path | None = None,
) -> None:  # fmt: skip
    """Compute mutation maps of the strongest test windows, and of the intervals of a BED.

    Parameters
    ----------
    predictions
        Predictions averaged over the networks, predictions.tsv.gz.
    bed
        Further windows to map, around the middle of every interval, BED.
    genome
        Reference genome of these intervals, FASTA: plain, gzipped or bgzipped.
    q_value
        Largest q-value of a match by which a filter gets the known motif's name.
    maps
        Maps and windows to write, .npz.
    table
        Table to write, one row per window.
    dropped
        Table to write of the intervals that have no window, with the reason.
    """
    data, networks = dataset.load_dataset(examples, codes, card), ensembles.load(models)
    dataset.require_match(models[0], networks.facts, data.card, data.codes)
    predicted = read_table(predictions, "predictions", PREDICTIONS)
    chosen = highest_windows(predicted, data.table, networks.labels, spec.windows).assign(kind="test")
    letters = np.asarray(data.codes[find_rows(chosen["id"], data.table["id"], str(predictions))])
    lost = pd.DataFrame(columns=DROPPED)
    if bed is not None:
        if genome is None:
            raise InputError("--genome: missing; the reference that --bed is on")
        with indexed(genome) as fasta:
            contigs = contigs_of_options(chrom_sizes(fasta), rename, aliases)
            places, lost = _place_rows(bed, contigs, networks)
            if len(places):
                added, own = _bed_windows(places, fasta, networks)
                chosen, letters = pd.concat([chosen, added], ignore_index=True), np.concatenate([letters, own])
    folds = {path: str(modelfile.describe(path, ["fold"])["fold"]) for path in models}
    parts = []
    with tqdm(total=len(chosen), desc="maps", unit="window", file=sys.stderr) as bar:
        for fold, rows in chosen.groupby("fold", sort=False).indices.items():
            given = [path for path in models if fold in (EVERY, folds[path])]
            if not given:
                raise InputError(f"--models: none of fold {fold}, which tests {chosen['id'][rows[0]]}; give all of it")
            training = dataset.rows(data, folds[given[0]], ["train"])
            limits = expected_scores(data.labels[training], networks.facts["task"])
            part = (letters[rows], chosen["label"].to_numpy()[rows].tolist(), limits, spec)
            parts.append((np.asarray(rows), map_windows(ensembles.load(given), *part)))
            bar.update(len(rows))
    arrays = together(parts)
    hits = _find_motifs(letters, networks.facts["strands"], motifs, matches, q_value)
    facts = {"alphabet": np.array(networks.alphabet.name), "methods": np.array(spec.methods, dtype=str)}
    content = {**columns_of(chosen, letters, hits), **arrays, **facts}
    with replacing(maps, table, *([dropped] if dropped else [])) as [maps_file, table_file, *dropped_file]:
        np.savez_compressed(maps_file, allow_pickle=False, **content)
        for path in dropped_file:
            write_table(lost[DROPPED], path)
        described = describe_maps(chosen, arrays, hits) if arrays else chosen
        write_table(described, table_file)


def _place_rows(bed: Path, contigs: Contigs, networks: ensembles.Ensemble) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the windows of a BED's rows, and the rows that have none, with ``source`` and ``reason``."""
    sites = read_sites(bed)
    places = place_sites(sites, contigs, networks.window, str(bed), networks.facts["direction"])
    lost = sites.assign(source=str(bed), reason=places["reason"])[places["reason"] != ""]
    if len(lost):
        counts = ", ".join(f"{number} {reason}" for reason, number in lost["reason"].value_counts().items())
        log.warning("%s: %d of %d rows have no window and are left out: %s", bed, len(lost), len(sites), counts)
    return places[places["reason"] == ""], lost


def _bed_windows(places: pd.DataFrame, fasta: Path, networks: ensembles.Ensemble) -> tuple[pd.DataFrame, np.ndarray]:
    """Return windows of a BED, each for every label, and their codes."""
    direction = networks.facts["direction"]
    codes = encode_many(letters(fasta, places, networks.alphabet, direction), networks.alphabet)
    return for_every_label(name_places(places, direction).tolist(), codes, networks)


def _find_motifs(codes: np.ndarray, strands: str, motifs: Path, matches: Path, limit: float) -> list[list[Hit]]:
    """Return the named motifs of every window; none where the letters are no bases."""
    with open_text(motifs) as stream:
        text = stream.read()
    if meme_letters(text) not in ("ACGT", "ACGU"):
        return [[] for _ in codes]
    named = known_motifs(text, read_table(matches, "matches", MATCHES), limit, str(matches))
    return find_hits(codes, {motif.alternative: motif.matrix for motif in named}, strands == "both")
