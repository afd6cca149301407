import numpy as np
import pandas as pd
import pytest

from convoscope.config import WindowsSpec
from convoscope.errors import InputError
from convoscope.sequence.contigs import Contigs
from convoscope.sequence.examples import background, connected, families, judge, read_labels, read_regions
from convoscope.sequence.genome import read_windows

SIZES = {"one": 40_000, "two": 30_000}


@pytest.fixture
def spec():
    def make(**others):
        return WindowsSpec(sites={"a": {"path": "a.bed"}, "b": {"path": "b.bed"}}, **others)

    return make


def test_labels_are_read_into_one_table(tmp_path, spec):
    for name in "ab":
        (tmp_path / name).write_text(f"one\t5\t6\t{name}\n")
    table = read_labels([tmp_path / "a", tmp_path / "b"], spec(), Contigs(SIZES))
    assert table[["source", "label", "row"]].to_numpy().tolist() == [
        ["a.bed", "a", "one 5 6 a"],
        ["b.bed", "b", "one 5 6 b"],
    ]
    with pytest.raises(InputError, match="--sites: 1 files; one for each of a, b"):
        read_labels([tmp_path / "a"], spec(), Contigs(SIZES))


def test_regions_are_renamed_and_may_be_missing(tmp_path):
    path = tmp_path / "black.bed"
    path.write_text("1\t5\t6\n")
    renamed = read_regions(path, Contigs(SIZES, rename={"1": "one"}))
    assert renamed["chrom"].tolist() == ["one"]
    assert read_regions(None, Contigs(SIZES)).empty
    path.write_text("three\t5\t6\n")
    with pytest.raises(InputError, match=r"black\.bed: none of its contigs .*it has three, the reference one, two"):
        read_regions(path, Contigs(SIZES))


def test_connected_by_hand():
    keys = [np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 2, 2])]
    groups = connected(keys)
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] == groups[4] != groups[0]


def test_families_join_overlaps_parents_and_equal_sequences(landscape, table, monkeypatch):
    windows = table(("one", 0, 100), ("one", 60, 160), ("one", 300, 400), ("one", 700, 800), ("two", 0, 100))
    windows = windows.assign(id=list("abcde"), parent=["", "", "b", "", ""])
    found = families(windows, landscape)
    assert found[0] == found[1] == found[2]
    assert len(set(found)) == 3
    texts = read_windows(landscape.fasta, windows["chrom"], windows["start"], windows["end"])
    texts[4] = texts[3].upper()[::-1].translate(str.maketrans("ACGT", "TGCA"))
    monkeypatch.setattr("convoscope.sequence.codes.letters", lambda fasta, windows, *_: texts)
    found = families(windows, landscape)
    assert found[3] == found[4] != found[0]


def test_sites_without_width_are_sites_for_negatives(landscape, site_table):
    sites = site_table(("a", "one", 70, 1)).assign(end=70)
    made = background(sites, pd.DataFrame(), landscape, None)
    assert made.sites[["start", "end"]].to_numpy().tolist() == [[70, 71]]


def test_judge_keeps_every_row(landscape, site_table, spec):
    sites = site_table(("a", "one", 300, 1), ("a", "one", 10, 1), ("b", "gone", 10, 1), ("b", "one", 5_500, 1))
    judged, regions = judge(sites, landscape, spec(split={"strategy": "blocks", "block": 5_000}).split)
    assert judged["reason"].tolist() == ["", "out_of_bounds", "unknown_contig", "blacklist"]
    assert judged["usable"].tolist() == [True, True, False, True]
    assert judged["fold"].tolist()[0] in {"train", "validation", "test"}
    assert regions["end"].max() == 40_000
