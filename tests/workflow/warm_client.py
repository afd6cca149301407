"""The program behind the ``python`` of `warm_python.py`: lets the server run a module, and ends as the module ended.

A signal that asks it to end is passed on to the module, which is killed where this program is.
"""

import json
import os
import signal
import socket
import sys

LENGTH = 8  # bytes of a number: how long a request is, or which signal came
PASSED_ON = (signal.SIGINT, signal.SIGTERM)


def ask(address: str, words: list[str]) -> int:
    """Let the server run a module with the streams of this process; return its exit code."""
    folder = os.getcwd()  # noqa: PTH109 (pathlib takes longer to import than all of this)
    request = json.dumps({"folder": folder, "environment": dict(os.environ), "words": words}).encode()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        socket.send_fds(server, [b"%0*d" % (LENGTH, len(request))], [0, 1, 2])
        server.sendall(request)
        for number in PASSED_ON:
            signal.signal(number, lambda number, frame: server.sendall(b"%0*d" % (LENGTH, number)))
        code = int(server.recv(16) or -signal.SIGKILL)
    if code < 0:
        for number in PASSED_ON:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(ask(sys.argv[1], sys.argv[2:]))
