"""Our own tables: names are text whatever they look like, numbers are numbers or one line says which is not."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.tables import TABLES, find_rows, header_of, read_table, write_table

ODD = ["1", "0012", "1E5", "NA", "nan", "True", "1.0", "", '"x', "-0", "1_000", "#7", "null", " 5", "é"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "t.tsv"


def test_names_stay_text_and_numbers_become_numbers(table: Path) -> None:
    frame = pd.DataFrame({"id": ODD, "chrom": ODD, "start": range(len(ODD)), "y": [np.nan, *range(len(ODD) - 1)]})
    write_table(frame, table, None)
    read = read_table(table, "examples", real=["y"])
    assert read["id"].tolist() == ODD and read["chrom"].tolist() == ODD
    assert read["start"].tolist() == list(range(len(ODD))) and read["start"].dtype == np.int64
    np.testing.assert_array_equal(read["y"], frame["y"])


@pytest.mark.parametrize("kind", TABLES)
def test_columns_that_no_kind_names_are_text(table: Path, kind: str) -> None:
    table.write_text("label\tfold\tinfo:ref\tfilterx\n01\t0\t1\t2\n")
    assert read_table(table, kind).drop(columns="fold").to_numpy().tolist() == [["01", "1", "2"]]


@pytest.mark.parametrize(
    ("kind", "column"), [("matches", "influence:01"), ("scores", "a:ref"), ("scores", "mean:spread"), ("curves", "y")]
)
def test_columns_named_after_labels(table: Path, kind: str, column: str) -> None:
    table.write_text(f"{column}\tname\n1e5\tx\n\t1e5\n")
    read = read_table(table, kind)
    assert read[column][0] == 1e5 and np.isnan(read[column][1]) and read["name"].tolist() == ["x", "1e5"]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("prediction", "high", "prediction is 'high' in row 2; a number"),
        ("prediction", "nan", "prediction is 'nan' in row 2; a number"),
        ("prediction", "1,5", "a number"),
        ("start", "7.5", "start is '7.5' in row 2; a whole number"),
        ("start", "", "start is '' in row 2; a whole number"),
        ("start", "inf", "a whole number"),
    ],
)
def test_text_for_a_number_is_refused(table: Path, column: str, cell: str, message: str) -> None:
    table.write_text(f"{column}\tname\n1\tx\n{cell}\ty\nwrong\ty\n")
    with pytest.raises(InputError, match=rf"t\.tsv: .*{message}"):
        read_table(table, "examples" if column == "start" else "predictions")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no header"),
        ("\n1\t2\n", r"no header"),
        ("a\tb\n1\t2\t\n", r"t\.tsv:2: 3 fields; 2 as"),
        ("a\tb\n1\t2\n3\n", r"t\.tsv:3: 1 fields; 2 as"),
        ("a\tb\n1\t2\n\n\n4\t5\t6\n", r"t\.tsv:5: 3 fields"),
        ("a\tb\ta\n1\t2\t3\n", r"column 'a' is there 2 times"),
        ("a\tb\n1\t\0\n", r"t\.tsv:2: .*NUL"),
    ],
)
def test_damaged_tables_are_refused_in_one_line(table: Path, text: str, message: str) -> None:
    table.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_table(table, "dropped")
    assert "\n" not in str(caught.value)


def test_long_fields_blank_lines_and_gzip(table: Path) -> None:
    long = "x" * 131_073
    table.write_bytes(gzip.compress(f"a\tb\r\n\r\n{long}\t2\r\n3\t4".encode()))
    assert read_table(table, "dropped").to_numpy().tolist() == [[long, "2"], ["3", "4"]]
    assert header_of(table) == ["a", "b"]


def test_a_table_of_one_column_keeps_its_empty_names(table: Path) -> None:
    table.write_text("a\n\nx\n")
    assert read_table(table, "dropped")["a"].tolist() == ["", "x"]


def test_more_lines_than_are_read_at_once(table: Path) -> None:
    write_table(pd.DataFrame({"start": np.arange(10_000)}), table)
    np.testing.assert_array_equal(read_table(table, "examples")["start"], np.arange(10_000))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_change_nothing(table: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("convoscope.table_text.BLOCK", size)
    cells = ["", "é" * 30, "\x0b", "\u2028", "\x85", " ", "y" * 100]
    table.write_bytes(("a\tb\n" + "".join(f"{cell}\t{row}\r\n\n" for row, cell in enumerate(cells))).encode()[:-3])
    assert read_table(table, "dropped").to_numpy().tolist() == [[cell, str(row)] for row, cell in enumerate(cells)]


@pytest.mark.parametrize("size", [1, 16, 1 << 20])
@pytest.mark.parametrize(
    ("line", "message"), [("1", "1 fields; 2"), ("1\t2\t3\t4", "4 fields; 2"), ("1\t\0", "holds a NUL byte")]
)
def test_a_damaged_line_is_named_wherever_it_is(
    table: Path, monkeypatch: pytest.MonkeyPatch, size: int, line: str, message: str
) -> None:
    monkeypatch.setattr("convoscope.table_text.BLOCK", size)
    table.write_text("a\tb\n" + "x\ty\n" * 20 + "\n" + line + "\n" + "x\ty\n" * 20)
    with pytest.raises(InputError, match=rf"t\.tsv:23: {message}"):
        read_table(table, "dropped")


def test_fields_too_few_and_too_many_do_not_make_up_for_each_other(table: Path) -> None:
    table.write_text("a\tb\nx\ny\tz\tz\n")
    with pytest.raises(InputError, match=r"t\.tsv:2: 1 fields; 2"):
        read_table(table, "dropped")


def test_columns_that_a_caller_needs(table: Path) -> None:
    table.write_text("a\tb\n1\t2\n")
    assert read_table(table, "dropped", ["b", "a"])["b"].tolist() == ["2"]
    for arguments in ({"needed": ["a", "x"]}, {"real": ["x"]}):
        with pytest.raises(InputError, match=r"t\.tsv: no column 'x'; it has a, b"):
            read_table(table, "dropped", **arguments)


def test_columns_that_nobody_asks_for_are_not_read(table: Path) -> None:
    table.write_text("id\tstart\tend\tchrom\ty\tx\na\t1\tnone\t01\t\tno\nb\t2\tnone\tNA\t5\tno\n")
    read = read_table(table, "examples", ["chrom", "start"], ["y"], only=True)
    assert list(read) == ["start", "chrom", "y"]
    assert read["chrom"].tolist() == ["01", "NA"] and isinstance(read["chrom"].dtype, pd.CategoricalDtype)
    assert read["start"].tolist() == [1, 2] and read["start"].dtype == np.int64
    np.testing.assert_array_equal(read["y"], [np.nan, 5])
    with pytest.raises(InputError, match="end is 'none' in row 1; a whole number is expected"):
        read_table(table, "examples", ["end"], only=True)
    table.write_text("a\tb\nx\ty\nx\n")
    with pytest.raises(InputError, match=r"t\.tsv:3: 1 fields; 2"):
        read_table(table, "dropped", ["a"], only=True)


@pytest.mark.parametrize("names", [["1", "2"], ["007", "7"], ["1e5", "1.0"], ["True", "False"], ["1"] * 90_000 + ["X"]])
def test_categories_that_look_like_numbers_are_text(table: Path, names: list[str]) -> None:
    """Contigs of Ensembl, folds of a cross-validation; pandas reads the last ones in parts, one with an X."""
    table.write_text("chrom\tstart\n" + "".join(f"{name}\t5\n" for name in names))
    read = read_table(table, "examples", ["chrom", "start"], only=True)
    assert read["chrom"].tolist() == names and isinstance(read["chrom"].dtype, pd.CategoricalDtype)
    assert read["start"].dtype == np.int64


@pytest.mark.parametrize("text", ["7.0", "7e0", " 7", "+7"])
def test_whole_numbers_of_another_form(table: Path, text: str) -> None:
    table.write_text(f"start\n{text}\n9007199254740993\n")
    read = read_table(table, "examples")["start"]
    assert read[0] == 7 and read.dtype == np.int64


def test_files_without_a_header(table: Path) -> None:
    write_table(pd.DataFrame({"x": ["1"], "y": [5]}), table, header=False)
    assert read_table(table, "sizes", names=["chrom", "length"]).to_numpy().tolist() == [["1", 5]]
    table.write_text("a\nb\n1\t5\n2\t6\t7\n")
    with pytest.raises(InputError, match=r"t\.tsv:4: 3 fields; 2"):
        read_table(table, "sizes", names=["chrom", "length"], skipped=2)
    table.write_text("1\n")
    with pytest.raises(InputError, match=r"t\.tsv:1: 1 fields; 2"):
        read_table(table, "sizes", names=["chrom", "length"])


def test_digits(table: Path) -> None:
    write_table(pd.DataFrame({"a": [1 / 3, np.nan], "b": 7}), table, 3)
    assert table.read_text() == "a\tb\n0.333\t7\n\t7\n"
    write_table(pd.DataFrame({"a": [1 / 3]}), table, None)
    assert float(table.read_text().split()[1]) == 1 / 3


@pytest.mark.parametrize("cells", [1, 10, 1 << 18])
@pytest.mark.parametrize("digits", [None, 3, 6])
def test_tables_are_written_as_pandas_writes_them(
    table: Path, monkeypatch: pytest.MonkeyPatch, cells: int, digits: int | None
) -> None:
    monkeypatch.setattr("convoscope.table_text.CELLS", cells)
    floats = [0.0, -0.0, np.nan, np.inf, 1e-300, 123456.7, 1 / 3, 1e22, 5.0, 1 / 3, np.nan, -0.0, 0.0, 1e5, 2.5]
    frame = pd.DataFrame(
        {
            "text": ODD, "mixed": [None, 1, 2.5, np.nan, "x", True, *ODD[6:]], "float": floats,
            "single": np.array(floats, dtype=np.float32), "bool": [True, False, True] * 5,
            "whole": pd.array([None, *range(14)], dtype="Int64"), "small": np.arange(15, dtype=np.int8),
            "few": pd.Categorical(["x", "y", None] * 5), 5: [1 << 62] * 15, "gone": [None] * 15,
        }
    )  # fmt: skip
    layout = None if digits is None else f"%.{digits}g"
    for rows in (frame, frame[::-2], frame[:0]):
        write_table(rows, table, digits)
        kind = {"sep": "\t", "index": False, "float_format": layout, "quoting": csv.QUOTE_NONE}
        assert table.read_text() == rows.to_csv(**kind, lineterminator="\n")


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": ["x", "y\tz"]}), pd.DataFrame({"y\tz": [1]})])
def test_names_that_would_break_a_table_are_refused(table: Path, frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"'y\\tz': holds a tab or a line end"):
        write_table(frame, table)


def test_names_are_found_or_refused() -> None:
    known = pd.Series(["1", "01", "NA"], name="id")
    assert find_rows(pd.Series(["NA", "1", "NA"], name="id"), known, "p").tolist() == [2, 0, 2]
    with pytest.raises(InputError, match=r"p: id '1\.0' is unknown; known are 1, 01, NA"):
        find_rows(pd.Series(["1", "1.0"], name="id"), known, "p")
    with pytest.raises(InputError, match="p: id 'NA' is there twice"):
        find_rows(pd.Series(["1"], name="id"), pd.Series(["NA", "1", "NA"], name="id"), "p")
