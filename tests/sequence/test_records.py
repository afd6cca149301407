import gzip

import numpy as np
import pytest
from Bio import SeqIO

from convoscope.config import SequenceFile
from convoscope.errors import InputError
from convoscope.sequence.records import read_records

TABLE = "id\tseq\ty\tpart\none\tacgt\t1\ttrain\ntwo\tGG\tNA\ttest\n"
COLUMNS = {"sequence_column": "seq", "id_column": "id", "label_columns": {"bound": "y"}, "split_column": "part"}


@pytest.fixture
def read(tmp_path):
    def call(content, **options):
        path = tmp_path / "records"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_records(path, SequenceFile(path="records", **options), "sequences.0")

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


def test_names_are_row_numbers_without_a_column(read):
    records = read("sequence\ty\nA\t1\nC\t0\n", label_columns={"x": "y"})
    assert records["name"].tolist() == ["1", "2"]


def test_real_fasta_agrees_with_biopython(data):
    path = data / "cnnprom" / "Arabidopsis_tata.fa.gz"
    records = read_records(path, SequenceFile(path="x", labels={"promoter": 1}), "sequences.0")
    with gzip.open(path, "rt") as stream:
        assert records["text"].tolist() == [str(record.seq).upper() for record in SeqIO.parse(stream, "fasta")]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (TABLE, {}, "sequences.0: neither labels nor label_columns"),
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
