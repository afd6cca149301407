"""A network of a model file as gReLU holds its own."""

import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from grelu.lightning import LightningModel
from torch import nn

from convoscope import modelfile

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
warnings.simplefilter("ignore")
# gReLU asks for matrix products in bfloat16, for the whole process. Where the CPU has them, scores differ by 1e-2, in
# about the same time; without them the numbers of both can be compared.
torch.set_float32_matmul_precision = lambda _: None
# Data loaders without workers of their own: one thread, as all rows.
SETTINGS: dict[str, Any] = {
    "task": "binary", "loss": "bce", "optimizer": "adam", "lr": 1e-3, "batch_size": 64, "num_workers": 0, "clip": 1.0,
    "save_dir": tempfile.mkdtemp(),
}  # fmt: skip


def texts(codes: np.ndarray) -> list[str]:
    """Return sequences as letters."""
    return ["".join("ACGT"[code] for code in row) for row in codes]


class Taken(nn.Module):
    """A network whose scores have a length of 1, ``(batch, outputs, 1)``."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.network, self.facts = modelfile.load(path)
        self.head = nn.Identity()
        self.head.n_tasks = len(self.facts["labels"])

    def forward(self, one_hot: torch.Tensor) -> torch.Tensor:
        """Return scores."""
        return self.network(one_hot)[..., None]


class Model(LightningModel):
    """gReLU's model around a network of a file; ``raw`` leaves out the sigmoid."""

    def __init__(self, path: Path, raw: bool = False) -> None:
        super().__init__({"path": path}, SETTINGS | ({"task": "regression", "loss": "mse"} if raw else {}))

    def build_model(self) -> None:
        """Read the network."""
        self.model = Taken(self.model_params["path"])
