from pathlib import Path

import pysam
import pytest

from convoscope.errors import InputError
from convoscope.prediction.variants.annotation import (
    InfoField,
    annotated_header,
    annotated_line,
    info_keys,
    info_numbers,
    info_value,
    quoted,
    read_info,
)
from convoscope.sequence.vcf import Header, VcfRecord

META = ["##fileformat=VCFv4.2", '##INFO=<ID=EFF,Number=1,Type=Float,Description="x">', "##contig=<ID=a,length=9>"]
HEADER = Header(META, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", {"EFF": "1"}, ["a"], {"a": 9})


def record(info, alt="C,T"):
    return VcfRecord(1, 5, 7, ["a", "7", ".", "A", alt, ".", ".", info])


def test_values_by_number():
    info = read_info("DB;AC=1,2;AD=9,8,7;EFF=0.5;TXT=a,b;GONE=.;E=a=b;;")
    assert info["E"] == "a=b"
    assert [info_value(info, "AC", "A", allele) for allele in (1, 2, 3)] == ["1", "2", ""]
    assert [info_value(info, "AD", "R", allele) for allele in (1, 2)] == ["8", "7"]
    assert info_value(info, "EFF", "1", 2) == "0.5"
    assert info_value(info, "TXT", ".", 1) == "a,b"
    assert (info_value(info, "GONE", "1", 1), info_value(info, "NONE", "1", 1)) == ("", "")
    assert (info_value(info, "DB", "0", 1), info_value(info, "NO", "0", 1)) == ("1", "0")
    assert read_info(".") == {}


def test_fields_must_be_declared():
    assert info_numbers(["EFF"], HEADER, Path("a.vcf")) == {"EFF": "1"}
    with pytest.raises(InputError, match=r"a\.vcf: no field 'P' of INFO in the header; it has EFF"):
        info_numbers(["P"], HEADER, Path("a.vcf"))


def test_values_of_a_record_with_too_few_are_empty():
    info = read_info("AC=1;AD=9;E=")
    assert [info_value(info, "AC", "A", allele) for allele in (1, 2)] == ["1", ""]
    assert [info_value(info, "AD", "R", allele) for allele in (1, 2)] == ["", ""]
    assert info_value(info, "E", "1", 1) == ""


def test_text_is_quoted_for_one_line():
    assert quoted('a\\b "c"\nd') == '"a\\\\b \\"c\\" d"'


def test_a_header_without_a_field_of_info():
    with pytest.raises(InputError, match="it has none"):
        info_numbers(["P"], HEADER._replace(numbers={}), Path("a.vcf"))


def test_only_lines_that_are_replaced_leave_the_header():
    meta = ["##fileformat=VCFv4.2", "##INFO=<ID=contig,Number=1>", "##contig=<ID=N,length=9>", "##N=x", "##NN=<ID=N>"]
    header = Header(meta, HEADER.columns, {}, ["N"], {"N": 9})
    assert annotated_header(header, {"N": InfoField("")}, {}, {"N": 9}) == [*meta, HEADER.columns]
    assert annotated_header(header, {"contig": InfoField("")}, {"N": ""}, {}) == [
        meta[0],
        meta[2],
        meta[4],
        HEADER.columns,
    ]


def test_keys_are_legal_and_unique():
    assert info_keys(["a+b", "a-b", "a_b", "é", "x y;=", "REB1"], "C_") == [
        "C_a_b", "C_a_b_2", "C_a_b_3", "C__", "C_x_y__", "C_REB1",
    ]  # fmt: skip


def test_as_many_keys_as_labels_that_look_alike():
    assert info_keys(["a+", "a-"], "") == ["a_", "a__2"]


def test_the_header_is_read_by_pysam(tmp_path):
    fields = {"NEW": InfoField('ALT - REF of "it" \\ here'), "WHERE": InfoField("place", "String")}
    notes = {"convoscopeVersion": "1"}
    lines = annotated_header(HEADER, fields, notes, {"a": 9, "b": 100, "c": None})
    assert lines[:3] == META
    assert lines[3:5] == ["##contig=<ID=b,length=100>", "##contig=<ID=c>"]
    assert lines[5] == '##convoscopeVersion="1"'
    assert lines[-1] == HEADER.columns
    other = VcfRecord(1, 5, 7, ["b", "7", ".", "A", "C,T", ".", ".", "EFF=1"])
    new = annotated_line(other, {"NEW": ["0.5", "."], "WHERE": ["a%3Bb", "."]})
    (tmp_path / "a.vcf").write_text("\n".join([*lines, new]) + "\n")
    with pysam.VariantFile(str(tmp_path / "a.vcf")) as content:
        assert content.header.info["NEW"].number == "A"
        assert content.header.info["NEW"].description == fields["NEW"].meaning.replace('"', '\\"').replace(
            "\\ ", "\\\\ "
        )
        [read] = content
        assert read.info["NEW"] == (0.5, None)
        assert read.info["WHERE"] == ("a%3Bb", ".")


def test_annotating_again_replaces():
    first = annotated_header(HEADER, {"NEW": InfoField("one")}, {"convoscopeVersion": "1"}, {"a": 9})
    again = Header(first[:-1], first[-1], {"EFF": "1", "NEW": "A"}, ["a"], {"a": 9})
    second = annotated_header(again, {"NEW": InfoField("two")}, {"convoscopeVersion": "2"}, {"a": 9})
    assert [line.replace("one", "two").replace('"1"', '"2"') for line in first] == second
    assert annotated_line(record("NEW=1,2;EFF=3"), {"NEW": ["5", "6"]}).split("\t")[7] == "EFF=3;NEW=5,6"
    gone = annotated_header(again, {"NEW": InfoField("")}, {"convoscopeVersion": ""}, {"a": 9})
    assert gone == [line for line in first if "NEW" not in line and "Version" not in line]


def test_lines_keep_everything_else():
    fields = ["a", "7", "x", "A", "C", "3", "q", "EFF=00.10;;DB", "GT", "0/1"]
    assert annotated_line(VcfRecord(1, 1, 7, fields), {"N": ["1"]}).split("\t")[8:] == ["GT", "0/1"]
    assert annotated_line(record("."), {"N": ["1", "."]}).split("\t")[7] == "N=1,."
    assert annotated_line(record("."), {"N": [".", "."]}).split("\t")[7] == "."
    assert annotated_line(record("EFF=00.10"), {"N": [".", "."]}).split("\t")[7] == "EFF=00.10"
    assert annotated_line(record("NEW=1,2"), {"NEW": [".", "."]}).split("\t")[7] == "."
