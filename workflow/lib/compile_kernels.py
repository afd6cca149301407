"""Compile what would be compiled at its first use, into numba's cache next to the files.

`make install` runs it, so that no job of a run waits for a compiler: TOMTOM, FIMO and TF-MoDISco of memelite and
modisco-lite, shuffles and loops of trainings, on little made-up data.
"""

import numpy as np
import torch

from convoscope.interpretation.attribution.motif_instances import find_hits
from convoscope.interpretation.motifs.database import MIN_TARGETS, Target
from convoscope.interpretation.motifs.modisco import MutationContributions, find_patterns, one_hot_rows
from convoscope.interpretation.motifs.tomtom import compare_motifs
from convoscope.models import build
from convoscope.nn.channels_last import PositionByPosition
from convoscope.nn.layers import pixel_by_pixel
from convoscope.sequence.shuffle import shuffle_codes

WORD = np.array([2, 0, 3, 3, 0, 1, 0])  # GATTACA
WINDOWS, LENGTH = 200, 60


def compile_tomtom(generator: np.random.Generator) -> None:
    """Compare matrices with each other."""
    matrices = generator.dirichlet(np.ones(4), (MIN_TARGETS, 8))
    compare_motifs(list(matrices[:2]), [Target(str(number), "", matrix) for number, matrix in enumerate(matrices)])


def compile_modisco(generator: np.random.Generator) -> None:
    """Find a word in random windows."""
    codes = generator.integers(0, 4, (WINDOWS, LENGTH)).astype(np.uint8)
    scores = generator.normal(0, 0.01, (WINDOWS, LENGTH))
    for row, start in enumerate(generator.integers(15, LENGTH - 15 - len(WORD), WINDOWS)):
        codes[row, start : start + len(WORD)] = WORD
        scores[row, start : start + len(WORD)] = 1
    hypothetical = scores[..., None] * (one_hot_rows(codes, 4) - 0.25)
    find_patterns(codes, MutationContributions(hypothetical, scores[..., None]), WINDOWS)


def compile_hits(generator: np.random.Generator) -> None:
    """Look for a motif in random windows, and shuffle them."""
    codes = generator.integers(0, 4, (WINDOWS, LENGTH)).astype(np.uint8)
    find_hits(codes, {"word": generator.dirichlet(np.ones(4), 8)}, both=True)
    shuffle_codes(codes, seed=1)


def compile_training() -> None:
    """Take the gradients of networks on images, on one thread."""
    torch.set_num_threads(1)
    for name in ("deepyeast", "lenet", "residual"):
        network = PositionByPosition(pixel_by_pixel(build(name, 2, (32, 32), 1)))
        images = torch.zeros(2, 2, 32, 32).contiguous(memory_format=torch.channels_last)
        network(images).sum().backward()


if __name__ == "__main__":
    compile_modisco(np.random.default_rng(1))  # first: TOMTOM starts numba's threads
    compile_tomtom(np.random.default_rng(1))
    compile_hits(np.random.default_rng(1))
    compile_training()
