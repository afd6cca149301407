"""An epoch of training with its validation, compared with a plain loop in memory that takes the same steps."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from convoscope import modelfile
from convoscope.config import Training
from convoscope.modality import MODALITIES
from convoscope.models import all_options, build
from convoscope.training.batches import Source
from convoscope.training.device import make_compute, repeatable
from convoscope.training.fit import History, Loop, fit
from convoscope.training.objectives import objective
from rows.base import Peer, Row, timed

SEED, CLASSES = 1, 12
SEQUENCES = {"modality": "sequence", "task": "multilabel", "labels": ["y"], "alphabet": "dna", "unknown": "uniform",
             "strands": "both"}  # fmt: skip
IMAGES = {"modality": "image", "task": "multiclass", "labels": [f"class{number}" for number in range(CLASSES)],
          "channel_names": ["a", "b"], "dtype": "uint16", "normalise": {
              "scope": "training", "strategy": "standard", "figures": {"offset": [900.0, 700.0], "scale": [90.0, 70.0]},
          }}  # fmt: skip


def draw_examples(folder: Path, images: bool, count: int, space: tuple[int, ...]) -> Path:
    """Write codes and labels of examples, a tenth of them for validation; return the file."""
    path = folder / f"examples{count}x{'x'.join(map(str, space))}.npz"
    if not path.exists():
        generator, shape = np.random.default_rng(5), (count, 2, *space) if images else (count, *space)
        codes = generator.integers(4, size=shape, dtype=np.uint8)
        labels = generator.integers(2, size=(count, 1)).astype(np.float32)
        if images:
            codes = generator.normal(800, 80, size=shape).astype(np.uint16)
            labels = np.eye(CLASSES, dtype=np.float32)[generator.integers(CLASSES, size=count)]
        np.savez(path, codes=codes, labels=labels)
    return path


def begin(folder: Path, name: str, facts: dict[str, Any], space: tuple[int, ...]) -> Path:
    """Write a network as its training begins; return the file."""
    path, channels = folder / f"begin_{name}.safetensors", 4 if len(space) == 1 else 2
    torch.manual_seed(SEED)
    shape = {"architecture": name, "options": all_options(name, {}), "channels": channels, "space": list(space)}
    network = build(name, channels, space, len(facts["labels"]), {})
    modelfile.save(path, network, {**facts, **shape, "fold": "holdout", "seed": SEED})
    return path


def trainer(
    folder: Path, name: str, space: tuple[int, ...], examples: Path, settings: Training, device: str
) -> Callable[[], list[History]]:
    """Return a function that trains an architecture from its first weights on examples in memory."""
    facts, modality = (IMAGES, MODALITIES["image"]) if len(space) == 2 else (SEQUENCES, MODALITIES["sequence"])
    model = begin(folder, name, facts, space)
    with np.load(examples) as found:
        codes, labels = found["codes"], found["labels"]
    read, rows, held = modality.read(codes, None, facts), np.arange(len(codes)), len(codes) // 10
    parts = [Source(read, rows[part], labels[part]) for part in (slice(held, None), slice(held))]

    def train() -> list[History]:
        with repeatable(1):
            compute = make_compute(device, settings)
            prepared = (prepare(facts, compute.device) for prepare in (modality.encode, modality.augment))
            network = modelfile.load(model)[0]
            loop = Loop(network, objective(facts["task"]), *prepared, settings, compute, SEED)
            return fit(loop, lambda epoch: parts[0], parts[1], None, lambda state: None)

    return train


def _row(
    name: str, space: tuple[int, ...], count: int, least: float, folder: Path,
    precision: str = "auto", near: float = 5e-3,
    script: str = "plain_training", against: str = "plain loop in memory, float32",
) -> Row:  # fmt: skip
    """Return the row of one architecture in a precision, whose losses are as near as ``near`` to the peer's."""
    images = len(space) == 2
    examples = draw_examples(folder, images, count, space)
    train = trainer(folder, name, space, examples, Training(epochs=1, precision=precision), "cpu")
    peer = Peer(folder, script, folder / f"begin_{name}.safetensors", examples)

    def mine() -> np.ndarray:
        return np.array([row.loss for row in train()])

    def check() -> None:
        np.testing.assert_allclose(mine(), peer.answer()["losses"], rtol=near)

    short = "" if precision == "auto" else f", `precision: {precision}`"
    title = f"epoch of {name} {'×'.join(map(str, space))}, {count:,} examples{short}"
    return Row(title, against, least, check, timed(mine), peer, f"{near:g} (losses)")


deepbind_epoch = partial(_row, "deepbind", (200,), 6_400, 1.8)
lightning_epoch = partial(
    _row, "deepbind", (200,), 6_400, 2.5, script="lightning_training", against="Lightning Trainer"
)
grelu_epoch = partial(
    _row, "deepbind", (200,), 6_400, 6.0, near=0.05, script="grelu_training", against="gReLU train_on_dataset"
)
basset_epoch = partial(_row, "basset", (600,), 320, 1.7)
residual_epoch = partial(_row, "residual", (64, 64), 640, 1.7)
deepyeast_epoch = partial(_row, "deepyeast", (64, 64), 80, 1.7, near=0.01)
lenet_epoch = partial(_row, "lenet", (64, 64), 1_280, 1.15)
basset_short = partial(basset_epoch, precision="bfloat16", near=0.02)
residual_short = partial(residual_epoch, precision="bfloat16", near=0.02)
deepyeast_short = partial(deepyeast_epoch, precision="bfloat16", near=0.02)
