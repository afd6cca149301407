"""The text of tables: what pandas reads and writes a cell at a time, by columns and by blocks of lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from convoscope.errors import InputError

BLOCK = 1 << 20  # letters read at once
CELLS = 1 << 18  # written at once
TAB, END = b"\t\n"


class Blocks:
    """The lines of a table as the file that pandas reads, each checked on the way.

    Every line must have the fields of the header: pandas would take more for names of rows, and fill up fewer.
    """

    def __init__(self, stream: TextIO, path: Path, width: int, first: int) -> None:
        self.blocks = self.checked(stream, path, width, first)

    @staticmethod
    def checked(stream: TextIO, path: Path, width: int, first: int) -> Iterator[bytes]:
        """Yield blocks of lines without those that are blank; ``first`` is the number of the first line."""
        for block in _whole_lines(stream):
            text = block.encode()
            if not _is_regular(text, width):
                text = "".join(_checked(block, path, width, first)).encode()
            first += block.count("\n")
            yield text

    def read(self, size: int = -1) -> bytes:
        """Return the next lines, nothing at the end."""
        return next((block for block in self.blocks if block), b"")

    def __iter__(self) -> Iterator[bytes]:
        return self.blocks


def _whole_lines(stream: TextIO) -> Iterator[str]:
    """Yield the text of a stream in blocks of whole lines, the last line ended if the stream does not."""
    parts: list[str] = []
    while text := stream.read(BLOCK):
        begun = text.rfind("\n") + 1
        if begun:
            yield "".join([*parts, text[:begun]])
            parts = []
        parts.append(text[begun:])
    if rest := "".join(parts):
        yield rest + "\n"


def _is_regular(text: bytes, width: int) -> bool:
    """Tell whether every line of a block has ``width`` fields and nothing that needs a closer look."""
    letters = np.frombuffer(text, dtype=np.uint8)
    marks = letters[(letters == TAB) | (letters == END)]
    if len(marks) % width or b"\0" in text:
        return False
    is_end = marks.reshape(-1, width) == END
    return bool(is_end[:, -1].all() and not is_end[:, :-1].any())


def _checked(block: str, path: Path, width: int, first: int) -> Iterator[str]:
    """Yield the lines of a block that are not blank; ``first`` is the number of the first one."""
    for number, line in enumerate(block[:-1].split("\n"), first):
        if not line and width > 1:
            continue
        fields = line.count("\t") + 1
        if fields != width:
            raise InputError(f"{path}:{number}: {fields} fields; {width} as in its header")
        if "\0" in line:
            raise InputError(f"{path}:{number}: holds a NUL byte, so it is damaged or no text")
        yield line + "\n"


def lines_of(table: pd.DataFrame, layout: str | None) -> Iterator[str]:
    """Yield the rows of a table as lines, many at once; floats by a ``layout`` such as ``%.6g``, or with all digits.

    Raises
    ------
    InputError
        If a cell holds a tab or a line end, which would break the table.
    """
    step = max(CELLS // max(table.shape[1], 1), 1)
    for start in range(0, len(table), step):
        columns = [_cells(column, layout) for _, column in table.iloc[start : start + step].items()]
        yield join_lines(columns)


def join_lines(columns: list[list[str]]) -> str:
    """Return lines of columns of text."""
    text = "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"
    rows = max(map(len, columns), default=1)
    if text.count("\n") > rows or text.count("\t") > rows * (len(columns) - 1):
        broken = next(cell for column in columns for cell in column if "\t" in cell or "\n" in cell)
        raise InputError(f"name {broken!r}: holds a tab or a line end; rename it in the input")
    return text


def _cells(column: pd.Series, layout: str | None) -> list[str]:
    """Return the cells of a column as text, empty where a value is missing."""
    kind = column.dtype.kind
    if kind in "iu" and isinstance(column.dtype, np.dtype):
        return list(map(str, column.tolist()))
    if kind == "f" and isinstance(column.dtype, np.dtype):
        return _float_cells(column.to_numpy(), layout)
    values = column.to_numpy(object)
    if pd.api.types.infer_dtype(values, skipna=False) == "string":
        return list(values)
    return ["" if missing else str(value) for value, missing in zip(values, pd.isna(values), strict=True)]


def _float_cells(values: np.ndarray, layout: str | None) -> list[str]:
    """Return floats as text, each value that recurs once made; by their bits, for which 0 and -0 are two."""
    places, bits = pd.factorize(values.view(f"i{values.itemsize}"))
    distinct = bits.view(values.dtype)
    # Python writes double precision as numpy does, and faster.
    single = distinct.tolist() if layout or values.dtype == np.float64 else list(distinct)
    texts = ["" if value != value else layout % value if layout else str(value) for value in single]
    return list(np.array(texts, dtype=object)[places])
