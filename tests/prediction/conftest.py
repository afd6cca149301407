"""Small networks and genomes to predict with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pysam
import pytest
import torch

from convoscope import modelfile
from convoscope.models import build
from convoscope.prediction.ensemble import Ensemble
from convoscope.sequence import genome
from convoscope.sequence.alphabet import reverse_complement_codes

FACTS: dict[str, Any] = {
    "architecture": "deepbind",
    "options": {"filters": 4, "length": 6, "strands": "single"},
    "channels": 4,
    "space": [20],
    "labels": ["a", "b/c d"],
    "modality": "sequence",
    "task": "multilabel",
    "alphabet": "dna",
    "unknown": "uniform",
}


@pytest.fixture
def network(tmp_path: Path) -> Callable[..., Path]:
    """Write a network of random weights; keywords replace facts of its file."""

    def make(seed: int = 1, **changes: Any) -> Path:
        facts = {**FACTS, **changes}
        torch.manual_seed(seed)
        built = build(facts["architecture"], facts["channels"], facts["space"], len(facts["labels"]), facts["options"])
        for parameter in built.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        path = tmp_path / f"network{seed}.safetensors"
        modelfile.save(path, built.eval(), facts)
        return path

    return make


@pytest.fixture
def layer_by_layer() -> Callable[..., np.ndarray]:
    """Score windows with each network's own layers; on request with the mean over the strands."""

    @torch.inference_mode()
    def score(networks: Ensemble, codes: np.ndarray, both_strands: bool = False) -> np.ndarray:
        strands = [codes, reverse_complement_codes(codes, networks.alphabet)][: 1 + both_strands]
        inputs = [networks.encode(torch.from_numpy(strand.copy())) for strand in strands]
        return np.stack([np.mean([member(one).numpy() for one in inputs], axis=0) for member in networks.members])

    return score


@pytest.fixture
def reference(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Write contigs as an indexed FASTA."""

    def make(contigs: dict[str, str]) -> Path:
        plain, path = tmp_path / "genome.fa", tmp_path / "genome.fa.gz"
        plain.write_text("".join(f">{name}\n{letters}\n" for name, letters in contigs.items()))
        pysam.tabix_compress(str(plain), str(path), force=True)  # with letters that our own reading would refuse
        genome.index(path)
        return path

    return make
