"""What all peers do: run a function whenever a line comes in, and answer with its CPU seconds."""

import resource
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch


def used() -> float:
    """Return the CPU seconds of this process and of those that it started and that have ended."""
    every = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in every)


def serve(function: Callable[[], dict[str, Any]]) -> None:
    """Write what the function returns at the first call to the file that the first word of the command names."""
    torch.set_num_threads(1)
    for number, _ in enumerate(sys.stdin):
        began = used()
        found = function()
        seconds = used() - began
        if not number:
            np.savez(sys.argv[1], **found)
        print(f"\nCPU seconds: {seconds}", flush=True)
