"""Outcomes of alleles as text: columns of the table, values of INFO, and what is missing."""

import gzip

import numpy as np
import pytest

from convoscope.prediction.frames import Frame
from convoscope.prediction.variants import writers
from convoscope.prediction.variants.allele_windows import Allele
from convoscope.prediction.variants.annotation import annotated_line
from convoscope.prediction.variants.scoring import FIELDS, AlleleOutcome
from convoscope.prediction.variants.writers import VariantLayout
from convoscope.sequence.vcf import VcfRecord

RECORD = VcfRecord(3, 12, 7, ["1", "7", "rs1", "A", "C,G,T", ".", ".", "DB;AC=5,6,7;AD=1,2,3,4", "GT", "0/1"])
FRAME = Frame("pro;moter=1", "chr1", 0, 20, "-")
NUMBERS = {"AC": "A", "AD": "R", "DB": "0", "AN": "1"}


def outcome(allele, size=0.0, **changes):
    values = None if changes.get("reason") else (np.arange(6) + size).reshape(1, 6) / 8
    return AlleleOutcome(Allele(3, allele, "1", 7, "rs1", "A", "CGT"[allele - 1]), values=values, **changes)


KEY = ["row", "allele", "chrom", "pos", "id", "ref", "alt"]
SCORES = [f"a:{field}" for field in FIELDS]
SITE = ["site", "window_start", "strand", "position"]


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (VariantLayout(["a"]), [*KEY, "padded", *SCORES]),
        (VariantLayout(["a"], in_sites=True), [*KEY, "padded", *SITE, *SCORES]),
        (
            VariantLayout(["a"], NUMBERS, False, "x"),
            [*KEY, "padded", *SCORES, *(f"info:{n}" for n in NUMBERS), "cannot_tell"],
        ),
    ],
)
def test_headings_fit_their_rows(layout, expected):
    assert writers.score_columns(layout) == expected
    frame = FRAME if layout.in_sites else None
    info = ["i"] * len(layout.numbers)
    row = writers.score_row(outcome(2, padded=4, frame=frame, position=9), info, layout).split("\t")
    assert len(row) == len(expected)
    told = dict(zip(expected, row, strict=True))
    assert [told[name] for name in (*KEY, "padded")] == ["3", "2", "1", "7", "rs1", "A", "G", "4"]
    assert [told[name] for name in SCORES] == ["0", "0.125", "0.25", "0.375", "0.5", "0.625"]
    if layout.in_sites:
        assert [told[name] for name in SITE] == ["pro;moter=1", "0", "-", "9"]
    assert told.get("cannot_tell", "") == layout.cannot_tell


def test_labels_follow_each_other():
    assert writers.score_columns(VariantLayout(["a", "b"]))[8:] == [*SCORES, *(f"b:{field}" for field in FIELDS)]


def test_values_of_info_are_those_of_the_allele():
    assert writers.wanted_info(RECORD, NUMBERS) == [["5", "2", "1", ""], ["6", "3", "1", ""], ["7", "4", "1", ""]]


def test_annotated_values_are_in_the_order_of_the_alleles():
    found = writers.annotation(
        [outcome(1), outcome(2, reason="gone"), outcome(3, 1.0)], list(writers.new_fields(VariantLayout(["a"])))
    )
    assert found["CONVOSCOPE_a_REF"] == ["0", ".", "0.125"]
    assert found["CONVOSCOPE_a_SPREAD"] == ["0.625", ".", "0.75"]
    assert {found[name][0] for name in writers.SITE_FIELDS} == {"."}
    assert list(found) == [*(f"CONVOSCOPE_a_{field.upper()}" for field in FIELDS), *writers.SITE_FIELDS]


def test_an_allele_in_several_sites_has_the_largest_and_counts_those_with_a_score():
    several = [
        outcome(1, frame=FRAME, position=3),
        outcome(1, 8.0, frame=FRAME, position=4),
        outcome(1, reason="beyond"),
        outcome(2, frame=FRAME._replace(strand="+")),
    ]
    found = writers.annotation(several, list(writers.new_fields(VariantLayout(["a"], in_sites=True))))
    assert found["CONVOSCOPE_a_REF"] == ["1", "0"]
    assert found["CONVOSCOPE_SITE"] == ["pro%3Bmoter%3D1"] * 2
    assert found["CONVOSCOPE_SITE_STRAND"] == ["-", "+"]
    assert found["CONVOSCOPE_SITE_POSITION"] == ["4", "0"]
    assert found["CONVOSCOPE_SITES"] == ["2", "1"]


def test_fields_of_sites_have_a_meaning_only_where_there_are_sites():
    whole, none = (
        writers.new_fields(VariantLayout(["a", "b"], in_sites=True)),
        writers.new_fields(VariantLayout(["a", "b"])),
    )
    assert list(whole) == list(none) and len(whole) == 2 * 6 + 4
    assert [none[name].meaning for name in writers.SITE_FIELDS] == [""] * 4
    assert all(field.meaning for field in whole.values())
    assert whole["CONVOSCOPE_b_REF"].meaning == "prediction of b with REF, mean over networks and shifts"


def test_numbers_of_the_table_have_seven_digits_and_those_of_info_six():
    one = outcome(1)._replace(values=np.full((1, 6), 0.123456789))
    assert writers.score_row(one, [], VariantLayout(["a"])).split("\t")[8] == "0.1234568"
    assert writers.annotation([one], list(writers.new_fields(VariantLayout(["a"]))))["CONVOSCOPE_a_REF"] == ["0.123457"]


@pytest.mark.parametrize("info", [".", "DB;AC=5", "DB;CONVOSCOPE_a_REF=3;CONVOSCOPE_SITE=x", "CONVOSCOPE_a_REF=3"])
def test_one_allele_is_annotated_as_one_of_several(tmp_path, info):
    fields = [*RECORD.fields[:4], "C", ".", ".", info, *RECORD.fields[8:]]
    record, one = (
        RECORD._replace(fields=fields),
        outcome(1)._replace(values=np.array([[0.1, 1 / 3, np.nan, -0.0, 1e9, 7]])),
    )
    layout = VariantLayout(["a"])
    with writers.open_sinks([tmp_path / name for name in "abc"], ["##one"], layout) as sinks:
        writers.write_chunk([(record, [one])], sinks)
    line = gzip.decompress((tmp_path / "b").read_bytes()).decode().splitlines()[1]
    assert line == annotated_line(record, writers.annotation([one], list(writers.new_fields(layout))))


def test_every_allele_goes_to_one_table(tmp_path):
    paths = [tmp_path / "scores.gz", tmp_path / "annotated.gz", tmp_path / "dropped"]
    layout = VariantLayout(["a"], {"AC": "A"})
    with writers.open_sinks(paths, ["##one", "#CHROM"], layout) as sinks:
        writers.write_chunk([(RECORD, [outcome(1, reason="gone: x"), outcome(2), outcome(3)])], sinks)
    scores = [line.split("\t") for line in gzip.decompress(paths[0].read_bytes()).decode().splitlines()]
    assert scores[0] == writers.score_columns(layout)
    assert [(row[1], row[6], row[-1]) for row in scores[1:]] == [("2", "G", "6"), ("3", "T", "7")]
    assert paths[2].read_text() == "\t".join([*KEY, "reason"]) + "\n3\t1\t1\t7\trs1\tA\tC\tgone: x\n"
    lines = gzip.decompress(paths[1].read_bytes()).decode().splitlines()
    assert lines[:2] == ["##one", "#CHROM"] and len(lines) == 3
    fields = lines[2].split("\t")
    assert fields[:7] + fields[8:] == RECORD.fields[:7] + RECORD.fields[8:]
    assert fields[7].startswith("DB;AC=5,6,7;AD=1,2,3,4;CONVOSCOPE_a_REF=.,0,0;")
