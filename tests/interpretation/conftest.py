"""Networks of the zoo, small enough to be asked about every filter, and small ensembles on windows of 30 letters."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from convoscope.modality import MODALITIES
from convoscope.models import build
from convoscope.prediction.ensemble import Ensemble
from convoscope.sequence.alphabet import ALPHABETS

SMALL = {
    "deepbind": {"filters": 6},
    "basset": {"filters": [6, 4, 4], "hidden": [8, 8]},
    "deepsea": {"filters": [6, 4, 4], "hidden": [8]},
    "danq": {"filters": 6, "units": 4, "hidden": 8},
    "tower": {"filters": 6, "blocks": 2},
    "cnnprom": {"filters": [6], "hidden": [8]},
}
LENGTH = 30
DETECTORS = {"filters": 5, "length": 7, "hidden": 6}


@pytest.fixture
def small() -> Callable[..., nn.Module]:
    """Build a network of the zoo for windows of 201 bp, with few filters where the table above says how."""

    def build_small(name: str, outputs: int = 1, **options: object) -> nn.Module:
        return build(name, 4, (201,), outputs, {**SMALL.get(name, {}), **options})

    return build_small


def make(name="deepbind", alphabet="dna", options=DETECTORS, members=2, unknown="uniform"):
    letters = len(ALPHABETS[alphabet].letters)
    networks = []
    for seed in range(members):
        torch.manual_seed(seed)
        network = build(name, letters, (LENGTH,), 2, options).eval()
        for tensor_name, tensor in network.state_dict().items():  # as after training, where nothing is 0 or 1
            if tensor.is_floating_point():
                tensor += 0.3 * torch.rand_like(tensor) if "var" in tensor_name else 0.3 * torch.randn_like(tensor)
        networks.append(network)
    facts = {"alphabet": alphabet, "unknown": unknown, "labels": ["a", "b"], "space": [LENGTH], "task": "multilabel"}
    place = torch.device("cpu")
    return Ensemble(networks, facts, MODALITIES["sequence"].encode(facts, place), place)


def windows(alphabet="dna", count=3, seed=1):
    letters = len(ALPHABETS[alphabet].letters)
    return np.random.default_rng(seed).integers(0, letters, (count, LENGTH)).astype(np.uint8)


@pytest.fixture
def make_ensemble():
    """Return the function that makes an ensemble of random networks with the labels a and b."""
    return make


@pytest.fixture
def make_windows():
    """Return the function that draws windows, ``(count, 30)``."""
    return windows
