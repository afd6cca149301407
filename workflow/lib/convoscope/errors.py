"""The one exception that the user sees, and a collector of several."""

from collections.abc import Iterator
from contextlib import contextmanager


class InputError(Exception):
    """Bad input, said in one line: ``where: what was found; what is allowed``; a configuration may have several.

    The command line prints each line as ``ERROR: …`` and exits with 2, without a traceback. It does not inherit
    from ``ValueError`` because argparse and pydantic catch those and replace the message by one of their own.
    """


def error_lines(error: InputError) -> str:
    """Return what is printed of an error: ``ERROR: …`` for every line.

    >>> error_lines(InputError("a: 1; 2 is allowed"))
    'ERROR: a: 1; 2 is allowed'
    """
    return "\n".join(f"ERROR: {line}" for line in str(error).splitlines())


class Problems:
    """Collects refusals, so that all mistakes of a configuration are reported at once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """Record the refusal of the block, if there is one, as ``where: refusal`` and go on."""
        try:
            yield
        except InputError as error:
            self.lines += [f"{where}: {line}" for line in str(error).splitlines()]

    def refuse(self) -> None:
        """Raise one `InputError` with a line for every problem, in the order found; nothing if there is none."""
        if self.lines:
            raise InputError("\n".join(dict.fromkeys(self.lines)))
