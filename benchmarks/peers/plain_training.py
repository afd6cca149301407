"""One epoch of training as one would write it, all examples in memory: `plain_training.py <found> <model> <examples>`.

Batches of 64, AdamW, a clipped gradient, half a cosine after a warm-up, random strands or views, then validation. The
same seeds draw the same batches, views and dropouts as the product does, so that losses can be compared.
"""

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from serve import serve
from torch import nn
from torch.nn import functional

from convoscope import modelfile

_, _, MODEL, EXAMPLES = sys.argv
NETWORK, FACTS = modelfile.load(Path(MODEL))
NETWORK.to(memory_format=torch.contiguous_format)  # as torch builds it
WEIGHTS = {name: tensor.clone() for name, tensor in NETWORK.state_dict().items()}
SEED, SIZE, RATE = FACTS["seed"], 64, 1e-3
SEQUENCES = len(FACTS["space"]) == 1
with np.load(EXAMPLES) as FOUND:
    CODES, LABELS = FOUND["codes"], torch.from_numpy(FOUND["labels"])
if SEQUENCES:
    INPUTS = functional.one_hot(torch.from_numpy(CODES.astype(np.int64)), 4).transpose(1, 2).float().contiguous()
else:
    OFFSET, SCALE = (torch.tensor(FACTS["normalise"]["figures"][name])[:, None, None] for name in ("offset", "scale"))
    INPUTS = (torch.from_numpy(CODES.astype(np.float32)) - OFFSET) / SCALE
HELD = len(INPUTS) // 10


class PlainDeepBind(nn.Module):
    """Detectors, each one's best match, a dense network; the larger score of both strands."""

    def __init__(self, taken: nn.Module) -> None:
        super().__init__()
        inner = taken.network
        self.conv = nn.Conv1d(4, 16, 24)
        self.conv.weight, self.conv.bias = inner.detectors.correlation.weight, inner.detectors.correlation.bias
        self.rest = nn.Sequential(inner.normalise, inner.dropout, inner.head)

    def forward(self, one_hot: torch.Tensor) -> torch.Tensor:
        """Return scores."""
        both = functional.pad(torch.cat([one_hot, one_hot.flip(1, 2)]), (23, 23), value=0.25)
        forward, reverse = self.rest(self.conv(both).max(2).values.relu()).chunk(2)
        return torch.maximum(forward, reverse)


TRAINED = PlainDeepBind(NETWORK) if FACTS["architecture"] == "deepbind" else NETWORK


def vary(inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return random strands of sequences, random views of images."""
    if SEQUENCES:
        chosen = torch.rand(len(inputs), 1, generator=generator) < 0.5
        return torch.where(chosen[..., None], inputs.flip(1, 2), inputs)
    result, chosen = inputs.clone(), torch.randint(8, (len(inputs),), generator=generator)
    for view in range(8):
        turned = inputs[chosen == view].rot90(view % 4, (2, 3))
        result[chosen == view] = turned.flip(3) if view > 3 else turned
    return result


def loss_of(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean loss."""
    if SEQUENCES:
        return functional.binary_cross_entropy_with_logits(scores, labels)
    return functional.cross_entropy(scores, labels.argmax(1))


def begin() -> None:
    """Take the first weights and the seed of the first epoch."""
    NETWORK.load_state_dict(WEIGHTS)
    torch.manual_seed(np.random.SeedSequence([SEED, 1]).generate_state(1, np.uint64).item() >> 1)


def make_optimizer() -> torch.optim.Optimizer:
    """Return AdamW that lets vectors be."""
    vectors = [[p for p in TRAINED.parameters() if (p.ndim > 1) is several] for several in (True, False)]
    groups = [{"params": vectors[0], "weight_decay": 1e-4}, {"params": vectors[1], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=RATE)


def draw_batches() -> list[np.ndarray]:
    """Return the rows of every batch of the first epoch."""
    rows = HELD + np.random.default_rng([SEED, 1]).permutation(len(INPUTS) - HELD)
    return np.array_split(rows, -(-len(rows) // SIZE))


def schedule(steps: int) -> Callable[[int], float]:
    """Return the share of the learning rate at a step: half a cosine after a warm-up."""
    rising = max(1, round(steps * 0.05))

    def share(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return 0.5 * (1 + math.cos(math.pi * (step - rising) / (steps - rising)))

    return share


def epoch() -> dict[str, np.ndarray]:
    """Train from the first weights for one epoch; return the losses of training and validation."""
    begin()
    generator = torch.Generator().manual_seed(torch.initial_seed())
    optimizer, batches, total = make_optimizer(), draw_batches(), 0.0
    share = schedule(len(batches))
    TRAINED.train()
    for step, chosen in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = RATE * share(step)
        labels = LABELS[chosen]
        loss = loss_of(TRAINED(vary(INPUTS[chosen], generator)), labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(TRAINED.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(chosen)
    TRAINED.eval()
    with torch.inference_mode():
        scores = torch.cat([TRAINED(part) for part in INPUTS[:HELD].split(512)])
        checked = loss_of(scores, LABELS[:HELD]).item()
    return {"losses": np.array([total / (len(INPUTS) - HELD), checked])}


if __name__ == "__main__":
    serve(epoch)
