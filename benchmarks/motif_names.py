"""How often motifs are named that have no name, and whether true ones keep theirs, with JASPAR 2026.

python benchmarks/motif_names.py [MOTIFS.MEME ...]   (minutes; files are results/*/filters.meme)
"""

import sys
from pathlib import Path

import numpy as np
import torch

from convoscope.interpretation.motifs.alignment import align
from convoscope.interpretation.motifs.database import Target, load_jaspar
from convoscope.interpretation.motifs.meme import parse_meme
from convoscope.interpretation.motifs.pwm import RULES, motif
from convoscope.interpretation.motifs.strongest_sites import Examples
from convoscope.interpretation.motifs.tomtom import compare_motifs
from convoscope.modality import MODALITIES
from convoscope.models import build

LIMIT = 0.05
NETWORKS = {
    "deepbind": {"filters": 100, "length": 24, "strands": "filter"},
    "basset": {"filters": [100, 16, 16], "hidden": [16]},
}


def untrained(name: str, rule: str) -> list[np.ndarray]:
    """Return the motifs of a network's 100 filters as they are before training, from random sequence."""
    torch.manual_seed(1)
    network = build(name, 4, (201,), 1, NETWORKS[name])
    codes = np.random.default_rng(1).integers(0, 4, (1000, 201)).astype(np.uint8)
    encode = MODALITIES["sequence"].encode({"alphabet": "dna", "unknown": "uniform"}, torch.device("cpu"))
    scan = align(network, Examples(codes, np.arange(1000), encode), np.ones((1000, 1), dtype=bool), RULES[rule]).scan
    found = [motif(counts, sites) for counts, sites in zip(scan.counts, scan.sites, strict=True)]
    return [matrix for matrix in found if len(matrix)]


def show(what: str, queries: list[np.ndarray], targets: list[Target]) -> None:
    """Print how many queries are named, the most frequent best match and the best names."""
    found = compare_motifs(queries, targets)
    best, places = found.q_values.min(axis=1), found.p_values.argmin(axis=1)
    favourite = np.bincount(places).argmax()
    order = np.argsort(best)[:3]
    names = ", ".join(f"{targets[places[row]].name} {best[row]:.0e}" for row in order)
    share = f"{(places == favourite).sum()} of {len(queries)} are most like {targets[favourite].name}"
    print(f"{what}: {(best <= LIMIT).sum()} of {len(queries)} named; {share}; best {names}", flush=True)


def main() -> None:
    """Measure untrained networks, shuffled columns, and the files that are given."""
    targets = load_jaspar("JASPAR2026", ["vertebrates"])
    for name in NETWORKS:
        for rule in RULES:
            show(f"untrained {name}, rule {rule}", untrained(name, rule), targets)
    generator = np.random.default_rng(1)
    chosen = [targets[place].matrix for place in generator.choice(len(targets), 200, replace=False)]
    show("known motifs", chosen, targets)
    show("their columns shuffled", [matrix[generator.permutation(len(matrix))] for matrix in chosen], targets)
    every = load_jaspar("JASPAR2026")
    for path in map(Path, sys.argv[1:]):
        show(str(path), [each.matrix for each in parse_meme(path.read_text(), str(path))], every)


if __name__ == "__main__":
    main()
