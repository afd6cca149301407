"""Starts the processes that train one network together, and ends them together."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pydantic import BaseModel
from torch import distributed as dist

from convoscope.config.base import Launcher
from convoscope.training.team import Alone, Processes, Team

MEMBER = "CONVOSCOPE_MEMBER"  # a variable that no other program sets: those of other launchers are not heeded
LOST = 75  # exit code of a process that ends because another one did
CONSEQUENCES = {LOST, -signal.SIGABRT}  # gloo aborts where a thread of its own notices that another process is gone
GRACE = 5.0  # seconds that processes have to end by themselves when one has failed, or is told to
PATIENCE = timedelta(minutes=30)  # of a process that waits for another


class Member(NamedTuple):
    """One of the processes: its number, that among those of its machine, how many there are, where they meet."""

    rank: int
    local: int
    size: int
    meeting: str


def find_member() -> Member | None:
    """Return which of the processes that train together this one is; None if it is to start them."""
    given = os.environ.get(MEMBER)
    if given != "slurm":
        return Member(*json.loads(given)) if given else None
    number = int(os.environ["SLURM_JOB_ID"]) * 31 + int(os.environ["SLURM_STEP_ID"])
    meeting = f"{os.environ['SLURM_LAUNCH_NODE_IPADDR']}:{20_000 + number % 10_000}"
    rank, local, size = (int(os.environ[f"SLURM_{name}"]) for name in ("PROCID", "LOCALID", "STEP_NUM_TASKS"))
    return Member(rank, local, size, meeting)


@contextmanager
def joined(member: Member | None, device: str) -> Iterator[Team]:
    """Yield the processes that train together, as one of them sees them; the first one alone writes to the log.

    When another one is lost, this one ends without a word: the other has said why, or who started both does.
    """
    if member is None:
        yield Alone()
        return
    if member.rank:
        logging.disable(logging.INFO)
    try:
        store = _meet(member)
        backend = "nccl" if device == "cuda" else "gloo"
        dist.init_process_group(backend, store=store, rank=member.rank, world_size=member.size, timeout=PATIENCE)
        yield Processes(member.rank, member.size)
        dist.destroy_process_group()
    except RuntimeError as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise SystemExit(LOST) from None
        raise


def _meet(member: Member) -> dist.Store:
    """Return where the processes find each other: a file of this machine, or a port of the first one's."""
    if Path(member.meeting).is_absolute():
        end_with_starter()
        return dist.FileStore(member.meeting, member.size)
    host, port = member.meeting.split(":")
    return dist.TCPStore(host, int(port), member.size, is_master=member.rank == 0, timeout=PATIENCE)


def command_of(verb: str, options: Mapping[str, Any]) -> list[str]:
    """Return the command that calls a verb with options, which are as its function takes them.

    Of a section only the keys that were written: those left out are chosen from the data.

    >>> command_of("train", {"checkpoint_file": Path("a.ckpt"), "seed": 1, "gpus": None})[2:]
    ['convoscope', 'train', '--checkpoint-file', 'a.ckpt', '--seed', '1']
    """
    command = [sys.executable, "-m", "convoscope", verb]
    for name, value in options.items():
        if value is not None:
            text = value.model_dump_json(exclude_unset=True) if isinstance(value, BaseModel) else str(value)
            command += ["--" + name.replace("_", "-"), text]
    return command


def run_together(command: list[str], size: int) -> None:
    """Run a command as `size` processes of this machine that know of each other; end all when one fails.

    Raises
    ------
    SystemExit
        With the exit code of the process that failed, after its message.
    """
    with tempfile.TemporaryDirectory(prefix="convoscope-") as folder:
        logs = [Path(folder, f"{rank}.log") for rank in range(size)]
        members = [Member(rank, rank, size, f"{folder}/meeting") for rank in range(size)]
        processes: list[subprocess.Popen[bytes]] = []
        try:
            for member, log in zip(members, logs, strict=True):
                processes.append(_start(command, member, log))
            failed = _first_failure(processes)
        finally:
            _end(processes)
        if failed is not None:
            _report(members[failed], processes[failed].returncode, logs[failed])


def run_by_slurm(command: list[str], size: int) -> None:
    """Run a command as `size` tasks of the job of Slurm that this process is in; Slurm ends all when one fails.

    Raises
    ------
    SystemExit
        With the highest exit code, when one fails.
    """
    srun = ["srun", f"--ntasks={size}", "--overlap", "--kill-on-bad-exit=1", "--input=none"]
    process = subprocess.Popen([*srun, *command], env={**os.environ, MEMBER: "slurm"})
    try:
        code = process.wait()
    finally:
        _end([process])
    if code:
        raise SystemExit(code)


LAUNCHERS: dict[Launcher, Callable[[list[str], int], None]] = {"own": run_together, "slurm": run_by_slurm}


def _start(command: list[str], member: Member, log: Path) -> subprocess.Popen[bytes]:
    """Start one process; what the first one says is shown at once, what others say is kept."""
    environment = {**os.environ, MEMBER: json.dumps(member)}
    with log.open("wb") as kept:
        said = None if member.rank == 0 else kept
        return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=said)


def end_with_starter() -> None:
    """Let this process end as soon as the one that started it does, however that happens: its input is closed."""

    def watch() -> None:
        while os.read(0, 1):  # nothing is ever written; Python's own reading would be in the way at the end
            pass
        os._exit(LOST)

    threading.Thread(target=watch, daemon=True).start()


def _first_failure(processes: list[subprocess.Popen[bytes]]) -> int | None:
    """Wait until all have ended, or one has failed; return the number of one that failed for a reason of its own."""
    while None in (codes := [process.poll() for process in processes]) and not any(codes):
        time.sleep(0.1)
    deadline = time.monotonic() + GRACE
    while any(codes) and None in codes and time.monotonic() < deadline:
        time.sleep(0.1)
        codes = [process.poll() for process in processes]
    failed = [number for number, code in enumerate(codes) if code]
    return min(failed, key=lambda number: codes[number] in CONSEQUENCES, default=None)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End what still runs, first asked, then by force."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()


def _report(member: Member, code: int, log: Path) -> NoReturn:
    """Say what made a process fail unless it could say so itself, and end as it did."""
    sys.stderr.write(log.read_text(errors="replace"))
    if code < 0:
        name = signal.Signals(-code).name
        which = f"process {member.rank + 1} of {member.size}"
        sys.stderr.write(f"ERROR: training: {which} was ended by {name}; it may have lacked memory\n")
    raise SystemExit(code if code > 0 else 128 - code)
