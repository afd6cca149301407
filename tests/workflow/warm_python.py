"""A ``python`` whose processes start at once: they are forked from one that has imported the large libraries.

A run of the workflow is tens of jobs of ``python -m convoscope``, which import torch, pandas, SciPy: seconds,
for work of milliseconds. Here one process, the program of this file, imports them and forks for every
``python -m …``. The fork gets the folder, environment, words, streams and ``sys.path`` of a new interpreter. The
package of this checkout is imported too; a fork that runs another checkout forgets it, and imports its own.
Everything else (``python -c``, a script) is passed on to the real interpreter. `test_manifest.py` compares what both
leave, byte by byte. The processes of pytest-xdist are forked too: each of them would import all of it once more.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import logging
import os
import pkgutil
import runpy
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from warm_client import LENGTH

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
OWN = ROOT / "workflow" / "lib"  # the folder of this checkout's package
REAL = sys.executable
# Two kinds, by the variable of the environment that says to all processes of pytest where the program is.
ALL, TORCH = "WARM_PYTHON", "TORCH_PYTHON"
BLANK = "BLANK_COPIES"  # a variable of the environment: the copies of figures may be left blank
LIBRARIES = (
    # an export imports more than torch itself: its compiler and the exporter
    *("torch", "torch._dynamo", "torch.export._trace", "torch.onnx._internal.exporter._core", "onnxscript"),
    *("sympy.combinatorics", "onnxruntime", "captum.attr"),
    *("pandas", "scipy.stats", "sklearn.linear_model", "numba.core.caching", "memelite", "pyjaspar", "pysam"),
    *("matplotlib.backends.backend_svg", "matplotlib.backends.backend_pdf", "fontTools.subset", "pypdfium2"),
    *("tifffile", "imagecodecs", "requests", "jinja2", "docutils.core", "snakemake.cli"),
)


def warm_python(kind: str = ALL) -> Path:
    """Return the folder of a program ``python`` that asks the server of a kind, which is started where none is yet."""
    if kind not in os.environ:
        os.environ[kind] = str(start_server(kind))
    return Path(os.environ[kind])


def start_server(kind: str) -> Path:
    """Start a server that ends with this process; return the folder of its program."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))  # short, as the address of a socket must be
    real = shlex.quote(sys.executable)
    client = f"exec {real} -ISs {shlex.join([str(HERE.with_name('warm_client.py')), f'{folder}/socket'])}"
    code = f'-c) {client} "$@";; ' if kind == TORCH else ""  # in a run it may be of multiprocessing, with its pipes
    programs = {
        "python": f'case "$1" in -m) shift; {client} "$@";; {code}*) exec {real} "$@";; esac',
        "worker": f'shift; {client} "$@"',  # of ``-u -c words…``, which is how pytest-xdist starts a process
    }
    for name, line in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    command = [sys.executable, str(HERE), kind, f"{folder}/socket"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(shutil.rmtree, folder)
    assert server.stdout and server.stdout.readline() == b"ready\n"
    atexit.register(server.communicate)  # closes stdin, by which the server ends
    return folder


def serve(kind: str, address: str) -> None:
    """Fork for every client until the other end of stdin is closed, and tell it how the fork ended; no fork returns."""
    base = sys.path[1:]  # without the folder of this file
    running: dict[int, Fork] = {}  # by both descriptors of each
    loaded = False
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin not in (ready := select.select([listener, sys.stdin, *running], [], [])[0]):
            for number in running.keys() & ready:
                attend(number, running)
            if listener in ready:
                if not loaded:
                    load(kind, address)
                    loaded = True
                client, _ = listener.accept()
                request, streams = received(client)
                if not (pid := os.fork()):
                    for one in (listener, client, *(fork.client for fork in running.values())):
                        one.close()
                    become(request, streams, base)
                fork = Fork(pid, os.pidfd_open(pid), client)
                running |= {fork.end: fork, client.fileno(): fork}
                for stream in streams:
                    os.close(stream)
    for pid in {fork.pid for fork in running.values()}:
        os.waitpid(pid, 0)  # so that its time counts as that of the tests


class Fork(NamedTuple):
    """A process that runs for a client, and the descriptor that is ready when it has ended."""

    pid: int
    end: int
    client: socket.socket


def attend(number: int, running: dict[int, Fork]) -> None:
    """Tell a client how its process ended, or do to that process what was done to the client."""
    fork = running.get(number)
    if fork is None:  # it has just ended
        return
    if number != fork.end:
        said = b""
        with contextlib.suppress(ConnectionError):
            said = fork.client.recv(LENGTH)
        os.kill(fork.pid, int(said or signal.SIGKILL))
        if not said:
            del running[number]
        return
    code = os.waitstatus_to_exitcode(os.waitpid(fork.pid, 0)[1])
    running.pop(fork.client.fileno(), None)
    del running[number]
    with fork.client, contextlib.suppress(OSError):
        fork.client.sendall(str(code).encode())
    os.close(number)


def load(kind: str, address: str) -> None:
    """Import the libraries, and the package with those of all its verbs."""
    for name in LIBRARIES if kind == ALL else ("torch",):
        importlib.import_module(name)
    if kind == ALL:
        sys.executable = str(Path(address).with_name("python"))  # what a fork starts is one, too
        sys.modules["snakemake.cli"].get_argument_parser()  # looks for plugins among all that is installed
        keep_operators()
        sys.path.insert(1, str(OWN))
        for module in pkgutil.walk_packages([str(OWN / "convoscope")], "convoscope."):
            if module.name != "convoscope.__main__":
                importlib.import_module(module.name)
    gc.freeze()  # a collection in a fork would copy the pages of all these objects


def keep_operators() -> None:
    """Let torch's exporter read its library of operators once for all exports of this process and of its forks."""
    from torch.onnx._internal.exporter._constants import TORCHLIB_OPSET
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    if not hasattr(ONNXRegistry.from_torchlib, "cache_info"):
        ONNXRegistry.from_torchlib = staticmethod(functools.cache(ONNXRegistry.from_torchlib))
    logging.disable(logging.WARNING)  # it misses torchvision
    ONNXRegistry.from_torchlib(opset_version=TORCHLIB_OPSET)
    logging.disable(logging.NOTSET)


def received(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return what a client asks for, and its streams."""
    head, streams, _, _ = socket.recv_fds(client, LENGTH, 3)
    return json.loads(client.recv(int(head), socket.MSG_WAITALL)), streams


def runs_own(words: list[str]) -> bool:
    """Tell whether these words run this checkout: its workflow, or what imports its package by ``sys.path``."""
    if words[0] == "snakemake":
        return str(ROOT / "Snakefile") in words
    found = PathFinder.find_spec("convoscope")
    return found is not None and found.origin == str(OWN / "convoscope" / "__init__.py")


def forget_package() -> None:
    """Let the next import of the package read it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "convoscope"]:
        del sys.modules[name]


def become(request: dict[str, Any], streams: list[int], base: list[str]) -> None:
    """Go on as a new ``python -m module words…``, or ``-c code words…``, in a folder and an environment."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.stdout.reconfigure(write_through=bool(os.environ.get("PYTHONUNBUFFERED")))  # type: ignore[union-attr]
    named = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:] = [request["folder"], *named, *base]
    sys.argv = request["words"]
    if not runs_own(sys.argv):
        forget_package()
    if sys.argv[:2] == ["convoscope", "draw"] and BLANK in os.environ:
        leave_copies_blank()
    try:
        if sys.argv[0] == "-c":
            sys.executable = REAL
            sys.modules["__main__"] = ModuleType("__main__")
            exec(sys.argv.pop(1), vars(sys.modules["__main__"]))
        else:
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        end(0)
    except SystemExit as error:
        end(error.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        end(1)


def leave_copies_blank() -> None:
    """Let this process draw figures as SVG alone, as ``blank_copies.py`` does in tests without a workflow."""
    from convoscope.report import style

    style._copy = lambda figure, pdf, png: (pdf.touch(), png.touch())


def end(code: Any) -> None:
    """End as an interpreter does, but do not take down the libraries: that takes as long as many a job."""
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve(*sys.argv[1:])
