"""What the second network sees is read as it stands, and what it cannot use is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.config import Variants
from convoscope.errors import InputError
from convoscope.interpretation.second_network.covariate_tables import read_covariates, rename_covariates
from convoscope.interpretation.second_network.covariates import classes_of, gather, largest_difference, read_scores
from convoscope.sequence.contigs import contigs_by_name

SPEC = Variants(path="x", outcome="C", covariates=["AGE"])


@pytest.fixture
def scores(tmp_path: Path) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "row": [1, 2, 2, 3], "allele": [1, 1, 2, 1], "chrom": ["1", "1", "1", "NA"], "pos": [5, 9, 9, 2],
            "id": ".", "ref": ["A", "c", "C", "NA"], "alt": ["C", "G", "T", "N"],
            "a:ref": [0.1, 0.2, 0.3, 0.4], "a:difference": [0.5, -0.9, 0.0, 0.1],
            "b:ref": 0.0, "b:difference": [-0.7, 0.2, 0.1, 0.0],
            "info:C": ["1", "0", ".", "1"], "info:AGE": ["7", "NA", "8", "1e2"],
        }
    )  # fmt: skip
    table.to_csv(tmp_path / "scores.tsv.gz", sep="\t", index=False)
    return read_scores(tmp_path / "scores.tsv.gz")


def test_names_stay_text(scores):
    assert scores["chrom"].tolist() == ["1", "1", "1", "NA"] and scores["ref"].iloc[3] == "NA"


def test_inputs_of_rows_of_known_class(scores, tmp_path):
    (tmp_path / "t.tsv").write_text("chrom\tpos\tref\talt\tx\n1\t9\tC\tg\t3.5\n2\t9\tC\tG\t4\n1\t5\tA\tC\t\n")
    rows = gather(scores, SPEC, read_covariates(tmp_path / "t.tsv"))
    assert rows.names == ["a:ref", "a:difference", "b:ref", "b:difference", "AGE", "x"]
    assert rows.table["row"].tolist() == [1, 2, 3] and rows.positive.tolist() == [True, False, True]
    nan = np.nan
    expected = [[0.1, 0.5, 0, -0.7, 7, nan], [0.2, -0.9, 0, 0.2, nan, 3.5], [0.4, 0.1, 0, 0, 100, nan]]
    assert np.array_equal(rows.inputs, np.float32(expected), equal_nan=True)
    assert largest_difference(rows.table).tolist() == [0.7, 0.9, 0.1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "D"}, r"outcome D: no such INFO field among the scores; C, AGE"),
        ({"positive": "yes"}, r"outcome C: values 0, 1; two classes, one of them 'yes'"),
        ({"outcome": "AGE"}, r"outcome AGE: values 1e2, 7, 8, NA; two classes"),
        ({"covariates": ["SEX"]}, r"covariates: no INFO field 'SEX' among the scores; C, AGE"),
    ],
)
def test_refusals(scores, change, message):
    with pytest.raises(InputError, match=message):
        gather(scores, SPEC.model_copy(update=change), None)


def test_words_are_no_numbers(scores):
    scores["info:AGE"] = ["7", "old", "8", "9"]
    with pytest.raises(InputError, match=r"INFO field AGE: 'old' in row 2; finite numbers are read"):
        gather(scores, SPEC, None)


def test_one_class_is_refused(scores):
    with pytest.raises(InputError, match=r"outcome C: values 1; two classes"):
        classes_of(scores[scores["info:C"] == "1"], SPEC)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chrom\tpos\tref\talt\n1\t1\tA\tC\n", r"columns chrom, pos, ref, alt; .* at least one of numbers"),
        ("chrom\tref\talt\tx\n1\tA\tC\t1\n", r"columns chrom, ref, alt, x; chrom, pos"),
        ("chrom\tpos\tref\talt\tx\n1\t1\tA\tC\t1\n1\t1\ta\tc\t2\n", r"1 1 A C stands twice; each variant once"),
    ],
)
def test_bad_tables_of_covariates(tmp_path, text, message):
    (tmp_path / "t.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_covariates(tmp_path / "t.tsv")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "t.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match=r"t\.tsv: no column 'row'; it has a, b"):
        read_scores(tmp_path / "t.tsv")


def test_a_quote_is_a_letter_like_others(tmp_path):
    head = "row\tallele\tchrom\tpos\tid\tref\talt\ta:ref\ta:difference\tinfo:C\n"
    lines = [f"{row}\t1\tc\t{row}\t{name}\tA\tC\t0.5\t0.1\t1\n" for row, name in enumerate(['"x', "y", 'z"'])]
    (tmp_path / "s.tsv").write_text(head + "".join(lines))
    assert read_scores(tmp_path / "s.tsv")["id"].tolist() == ['"x', "y", 'z"']
    (tmp_path / "t.tsv").write_text('chrom\tpos\tref\talt\tname\tx\nc\t0\tA\tC\t"x\t1\nc\t1\tA\tC\ty"\t2\n')
    assert read_covariates(tmp_path / "t.tsv")["x"].tolist() == ["1", "2"]


KEYS = "chrom\tpos\tref\talt\tx\n"


@pytest.mark.parametrize(
    ("here", "there", "rename", "aliases"),
    [
        ("chr1", "1", {}, False),
        ("1", "CHR1", {}, False),
        ("one", "1", {"one": "chr1", "1": "chr1"}, False),
        ("one", "chr1", {"one": "chr1"}, False),
        ("chr1", "one", {"one": "chr1"}, False),
        ("chr1", "one", {"one": "chr1", "two": "chr9"}, False),
        ("NC_1.1", "1", {}, True),
    ],
)
def test_covariates_are_found_under_another_name(scores, tmp_path, here, there, rename, aliases):
    (tmp_path / "t.tsv").write_text(f"{KEYS}{there}\t9\tC\tG\t3.5\n2\t5\tA\tC\t4\n")
    (tmp_path / "a").write_text("chr1\tNC_1.1\t1\n")
    table = scores.assign(chrom=scores["chrom"].replace("1", here))
    contigs = contigs_by_name(table["chrom"].unique(), rename, tmp_path / "a" if aliases else None)
    found = rename_covariates(read_covariates(tmp_path / "t.tsv"), contigs, "t.tsv")
    np.testing.assert_equal(gather(table, SPEC, found).inputs[:, -1], np.float32([np.nan, 3.5, np.nan]))


def test_a_table_of_other_variants_is_refused(scores, tmp_path):
    (tmp_path / "t.tsv").write_text(KEYS + "1\t8\tC\tG\t3.5\n")
    with pytest.raises(InputError, match="covariate_table: none of the 3 variants, such as 1 5 A C; it has 1 8 C G"):
        gather(scores, SPEC, read_covariates(tmp_path / "t.tsv"))
    contigs = contigs_by_name(["x", "y"], {}, None)
    with pytest.raises(InputError, match=r"t\.tsv: none of its contigs is in the reference; it has 1, the"):
        rename_covariates(read_covariates(tmp_path / "t.tsv"), contigs, "t.tsv")


@pytest.mark.parametrize("read", [read_scores, read_covariates])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"t\.tsv: not a tab-separated table"),
        ("row\tallele\tchrom\tpos\tref\talt\tx\n", r"t\.tsv: no row; at least one"),
        ("row\tallele\tchrom\tpos\tref\talt\tx\n1\t1\tc\t1\tA\tC\t2\t\n", r"t\.tsv:2: 8 fields; 7 as in"),
    ],
)
def test_tables_without_rows_or_with_long_ones(tmp_path, read, text, message):
    (tmp_path / "t.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "t.tsv")
