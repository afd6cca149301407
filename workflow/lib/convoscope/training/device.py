"""Where a training runs, decided once and said in one line."""

import logging
from typing import Any, get_args

import torch

from convoscope.config import Training
from convoscope.config.base import Device
from convoscope.errors import InputError

log = logging.getLogger(__name__)
DEVICES = get_args(Device)
PRECISIONS = {"float32": "32-true", "bfloat16": "bf16-mixed"}


def choose_device(wanted: str, gpus: int | None) -> str:
    """Return ``cpu`` or ``cuda``.

    Parameters
    ----------
    wanted
        ``auto``, ``cpu`` or ``cuda``.
    gpus
        GPUs that the scheduler granted; 0 means the CPU whatever is wanted, None that it was not asked.

    Raises
    ------
    InputError
        If ``cuda`` is wanted and there is none, or something else is wanted.
    """
    if wanted not in DEVICES or (gpus is not None and gpus < 0):
        raise InputError(f"--device {wanted}, --gpus {gpus}; one of {', '.join(DEVICES)}, and 0 or more")
    if wanted == "cpu" or gpus == 0:
        return "cpu"
    if torch.cuda.is_available():
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


def make_fabric(device: str, settings: Training) -> Any:
    """Return Fabric on one device, with bfloat16 where the device computes it natively and the settings allow it."""
    from lightning_fabric import Fabric  # takes seconds to import, and prediction does without

    native = device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    automatic = "bfloat16" if native else "float32"
    precision = automatic if settings.precision == "auto" else settings.precision
    name = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {settings.threads} threads"
    log.info("device: %s, %s", name, precision)
    return Fabric(accelerator=device, devices=1, precision=PRECISIONS[precision])
