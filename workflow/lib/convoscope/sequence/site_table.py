"""The rows of a site file by column: what is asked of every row is asked of columns, in a tenth of the time."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple, Self

import numpy as np


class Row(NamedTuple):
    """One row of a site file: its line number from 1, its columns without empty ones at the end, its text."""

    line: int
    fields: list[str]
    text: str


class Table(NamedTuple):
    """Rows by column, of text that is empty where a row has no such column."""

    lines: Sequence[int]  # of the file, from 1
    texts: list[str]  # of the rows, whole
    columns: Sequence[Sequence[str]]
    widths: Sequence[int]  # columns of each row

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """Return the table of rows that are divided."""
        columns = list(zip_longest(*(row.fields for row in rows), fillvalue=""))
        widths = [len(row.fields) for row in rows]
        return cls([row.line for row in rows], [row.text for row in rows], columns, widths)

    @classmethod
    def divided(cls, lines: Sequence[int], texts: list[str]) -> Self | None:
        r"""Return the table of rows, one at least, that tabs divide; nothing where they are not of one width.

        >>> Table.divided([1, 2], ["c\t1\t2", "d\t3\t4"]).columns
        [['c', 'd'], ['1', '3'], ['2', '4']]
        """
        widths = [text.count("\t") + 1 for text in texts]
        if min(widths) < max(widths):
            return None
        flat = "\t".join(texts).split("\t")
        return cls(lines, texts, [flat[column :: widths[0]] for column in range(widths[0])], widths)

    def cells(self, column: int) -> Sequence[str]:
        """Return the texts of a column, counted from 0."""
        return self.columns[column] if 0 <= column < len(self.columns) else [""] * len(self.texts)

    def whole(self, column: int) -> np.ndarray:
        """Return a column of whole numbers, ``(N,)`` int64."""
        return np.array([int(text) for text in self.cells(column)], dtype=np.int64)

    def rows(self, least: int) -> Iterator[list[str]]:
        """Yield the columns of every row that has ``least`` of them or more."""
        if len(self.columns) >= least:
            for cells, width in zip(zip(*self.columns, strict=True), self.widths, strict=True):
                if width >= least:
                    yield list(cells[:width])
