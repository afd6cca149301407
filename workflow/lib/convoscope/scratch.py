"""Scratch files next to the file that they will become, and the removal of those whose process was killed."""

import os
import re
import shutil
import socket
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from convoscope.errors import InputError

START = ".writing-"
MARKED = re.compile(START.replace(".", r"\.") + r"(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-")
ABANDONED = 7 * 86400  # seconds without a change after which a scratch file of another machine is an orphan


@cache
def _host() -> str:
    """Return eight letters for where numbers of processes are comparable: this machine, in a container that alone."""
    space = ""
    with suppress(OSError):  # there is no /proc on macOS
        space = str(Path("/proc/self/ns/pid").readlink())
    return f"{zlib.crc32(f'{socket.gethostname()} {space}'.encode()):08x}"


def mark() -> str:
    """Return what the names of this process's scratch files begin with: the machine and the process."""
    return f"{START}{_host()}-{os.getpid()}-"


def scratch_of(path: Path) -> Path:
    """Return the scratch file of a target: in the same folder, so that it can be renamed, and with its suffixes."""
    return path.with_name(mark() + path.name)


def _runs(pid: int) -> bool:
    """Tell whether a process of this machine is alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def is_orphan(path: Path) -> bool:
    """Tell whether nobody writes a scratch file any more.

    On this machine the process in its name tells. Processes of other machines, on a shared file system, cannot be
    asked: their files are orphans after a week without a change.
    """
    found = MARKED.match(path.name)
    if found and found["host"] == _host():
        return not _runs(int(found["pid"]))
    return time.time() - path.lstat().st_mtime > ABANDONED


def _sweep(paths: Iterable[Path]) -> None:
    """Remove the orphans among some paths; what cannot be removed stays."""
    for path in paths:
        with suppress(OSError):
            if not (path.name.startswith(START) and is_orphan(path)):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def check_writable(folder: Path) -> None:
    """Make a folder that is not there yet, and refuse one in which nothing can be written."""
    trial = folder / f"{mark()}trial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"trial")
        trial.unlink()
    except OSError as error:
        with suppress(OSError):
            trial.unlink()
        raise InputError(f"{folder}: {error.strerror}; results need a folder that can be written") from None


@cache
def sweep_folder(folder: Path) -> None:
    """Remove the orphaned scratch files of a folder, the first time that this process writes there."""
    with suppress(OSError):
        _sweep(folder.iterdir())


def sweep_tree(folder: Path) -> None:
    """Remove the orphaned scratch files of a folder and of all folders in it."""
    for parent, folders, names in os.walk(folder):
        _sweep(Path(parent, name) for name in folders + names)
