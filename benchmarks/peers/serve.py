"""What all peers do: run a function whenever a line comes in, and answer with its CPU seconds."""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch


def serve(function: Callable[[], dict[str, Any]]) -> None:
    """Write what the function returns at the first call to the file that the first word of the command names."""
    torch.set_num_threads(1)
    for number, _ in enumerate(sys.stdin):
        began = time.process_time()
        found = function()
        seconds = time.process_time() - began
        if not number:
            np.savez(sys.argv[1], **found)
        print(seconds, flush=True)
