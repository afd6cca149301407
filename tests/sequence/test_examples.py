import numpy as np
import pandas as pd
import pyBigWig
import pysam
import pytest

from convoscope.config import WindowsSpec
from convoscope.errors import InputError
from convoscope.sequence.contigs import Contigs
from convoscope.sequence.examples import (
    background,
    connected,
    contradicting_negatives,
    deal_windows,
    families,
    judge_each_site,
    label_matrix,
    label_strands,
    positive_windows,
    read_labels,
    read_regions,
)
from convoscope.sequence.genome import read_letters

SIZES = {"one": 40_000, "two": 30_000}


@pytest.fixture
def spec():
    def make(**others):
        return WindowsSpec(**{"sites": {"a": {"path": "a.bed"}, "b": {"path": "b.bed"}}, **others})

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


def test_labels_have_their_least_score_and_direction(tmp_path, spec):
    for name, score in zip("ab", (7.5, 2), strict=True):
        (tmp_path / name).write_text(f"one\t4\t8\tn\t{score}\t-\none\t4\t8\tn\t9\t+\n")
    paths = [tmp_path / "a", tmp_path / "b"]
    sites = {"a": {"path": "a", "min_score": 7}, "b": {"path": "b"}}
    table = read_labels(paths, spec(sites=sites), Contigs(SIZES))
    assert table["least"].fillna(-1).tolist() == [7, 7, -1, -1]
    assert table["center"].tolist() == [6, 6, 6, 6]
    assert table.index.tolist() == [0, 1, 2, 3]
    assert read_labels(paths, spec(direction="site"), Contigs(SIZES))["center"].tolist() == [5, 6, 5, 6]
    with pytest.raises(InputError, match=r"sites\.a: .*a: 1 of 2 sites are on the minus strand"):
        read_labels(paths, spec(strand_open=True), Contigs(SIZES))


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


def test_families_join_overlaps_parents_and_equal_sequences(landscape, table, tmp_path):
    windows = table(("one", 0, 100), ("one", 60, 160), ("one", 300, 400), ("one", 700, 800), ("two", 0, 100))
    windows = windows.assign(id=list("abcde"), parent=["", "", "b", "", ""])
    found = families(windows, landscape)
    assert found[0] == found[1] == found[2]
    assert len(set(found)) == 3
    one, two = read_letters(landscape.fasta, ["one", "two"], [0, 0], [SIZES["one"], SIZES["two"]])
    other = one[700:800].upper()[::-1].translate(str.maketrans("ACGT", "TGCA"))
    (tmp_path / "g.fa").write_text(f">one\n{one}\n>two\n{other}{two[100:]}\n")
    pysam.faidx(str(tmp_path / "g.fa"))
    found = families(windows, landscape._replace(fasta=tmp_path / "g.fa"))
    assert found[3] == found[4] != found[0]


@pytest.mark.parametrize(("start", "one"), [(99, True), (100, True), (101, False)])
def test_windows_that_touch_are_a_family(landscape, table, start, one):
    windows = table(("one", 0, 100), ("one", start, start + 100)).assign(id=list("ab"), parent="")
    assert (len(set(families(windows, landscape))) == 1) is one


def test_sites_without_width_are_sites_for_negatives(landscape, site_table):
    sites = site_table(("a", "one", 70, 1)).assign(end=70)
    made = background(sites, pd.DataFrame(), landscape, None)
    assert made.sites[["start", "end"]].to_numpy().tolist() == [[70, 71]]


def test_judge_keeps_every_row(landscape, site_table, spec):
    sites = site_table(("a", "one", 300, 1), ("a", "one", 10, 1), ("b", "gone", 10, 1), ("b", "one", 5_500, 1))
    judged, regions = judge_each_site(sites, landscape, spec(split={"strategy": "blocks", "block": 5_000}).split)
    assert judged["reason"].tolist() == ["", "out_of_bounds", "unknown_contig", "blacklist"]
    assert judged["usable"].tolist() == [True, True, False, True]
    assert judged["fold"].tolist()[0] in {"train", "validation", "test"}
    assert regions["end"].max() == 40_000


def test_a_site_whose_window_lies_in_two_splits_is_dropped(landscape, site_table, spec):
    sites = site_table(*[("a", "one", place, 1) for place in range(100, 5_000, 50)])
    judged, regions = judge_each_site(sites, landscape, spec(split={"strategy": "blocks", "block": 500}).split)
    owner = [regions.loc[regions["start"] == place // 500 * 500, "fold"].iloc[0] for place in (99, 100, 500, 950, 999)]
    assert owner[0] == owner[1]
    for row in judged.itertuples():
        edges = [(row.start - 50) // 500 * 500, (row.start + 49) // 500 * 500]
        folds = {
            regions.loc[(regions["chrom"] == "one") & (regions["start"] == edge), "fold"].iloc[0] for edge in edges
        }
        assert row.reason == ("" if len(folds) == 1 else "overlaps_other_split")
        assert {row.fold} == (folds if len(folds) == 1 else {"crossing"})
    assert (judged["reason"] != "").any()


def test_nothing_is_divided_without_a_usable_site(landscape, site_table, spec):
    judged, regions = judge_each_site(site_table(("a", "gone", 5, 1)), landscape, spec().split)
    assert judged[["usable", "reason", "fold"]].to_numpy().tolist() == [[False, "unknown_contig", ""]]
    assert regions.empty


def whole(*folds):
    return pd.DataFrame({"chrom": ["one", "two"], "start": 0, "end": [40_000, 30_000], "fold": folds})


def test_positives_are_the_windows_of_sites_without_a_reason(landscape, site_table):
    sites = site_table(*[(label, "one", place, 1) for label, place in (("a", 300), ("b", 300), ("a", 700), ("b", 90))])
    sites = sites.assign(strand=["+", "-", "-", "+"], reason=["", "", "gap", ""])
    rows = positive_windows(sites, whole("train", "test"), landscape)
    assert rows[["id", "strand", "origin", "parent", "fold"]].to_numpy().tolist() == [
        ["one:40-140", "+", "site", "", "train"], ["one:250-350", ".", "site", "", "train"],
    ]  # fmt: skip
    directed = positive_windows(sites, whole("train", "test"), landscape._replace(direction="site"))
    assert directed["id"].tolist() == ["one:40-140(+)", "one:250-350(+)", "one:251-351(-)"]


class TestLabels:
    @pytest.fixture
    def windows(self, table):
        rows = table(("one", 0, 101), ("one", 500, 601), ("two", 0, 101), ("one", 0, 101))
        return rows.assign(origin=["site", "gc_matched", "site", "dinucleotide_shuffle"], strand=["+", "-", "-", "+"])

    @pytest.fixture
    def sites(self, site_table):
        sites = site_table(("a", "one", 50, 3), ("b", "two", 50, 4), ("b", "one", 50, 5), ("a", "one", 550, 6))
        return sites.assign(usable=[True, True, True, False], strand=["+", "-", "-", "+"])

    def make(self, spec, value="presence", **others):
        sites = {"a": {"path": "a"}, "b": {"path": "b", "value": value, **others}}
        return spec(sites=sites, windows={"length": 101, "bin": 1})

    @pytest.mark.parametrize(("value", "scores"), [("presence", [1, 0, 1, 0]), ("score", [5, 0, 4, 0])])
    def test_each_label_has_the_values_of_its_own_usable_sites(self, windows, sites, spec, value, scores):
        labels = label_matrix(windows, sites, self.make(spec, value), [], Contigs(SIZES))
        assert labels.T.tolist() == [[1, 0, 0, 0], scores]

    def test_signal_is_measured(self, tmp_path, windows, sites, spec):
        path = tmp_path / "b.bw"
        with pyBigWig.open(str(path), "w") as track:
            track.addHeader(list(SIZES.items()))
            track.addEntries(["one", "two"], [0, 50], ends=[101, 151], values=[2.0, 101.0])
        measured = self.make(spec, "bigwig", bigwig="b.bw")
        assert label_matrix(windows[:3], sites, measured, [path], Contigs(SIZES)).T.tolist() == [[1, 0, 0], [2, 0, 51]]
        with pytest.raises(InputError, match="--bigwigs: 0 files; 1 labels have value: bigwig"):
            label_matrix(windows[:3], sites, measured, [], Contigs(SIZES))
        with pytest.raises(InputError, match="dinucleotide_shuffle has no signal for value: bigwig"):
            label_matrix(windows, sites, measured, [path], Contigs(SIZES))

    def test_sites_label_the_windows_of_their_strand(self, windows, sites, spec):
        directed = spec(windows={"length": 101, "bin": 1}, direction="site")
        own = sites.assign(value=sites["score"])
        assert label_strands(windows, own, directed, SIZES).tolist() == [3, 0, 4, 3]
        assert label_strands(windows, own, self.make(spec), SIZES).tolist() == [5, 6, 4, 5]


class TestContradictingNegatives:
    def test_a_drawn_window_with_the_sequence_of_a_site_is_dropped(self, landscape, table, spec, tmp_path):
        (tmp_path / "g.fa").write_text(">one\nAAACGTTTCCCCACCC\n")
        pysam.faidx(str(tmp_path / "g.fa"))
        windows = table(*[("one", start, start + 4) for start in (0, 4, 8, 12, 0)])
        origin = ["site", "gc_matched", "gc_matched", "site", "dinucleotide_shuffle"]
        windows = windows.assign(origin=origin, strand=".", id=list("pqrst"))
        labels = np.array([[1, 0], [0, 0], [0, 0], [0, 1], [0, 0.0]])
        reasons = contradicting_negatives(windows, labels, landscape._replace(fasta=tmp_path / "g.fa"), spec())
        assert reasons.tolist() == ["", "contradictory: a is 1 and 0 for this sequence", "", "", ""]


def test_connected_by_the_last_key_alone():
    groups = connected([np.array([0, 1, 2, 3]), np.array([0, 1, 2, 3]), np.array([1, 0, 2, 1])])
    assert groups[0] == groups[3]
    assert len(set(groups)) == 3
    assert connected([np.array([0, 1]), np.array([1, 0])]).tolist() == [0, 1]


def test_windows_are_dealt_by_families_where_their_region_does_not_say(landscape, table, spec):
    rows = [("one", start, start + 100) for start in range(0, 4_000, 200)]
    windows = table(*rows, *rows).assign(id=[f"w{row}" for row in range(40)], parent="", strand=".", fold="train")
    labels = np.tile([0.0, 1.0], 20)[:, None]
    kept = deal_windows(windows, labels, landscape, spec(split={"strategy": "blocks"}).split)
    assert kept.tolist() == ["train"] * 40
    dealt = deal_windows(windows[5:], labels[5:], landscape, spec(split={"strategy": "random"}).split)
    assert dealt.index.tolist() == list(range(5, 40))
    assert dealt.iloc[:15].tolist() == dealt.iloc[20:].tolist()
    assert set(dealt) == {"train", "validation", "test"}
