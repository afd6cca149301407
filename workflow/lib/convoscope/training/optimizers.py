"""torch's optimisers without its compiler, which their methods import, for more than a second of every training."""

from collections.abc import Callable
from inspect import unwrap

import torch
from torch import nn
from torch.optim import Optimizer

from convoscope.config import Training


class _Uncompiled(Optimizer):
    """Methods as they are written, without the decorators that import the compiler."""

    add_param_group = unwrap(Optimizer.add_param_group)
    zero_grad = unwrap(Optimizer.zero_grad)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)


class AdamW(_Uncompiled, torch.optim.AdamW):
    """AdamW (Loshchilov & Hutter 2019)."""

    step = torch.no_grad()(unwrap(torch.optim.AdamW.step))


class SGD(_Uncompiled, torch.optim.SGD):
    """Stochastic gradient descent with momentum."""

    step = torch.no_grad()(unwrap(torch.optim.SGD.step))


def make_optimizer(model: nn.Module, settings: Training) -> Optimizer:
    """Build the optimiser, which takes a step of all weights in one call; biases and other vectors are not decayed."""
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    table: dict[str, Callable[[], Optimizer]] = {
        "adamw": lambda: AdamW(groups, lr=settings.learning_rate, fused=True),
        "sgd": lambda: SGD(groups, lr=settings.learning_rate, momentum=settings.momentum, fused=True),
    }
    return table[settings.optimizer]()
