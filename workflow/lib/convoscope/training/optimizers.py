"""torch's optimisers without its compiler, which their methods import, for more than a second of every training."""

from collections.abc import Callable, Sequence
from inspect import unwrap
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from convoscope.config import Training

WELL_BELOW = 0.99  # of the norm, where rounding cannot matter
FUSED: Any = torch._fused_adamw_  # has no type


class _Uncompiled(Optimizer):
    """Methods as they are written, without the decorators that import the compiler."""

    add_param_group = unwrap(Optimizer.add_param_group)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for group in self.param_groups:
            for weight in group["params"]:
                weight.grad = None


class AdamW(_Uncompiled, torch.optim.AdamW):
    """AdamW (Loshchilov & Hutter 2019), whose step goes straight to torch's one call for all weights of a group."""

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Take a step."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if not all(self.state[weight] for weight in weights):
                self._init_group(group, *([] for _ in range(6)))
            if not weights:
                continue
            states = [self.state[weight] for weight in weights]
            means, squares, steps = ([one[name] for one in states] for name in ("exp_avg", "exp_avg_sq", "step"))
            torch._foreach_add_(steps, 1)
            options = {name: group[name] for name in ("lr", "weight_decay", "eps", "amsgrad", "maximize")}
            options |= dict(zip(("beta1", "beta2"), group["betas"], strict=True))
            gradients = [weight.grad for weight in weights]
            FUSED(weights, gradients, means, squares, [], steps, **options, grad_scale=None, found_inf=None)

    step.hooked = True  # type: ignore[attr-defined]  # torch wraps other steps for its profiler


class SGD(_Uncompiled, torch.optim.SGD):
    """Stochastic gradient descent with momentum."""

    step = torch.no_grad()(unwrap(torch.optim.SGD.step))


@torch.no_grad()
def clip_gradients(weights: Sequence[nn.Parameter], most: float) -> None:
    """Shorten the gradient of all weights to a norm of ``most``, as `torch.nn.utils.clip_grad_norm_` does."""
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    if norm.device.type == "cpu" and norm.item() < WELL_BELOW * most:
        return  # by a factor of 1; a GPU would have to wait for the norm
    torch._foreach_mul_(gradients, (most / (norm + 1e-6)).clamp(max=1.0))


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
