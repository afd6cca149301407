import gzip

import numpy as np
import pytest
from Bio import SeqIO

from convoscope.config import SequenceFile
from convoscope.errors import InputError
from convoscope.sequence.records import read_labelled_records

TABLE = "id\tseq\ty\tpart\none\tacgt\t1\ttrain\ntwo\tGG\tNA\ttest\n"
COLUMNS = {"sequence_column": "seq", "id_column": "id", "label_columns": {"bound": "y"}, "split_column": "part"}


@pytest.fixture
def read(tmp_path):
    def call(content, **options):
        path = tmp_path / "records"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_labelled_records(path, SequenceFile(path="records", **options), "sequences.0")

    return call


def test_fasta_by_hand(read):
    records = read(">a first\nAC\ngt\n\n>\nNN\n> c\n", labels={"x": 1})
    assert records[["line", "name", "text", "x", "split"]].to_numpy().tolist() == [
        [1, "a", "ACGT", 1, ""],
        [2, "record2", "NN", 1, ""],
        [3, "c", "", 1, ""],
    ]
    assert records["row"][0] == ">a first"


def test_table_by_hand(read):
    records = read(TABLE, labels={"x": 0.5}, **COLUMNS)
    assert records[["line", "name", "text", "split", "x"]].to_numpy().tolist() == [
        [2, "one", "ACGT", "train", 0.5],
        [3, "two", "GG", "test", 0.5],
    ]
    assert records["bound"][0] == 1
    assert np.isnan(records["bound"][1])


@pytest.mark.parametrize("form", ["crlf", "gzip", "bom", "blank lines"])
@pytest.mark.parametrize(("content", "options"), [(TABLE, COLUMNS), (">a b\nACG\n>c\nT\n", {"labels": {"x": 1.0}})])
def test_every_form_reads_the_same(read, form, content, options):
    plain = content.encode()
    forms = {
        "crlf": plain.replace(b"\n", b"\r\n"),
        "gzip": gzip.compress(plain, mtime=0),
        "bom": b"\xef\xbb\xbf" + plain,
        "blank lines": plain + b"\n\n",
    }
    assert read(forms[form], **options).equals(read(plain, **options))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_found_by_what_separates_them(read, separator):
    content = TABLE.replace("\t", separator)
    assert read(content, **COLUMNS).drop(columns="row").equals(read(TABLE, **COLUMNS).drop(columns="row"))


def test_quotes_are_taken_off(read):
    content = '"seq","y","name"\r\n"ACGT","1","a, ""b"""\r\nGG,0,"two\nlines"\r\n"AC",1,c\r\n'
    records = read(content, sequence_column="seq", id_column="name", label_columns={"y": "y"})
    assert records[["text", "name", "y"]].to_numpy().tolist() == [
        ["ACGT", 'a, "b"', 1], ["GG", "two\nlines", 0], ["AC", "c", 1],
    ]  # fmt: skip
    assert records["line"].tolist() == [2, 4, 5]
    assert records["row"].tolist() == ['ACGT,1,a, "b"', "GG,0,two lines", "AC,1,c"]


def test_a_comma_in_a_field_of_a_tab_separated_table_stays(read):
    records = read("sequence\tid,x\ty\nA\ta,b\t1\n", id_column="id,x", label_columns={"y": "y"})
    assert records["name"].tolist() == ["a,b"]


def test_lines_above_the_header_are_counted(read):
    with pytest.raises(InputError, match=r":5: label y is 'x'"):
        read("\n\nsequence,y\nA,1\nC,x\n", label_columns={"y": "y"})


def test_a_field_may_be_longer_than_csv_allows_by_default(read):
    records = read(f"sequence,y\n{'ACGT' * 50_000},1\n", label_columns={"y": "y"})
    assert records["text"].str.len().tolist() == [200_000]


def test_classes_by_hand(read):
    content = "sequence,kind\nA,0012\nC,NA\nG,1\nT,\nA,.\n"
    records = read(content, label_column="kind", classes=["1", "0012", "NA"])
    assert records[["1", "0012", "NA"]].fillna(-1).to_numpy().tolist() == [
        [0, 1, 0], [0, 0, 1], [1, 0, 0], [-1, -1, -1], [-1, -1, -1],
    ]  # fmt: skip
    unknown = read("sequence,kind\nA,a\nC,NA\n", label_column="kind", classes=["a"])["a"].isna()
    assert unknown.tolist() == [False, True]


@pytest.mark.parametrize("text", ["1", "0012", "1E5", "NA", "-0", "1.0", "nan"])
def test_names_that_look_like_numbers_are_text(read, text):
    records = read(f"id,sequence,y\n{text},A,1\n", id_column="id", label_columns={"y": "y"})
    assert records["name"].tolist() == [text]


def test_names_are_row_numbers_without_a_column(read):
    records = read("sequence\ty\nA\t1\nC\t0\n", label_columns={"x": "y"})
    assert records["name"].tolist() == ["1", "2"]


@pytest.mark.parametrize("content", [">a\nA\n", "sequence\nA\n"])
def test_a_file_may_be_of_one_split(read, content):
    assert read(content, labels={"x": 1}, split="test")["split"].tolist() == ["test"]
    assert read(content, labels={"x": 1})["split"].tolist() == [""]


def test_real_fasta_agrees_with_biopython(data):
    path = data / "cnnprom" / "Arabidopsis_tata.fa.gz"
    records = read_labelled_records(path, SequenceFile(path="x", labels={"promoter": 1}), "sequences.0")
    with gzip.open(path, "rt") as stream:
        assert records["text"].tolist() == [str(record.seq).upper() for record in SeqIO.parse(stream, "fasta")]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (TABLE, {}, "sequences.0: neither labels nor label_columns nor label_column"),
        (TABLE + "a,b\n", COLUMNS, ":4: 1 columns; the header has 4"),
        ('sequence,y\nA,1\n"C,0\nG,1\n', {"label_columns": {"y": "y"}}, ":4: .*; columns as CSV quotes them"),
        ("sequence,y,y\nA,1,0\n", {"label_columns": {"y": "y"}}, "column 'y' is there twice"),
        ("seq,y,part\n", COLUMNS, r"sequences\.0\.id_column: .*no column 'id'; its columns are seq, y, part"),
        ("sequence,kind\nA,b\n", {"label_column": "kind", "classes": ["a", "c"]}, ":2: kind is 'b'; one of a, c"),
        (">a\nA\n", {"label_column": "kind", "classes": ["a"]}, r"sequences\.0\.label_column: .*is FASTA"),
        ("\n", {"labels": {"x": 1.0}}, "no sequence; FASTA, or"),
        ("sequence\n", {"labels": {"x": 1.0}}, "no sequence; FASTA, or"),
        (
            TABLE,
            {"labels": {"x": 1.0}},
            r"sequences\.0\.sequence_column: .*no column 'sequence'; its columns are id, seq",
        ),
        (TABLE, {**COLUMNS, "label_columns": {"x": "z"}}, r"sequences\.0\.label_columns\.x: .*no column 'z'"),
        (TABLE + "three\tA\n", COLUMNS, ":4: 2 columns; the header has 4"),
        (TABLE + "three\tA\tyes\ttest\n", COLUMNS, ":4: label bound is 'yes'; a finite number"),
        (TABLE + "three\tA\t1_000\ttest\n", COLUMNS, ":4: label bound is '1_000'; a finite number"),
        (TABLE + "three\tA\tinf\ttest\n", COLUMNS, ":4: label bound is 'inf'"),
        (TABLE + "three\tA\t1\tdev\n", COLUMNS, ":4: split 'dev'; one of train, validation, test"),
        (">a\nA\n", {"label_columns": {"x": "y"}}, r"sequences\.0\.label_columns: .*is FASTA, which has no columns"),
        (gzip.compress((TABLE + "a\tA\t1\ttest\n" * 999).encode(), mtime=0)[:-9], COLUMNS, "truncated"),
        (b"\xff\xfe\x00", COLUMNS, "not text"),
    ],
)
def test_refusals(read, content, options, said):
    with pytest.raises(InputError, match=said):
        read(content, **options)
