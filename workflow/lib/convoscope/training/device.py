"""Where a training runs, decided once and said in one line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, get_args

import torch
import torch.utils.deterministic
from torch import Tensor, nn

from convoscope.config import Training
from convoscope.config.base import Device
from convoscope.errors import InputError
from convoscope.nn.channels_last import PositionByPosition, pays
from convoscope.nn.layers import pixel_by_pixel
from convoscope.training.gpus import claim_gpus

log = logging.getLogger(__name__)
DEVICES = get_args(Device)
DETERMINISTIC: Any = torch.utils.deterministic  # its setting has no type
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Compute(NamedTuple):
    """Where a training computes, and in what precision its layers do; the weights are float32 in any case."""

    device: torch.device
    precision: torch.dtype

    def prepare(self, network: nn.Module) -> nn.Module:
        """Move a network to the device, in place; return it as one that computes in the precision."""
        pixel_by_pixel(network.to(self.device))
        fast = PositionByPosition(network) if self.device.type == "cpu" and pays(network) else network
        return fast if self.precision == torch.float32 else MixedPrecision(fast, self.precision)


class MixedPrecision(nn.Module):
    """A network of float32 weights whose layers compute in a shorter type where torch holds that to be safe."""

    def __init__(self, network: nn.Module, precision: torch.dtype) -> None:
        super().__init__()
        self.network, self.precision = network, precision

    def forward(self, inputs: Tensor) -> Tensor:
        """Return scores, in the shorter type, of float input ``(batch, channels, *space)``."""
        with torch.autocast(inputs.device.type, self.precision):
            return self.network(inputs.to(self.precision))


def choose_device(wanted: str, gpus: int | None, count: int = 1) -> str:
    """Return ``cpu`` or ``cuda``, and of several GPUs let this process see one that no other job of this user has.

    Parameters
    ----------
    wanted
        ``auto``, ``cpu`` or ``cuda``.
    gpus
        GPUs that the scheduler granted; 0 means the CPU whatever is wanted, None that it was not asked.
    count
        GPUs to claim; 0 for a process of a training on several devices, whose starter has claimed them.

    Raises
    ------
    InputError
        If ``cuda`` is wanted and there is none, there are too few, or something else is wanted.
    """
    if wanted not in DEVICES or (gpus is not None and gpus < 0):
        raise InputError(f"--device {wanted}, --gpus {gpus}; one of {', '.join(DEVICES)}, and 0 or more")
    if wanted == "cpu" or gpus == 0:
        return "cpu"
    if count:
        claim_gpus(count)
    if torch.cuda.is_available():
        there = torch.cuda.device_count() if gpus is None else gpus
        if 1 < count != there:
            raise InputError(f"training.devices: {count}, for {there} GPUs; as many are needed, or --device cpu")
        return "cuda"
    if wanted == "cuda":
        raise InputError("device: cuda, but torch sees no CUDA device; use auto or cpu, or check the driver")
    log.info("device: no CUDA device found, so the CPU is used")
    return "cpu"


def use_threads(threads: int) -> None:
    """Let torch use this number of CPU threads; refuse less than one."""
    if threads < 1:
        raise InputError(f"--threads {threads}; 1 or more")
    torch.set_num_threads(threads)


@contextmanager
def repeatable(threads: int) -> Iterator[None]:
    """Let torch compute what it would compute again, with this number of CPU threads; then give its settings back.

    Memory that is written anyway is not filled first: that took a tenth of a training. The setting of the debug mode is
    that of `torch.use_deterministic_algorithms`, which would import torch's compiler too, for more than a second.
    """
    before, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    filled = DETERMINISTIC.fill_uninitialized_memory
    use_threads(threads)
    torch.set_deterministic_debug_mode("warn")
    DETERMINISTIC.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.set_deterministic_debug_mode(mode)
        DETERMINISTIC.fill_uninitialized_memory = filled


def make_compute(device: str, settings: Training, local: int = 0) -> Compute:
    """Return one device, with bfloat16 where the device computes it natively and the settings allow it.

    Of several processes on one machine each has another number ``local``. The scheduler may let each of them see all
    GPUs, or its own alone.
    """
    if local and device == "cuda":
        torch.cuda.set_device(local % torch.cuda.device_count())
    native = device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    automatic = "bfloat16" if native else "float32"
    precision = automatic if settings.precision == "auto" else settings.precision
    name = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {settings.threads} threads"
    log.info("device: %s, %s", name, precision)
    place = torch.device(device, torch.cuda.current_device()) if device == "cuda" else torch.device(device)
    return Compute(place, PRECISIONS[precision])
