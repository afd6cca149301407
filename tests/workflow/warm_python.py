"""A ``python`` whose processes start at once: they are forked from one that has imported the large libraries.

A run of the workflow is tens of jobs of ``python -m convoscope``, which import torch, pandas, SciPy: seconds,
for work of milliseconds. Here one process, the program of this file, imports them and forks for every
``python -m …``. The fork gets the folder, environment, words, streams and ``sys.path`` of a new interpreter, and
imports the package itself, from the checkout that its environment names. Everything else (``python -c``, a script) is
passed on to the real interpreter. `test_manifest.py` compares what both leave, byte by byte.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
BLANK = "BLANK_COPIES"  # a variable of the environment: the copies of figures may be left blank
LIBRARIES = (
    # an export imports more than torch itself: its compiler and the exporter
    *("torch", "torch._dynamo", "torch.onnx._internal.exporter._compat", "onnxscript", "onnxruntime", "captum.attr"),
    *("pandas", "scipy.stats", "sklearn.linear_model", "numba.core.caching", "memelite", "pyjaspar", "pysam"),
    *("matplotlib.backends.backend_svg", "matplotlib.backends.backend_pdf", "fontTools.subset", "pypdfium2"),
    *("tifffile", "imagecodecs", "requests", "jinja2", "docutils.core", "snakemake.cli"),
)


@functools.cache
def warm_python() -> Path:
    """Start the server, once in a process; return the folder of a program ``python`` that asks it."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))  # short, as the address of a socket must be
    real, client = shlex.quote(sys.executable), shlex.join([str(HERE.with_name("warm_client.py")), f"{folder}/socket"])
    program = folder / "python"
    program.write_text(
        f'#!/bin/sh\ncase "$1" in -m) shift; exec {real} -ISs {client} "$@";; *) exec {real} "$@";; esac\n'
    )
    program.chmod(0o755)
    command = [sys.executable, str(HERE), f"{folder}/socket"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(shutil.rmtree, folder)
    assert server.stdout and server.stdout.readline() == b"ready\n"
    atexit.register(server.communicate)  # closes stdin, by which the server ends
    return folder


def serve(address: str) -> None:
    """Fork for every client until the other end of stdin is closed; no fork returns."""
    base = sys.path[1:]  # without the folder of this file
    for name in LIBRARIES:
        importlib.import_module(name)
    sys.modules["snakemake.cli"].get_argument_parser()  # looks for plugins among all that is installed
    gc.freeze()  # a collection in a fork would copy the pages of all these objects
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            client, _ = listener.accept()
            if not os.fork():
                listener.close()
                attend(client, base)
            client.close()
            ended(os.WNOHANG)
    ended(0)


def ended(options: int) -> None:
    """Wait for forks, so that their time counts as that of the tests."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def attend(client: socket.socket, base: list[str]) -> None:
    """Run what a client asks for in a process of its own, and tell the client how that process ended."""
    from warm_client import LENGTH

    head, streams, _, _ = socket.recv_fds(client, LENGTH, 3)
    with client.makefile("rb") as rest:
        request = json.loads(rest.read(int(head)))
    if child := os.fork():
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        client.sendall(str(code).encode())
        os._exit(0)
    client.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    become(request, base)


def become(request: dict[str, Any], base: list[str]) -> None:
    """Go on as a new ``python -m module words…`` in a folder and an environment."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.stdout.reconfigure(write_through=bool(os.environ.get("PYTHONUNBUFFERED")))  # type: ignore[union-attr]
    named = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:] = [request["folder"], *named, *base]
    sys.argv = request["words"]
    if sys.argv[:2] == ["convoscope", "draw"] and BLANK in os.environ:
        leave_copies_blank()
    try:
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
    serve(sys.argv[1])
