"""GPUs of this machine, each to one process at a time.

Snakemake counts the GPUs of a machine, but does not tell its local jobs which one is theirs. So each takes the first
one that no other process of the same user has locked. A scheduler that gives a job exactly what it needs is trusted.
"""

import fcntl
import itertools
import logging
import os
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import torch

log = logging.getLogger(__name__)
# ROCm's runtime reads a variable of its own, with the same meaning.
VISIBLE = "HIP_VISIBLE_DEVICES" if torch.version.hip else "CUDA_VISIBLE_DEVICES"
GRANTS = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
# Two jobs of a scheduler on one machine never have a GPU in common, though each may call its own 0.
JOBS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID", "FLUX_JOB_ID", "OAR_JOB_ID")
PAUSE = 0.25  # seconds between two looks for a free GPU
PATIENCE = 4  # looks before the log says so


def visible_gpus() -> list[str]:
    """Return the GPUs that this process may use, named as in `VISIBLE`: numbers, or identifiers of GPUs or MIG parts.

    It does not start CUDA, which reads the variable once.
    """
    names = os.environ.get(VISIBLE)
    if names is not None and names.startswith("MIG-"):  # CUDA itself sees one MIG part only, the first
        return names.split(",")
    count = torch.cuda.device_count()
    return [str(number) for number in range(count)] if names is None else names.split(",")[:count]


def claim_gpus(count: int) -> None:
    """Let this process see as many GPUs as it needs, and no other process of this user the same ones while it runs.

    It waits, with a message, until there are enough. However the process ends, the operating system frees them.
    Nothing happens if there are fewer than that, or the environment names exactly as many.
    """
    names = visible_gpus()
    if len(names) < count or (len(names) == count and any(name in os.environ for name in GRANTS)):
        return
    job = next((f"-{os.environ[name]}" for name in JOBS if name in os.environ), "")
    folder = Path(tempfile.gettempdir()) / f"convoscope-gpus-{os.getuid()}{quote(job, safe='')}"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ[VISIBLE] = ",".join(_first_free(folder, names, count))


def _first_free(folder: Path, names: list[str], count: int) -> list[str]:
    """Lock as many GPUs as asked for; wait until that many are free."""
    queue, taken = None, set[str]()
    for attempt in itertools.count():
        if attempt == PATIENCE:
            log.info("waiting for %d of %d GPUs, which other jobs use; --device cpu does not wait", count, len(names))
        time.sleep(PAUSE if attempt else 0)
        # One process at a time chooses, so that two never wait for each other's half.
        queue = _lock(folder / "queue") if queue is None else queue
        if queue is None:
            continue
        for name in names:
            if name not in taken and len(taken) < count and _lock(folder / quote(name, safe="")) is not None:
                taken.add(name)
        if len(taken) == count:
            os.close(queue)
            break
    return [name for name in names if name in taken]


def _lock(path: Path) -> int | None:
    """Lock a file until it is closed, at the latest when the process ends; None if another process has."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
