"""Flavours of input files as they come from other tools, each with what this package makes of it.

Every row is tested by `test_flavours`, and `docs/formats.md` is generated from the rows. The content of a row is small
and written for the test; its source is the tool or description that the flavour comes from.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Refused(NamedTuple):
    """The file is refused in one line; ``said`` is a regular expression of that line."""

    said: str


class Flavour(NamedTuple):
    """One flavour of one kind of file.

    ``meaning`` is what happens to it, for the reader of the documentation; ``expected`` is what the reader of its kind
    in `test_flavours.READERS` returns, or `Refused`.
    """

    kind: str
    name: str
    source: str
    meaning: str
    content: bytes | Callable[[], bytes]
    expected: Any
    suffix: str = ""
