"""Columns read from bytes are those that pandas reads."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope import table_columns, tables
from convoscope.table_columns import read_columns
from convoscope.tables import read_table

LINES = [
    "w0\tchr1\t0\t200\t.\tpositive\t0\n",
    "w1\tchr1\t12345678\t12345878\t.\tdinucleotide_shuffle\t1\n",
    "w2\tchr1\t123456789\t123456989\t-\tdinucleotide_shuffle\t\n",
    "w3\t007\t999999999999999\t00042\t+\t\t123456789012345\n",
    "w4\tchrUn_KI270742v1_and_as_many_as_\t8\t80000000\t+\tpositive\t0007\n",
]
HEADER = ["id", "chrom", "start", "end", "strand", "origin", "y"]
NEEDED = ("chrom", "start", "end", "strand", "origin")
TYPES = {"start": np.int64, "end": np.int64, "y": np.float64} | dict.fromkeys(("chrom", "strand", "origin"), "category")


def write(path: Path, lines: list[str]) -> None:
    path.write_bytes("".join(["\t".join(HEADER) + "\n", *lines]).encode())


def as_pandas_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    with monkeypatch.context() as patched:
        patched.setattr(tables, "read_columns", lambda *_: None)
        return read_table(path, "examples", NEEDED, ["y"], only=True)


@pytest.mark.parametrize("block", [7, 100, 1 << 20])
@pytest.mark.parametrize("lines", [LINES, LINES[:1], LINES[2:] * 3 + LINES], ids=len)
def test_columns_are_those_of_pandas(
    tmp_path: Path, lines: list[str], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_columns, "BLOCK", block)
    for ended in (lines, [*lines[:-1], lines[-1].rstrip("\n")]):
        write(tmp_path / "t.tsv", ended)
        (tmp_path / "t.tsv.gz").write_bytes(gzip.compress((tmp_path / "t.tsv").read_bytes()))
        expected = as_pandas_reads(tmp_path / "t.tsv", monkeypatch)
        for path in (tmp_path / "t.tsv", tmp_path / "t.tsv.gz"):
            found = read_columns(path, HEADER, 1, TYPES)
            assert found is not None
            pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("column", ["start", "y"])
@pytest.mark.parametrize("text", ["-1", "+1", " 1", "1.0", "1e3", "/", ":", "1x", "x", "\x7f", "1234567x", "9" * 16])
def test_other_numbers_are_left_to_pandas(tmp_path: Path, text: str, column: str) -> None:
    path = tmp_path / "t.tsv"
    fields = dict(zip(HEADER, LINES[0].rstrip("\n").split("\t"), strict=True)) | {column: text}
    write(path, [*LINES, "\t".join(fields.values()) + "\n"])
    assert read_columns(path, HEADER, 1, TYPES) is None
    assert read_columns(path, HEADER, 1, {"chrom": "category"}) is not None


@pytest.mark.parametrize(
    "line",
    ["\n", "w\tchr1\t1\n", LINES[0][:-1] + "\t\n", LINES[0].replace("\n", "\r\n"), "wé" + LINES[0], "w\0" + LINES[0],
     LINES[0].replace("chr1", "c" * 33), LINES[0].replace("200", "")],
)  # fmt: skip
def test_unusual_lines_are_left_to_pandas(tmp_path: Path, line: str) -> None:
    write(tmp_path / "t.tsv", [*LINES, line, *LINES])
    assert read_columns(tmp_path / "t.tsv", HEADER, 1, TYPES) is None


def test_a_table_without_rows_or_of_one_column_is_left_to_pandas(tmp_path: Path) -> None:
    write(tmp_path / "t.tsv", [])
    assert read_columns(tmp_path / "t.tsv", HEADER, 1, TYPES) is None
    (tmp_path / "one.tsv").write_text("start\n1\n\n")
    assert read_columns(tmp_path / "one.tsv", ["start"], 1, {"start": np.int64}) is None


def test_many_rows_of_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_columns, "BLOCK", 3_000)
    generator = np.random.default_rng(1)
    write(tmp_path / "t.tsv", [LINES[number] for number in generator.integers(len(LINES), size=2_000)])
    found = read_columns(tmp_path / "t.tsv", HEADER, 1, TYPES)
    assert found is not None
    pd.testing.assert_frame_equal(found, as_pandas_reads(tmp_path / "t.tsv", monkeypatch))
