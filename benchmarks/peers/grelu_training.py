"""One epoch of training by gReLU, with its validation: `grelu_training.py <found> <model> <examples>`.

It trains with Adam at one rate, on either strand at random, and draws its own order, so that losses are about those of
the others. It also validates before the epoch and writes a checkpoint behind it.
"""

import sys
from pathlib import Path

import numpy as np
from grelu.data.dataset import LabeledSeqDataset
from grelu_model import Model, texts
from serve import serve

_, _, MODEL, EXAMPLES = sys.argv
with np.load(EXAMPLES) as FOUND:
    TEXTS, LABELS = texts(FOUND["codes"]), FOUND["labels"][..., None]
HELD = len(TEXTS) // 10
TRAIN = LabeledSeqDataset(TEXTS[HELD:], LABELS[HELD:], tasks=["y"], rc=True, augment_mode="random", label_len=1)
VALIDATION = LabeledSeqDataset(TEXTS[:HELD], LABELS[:HELD], tasks=["y"], label_len=1)


def epoch() -> dict[str, np.ndarray]:
    """Train from the first weights for one epoch; return the losses of training and validation."""
    found = Model(Path(MODEL)).train_on_dataset(TRAIN, VALIDATION).callback_metrics
    return {"losses": np.array([found["train_loss"].item(), found["val_loss"].item()])}


serve(epoch)
