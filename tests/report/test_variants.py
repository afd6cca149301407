import gzip
import json

import numpy as np
import pandas as pd
import pytest

from convoscope.report import variants
from convoscope.report.variants_table import reasons, variants_page

FIELDS = ("ref", "alt", "difference", "log_odds", "largest", "spread")


def row(value, low=np.nan, high=np.nan, label="a", contig="all", n=100, groups=7):
    return {"label": label, "contig": contig, "value": value, "low": low, "high": high, "n": n, "groups": groups}


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        (
            [row(0.4, 0.3, 0.5)],
            "Predicted differences follow the measured EFF: ρ = .40 (.30 to .50) for a, 100 variants",
        ),
        ([row(-0.4, -0.5, -0.3)], "oppose the measured EFF: ρ = −.40 (−.50 to −.30)"),
        ([row(0.1, -0.1, 0.3)], "do not surely follow the measured EFF: ρ = .10 (−.10 to .30)"),
        (
            [row(0.1, 0.05, 0.3), row(-0.2, -0.3, -0.1, "b")],
            "for b, the closest of 2 labels, 100 variants in 7 regions",
        ),
        ([row(0.5)], "do not surely follow the measured EFF: ρ = .50 for a"),
        ([row(np.nan)], "EFF was measured on too few variants"),
    ],
)
def test_finding_of_measured_effects(rows, finding):
    assert finding in variants.measured_finding(pd.DataFrame(rows), "EFF")


def test_finding_of_classes():
    assert variants.classes_finding(pd.DataFrame([row(0.9, 0.8, 0.95, "all")]), "SWITCH", "1") == (
        "The largest difference of any label separates SWITCH = 1 from the rest with AUROC .90 (.80 to .95)"
    )
    assert "size of the difference of a separates" in variants.classes_finding(pd.DataFrame([row(0.9)]), "S", "1")
    assert "one class only" in variants.classes_finding(pd.DataFrame([row(np.nan)]), "S", "1")


@pytest.fixture
def made(tmp_path):
    """Write scores and dropped alleles; return a function that draws them."""

    def write(count, labels=("a", "b"), contigs=("x", "y"), **info):
        generator = np.random.default_rng(1)
        table = pd.DataFrame({
            "row": range(1, count + 1), "allele": 1, "chrom": np.resize(contigs, count),
            "pos": generator.integers(1, 9000, count), "id": ".", "ref": "A", "alt": "NA", "padded": 0,
        })  # fmt: skip
        for label in labels:
            for field in FIELDS:
                table[f"{label}:{field}"] = generator.normal(size=count)
        for name, values in info.items():
            table[f"info:{name}"] = np.resize(np.array(values, dtype=object), count)
        with gzip.open(tmp_path / "scores.tsv.gz", "wt") as stream:
            table.to_csv(stream, sep="\t", index=False)
        rows = [(7, "<DEL>", "breakend"), (8, "C", "REF is not: <G>"), (9, "C", "REF is not: C")]
        text = "row\tallele\tchrom\tpos\tid\tref\talt\treason\n"
        text += "".join(f"{row}\t1\tx\t5\t.\tA\t{alt}\t{reason}\n" for row, alt, reason in rows)
        (tmp_path / "dropped.tsv").write_text(text)
        return tmp_path / "scores.tsv.gz"

    return write


@pytest.fixture
def words(drawing, tmp_path):
    """Return the words of the verb for the section on a file of variants."""

    def make(**spec):
        figures = {"variants": tmp_path / "v.svg", "variants_table": tmp_path / "v.html"}
        files = {"scores": tmp_path / "scores.tsv.gz", "variants_dropped": tmp_path / "dropped.tsv"}
        return drawing(figures, json.dumps({"path": "x.vcf", **spec}), **files)

    return make


CASES = [
    ({"count": 400, "EFF": [0.5, "", 1.5, "nan", -2]}, {"measured": "EFF"}, "the measured EFF"),
    ({"count": 30, "contigs": ["x"], "labels": ["a"], "EFF": [1, 2, 3]}, {"measured": "EFF"}, "the measured EFF"),
    ({"count": 5, "EFF": ["", "NA"]}, {"measured": "EFF"}, "EFF was measured on too few"),
    ({"count": 0, "EFF": [1]}, {"measured": "EFF"}, "EFF was measured on too few"),
    ({"count": 90, "C": [1, 0, ""]}, {"outcome": "C", "region": 100}, "separates C = 1 from the rest"),
    ({"count": 90, "C": ["yes", "no"]}, {"outcome": "C", "positive": "yes"}, "separates C = yes from the rest"),
    ({"count": 9, "labels": ["a"], "C": ["1"]}, {"outcome": "C"}, "C has one class only"),
    ({"count": 0, "C": [1]}, {"outcome": "C"}, "C has one class only"),
    ({"count": 90}, {}, "90 variants; the strongest is"),
    ({"count": 1}, {}, "1 variant; the strongest is"),
    ({"count": 0}, {}, "No variant was scored"),
]


@pytest.mark.parametrize(("given", "spec", "finding"), CASES)
def test_every_kind_of_comparison_is_drawn(made, run, words, tmp_path, given, spec, finding):
    made(**given)
    run(*words(**spec))
    assert (
        finding in (tmp_path / "v.svg").read_text().partition("</title>")[0] + (tmp_path / "v.svg").read_text()[:4000]
    )
    assert (tmp_path / "v.tsv").is_file()
    page = (tmp_path / "v.html").read_text()
    assert f"{given['count']} alleles scored, 3 dropped" in page
    assert "REF is not" in page and "<DEL>" not in page


def test_the_page_names_the_site_or_says_what_scores_cannot_tell(made, run, words, tmp_path):
    scores = made(count=30, labels=["a"])
    plain = pd.read_csv(scores, sep="\t")
    sites = {"window_start": 5, "strand": "-", "position": 28}
    both = [plain.assign(site=name, **sites) for name in ("0012", "NA")]
    both[1][[name for name in plain if name.startswith("a:")]] *= 2
    pd.concat(both).to_csv(scores, sep="\t", index=False)
    run(*words())
    page = (tmp_path / "v.html").read_text()
    assert "30 alleles scored" in page and ">NA<" in page and "0012" not in page
    assert ">position<" in page and "windows of the sites that hold it" in page and "cannot tell" not in page
    plain.assign(cannot_tell="size & sign").to_csv(scores, sep="\t", index=False)
    run(*words())
    assert "The scores cannot tell the size &amp; sign." in (tmp_path / "v.html").read_text()


def test_classes_with_gaps_are_still_told_apart(made, run, words, tmp_path):
    made(count=90, C=[1, 0, ""])
    run(*words(outcome="C"))
    assert pd.read_csv(tmp_path / "v.tsv", sep="\t")["n"].tolist() == [60] * 3
    assert pd.read_csv(tmp_path / "v.tsv", sep="\t")["value"].between(0, 1).all()


def test_measured_text_is_refused(made, refuse, words):
    scores = made(count=5, EFF=["0.5", "high"])
    line = refuse(*words(measured="EFF"))
    assert f"{scores}: INFO field EFF: 'high' in row 2; finite numbers" in line


def test_a_field_that_was_not_kept_is_refused(made, refuse, words):
    scores = made(count=9)
    line = refuse(*words(measured="EFF"))
    assert f"{scores}: no column info:EFF; score the variants with --info EFF" in line


def test_a_class_that_no_variant_has_is_refused(made, refuse, words, tmp_path):
    made(count=9, C=["yes", "no"])
    line = refuse(*words(outcome="C"))
    assert "positive: '1'; no variant has it as C" in line
    assert not (tmp_path / "v.svg").exists()


def test_reasons_are_counted_without_their_details():
    table = pd.DataFrame({"row": [4, 5, 9], "reason": ["breakend", "REF is not: A", "REF is not: C"]})
    assert reasons(table)["alleles"].tolist() == [2, 1]
    assert reasons(table.head(0)).empty


def test_the_page_shows_letters_as_text():
    table = pd.DataFrame({
        "row": [1], "allele": [1], "chrom": ["x"], "pos": [5], "id": ["<b>"], "ref": ["A" * 60], "alt": ["C"],
        "padded": [0], "label": ["a"], "with REF": [0.1], "with ALT": [0.2], "difference": [0.1], "log_odds": [1.0],
        "largest": [0.1], "spread": [0.01],
    })  # fmt: skip
    page = variants_page(table, pd.DataFrame({"row": [], "reason": []}), 300)
    assert "&lt;b&gt;" in page and "A" * 60 not in page
    assert "The strongest 1 of 300." in page
    assert "largest over shifts" not in page  # one shift only: it is the difference
    assert ">padded<" not in page and ">padded<" in variants_page(
        table.assign(padded=7), table[:0].assign(reason=""), 1
    )
    assert "nothing to list" in page
