import numpy as np
import pandas as pd
import pytest

from convoscope.config import SequenceFile, SequencesSpec, Split
from convoscope.errors import InputError
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.labelled import (
    example_rows,
    judge_all,
    judge_records,
    read_all,
    repeats,
    sequence_families,
    unique_names,
)

DNA, PROTEIN = ALPHABETS["dna"], ALPHABETS["protein"]


def spec(strategy="none", ratio=1.0, split="random", files=1, **more):
    file = SequenceFile(path="x", labels={"y": 1}, split="train")
    return SequencesSpec(
        sequences=[file] * files,
        negatives={"strategy": strategy, "ratio": ratio},
        split=Split(strategy=split),
        **more,
    )


def records(*texts, split="", **labels):
    table = pd.DataFrame({"text": texts, "name": "n", "line": 1, "row": "", "source": "x", "file": 0, "split": split})
    return table.assign(**(labels or {"y": 1.0}))


def test_judge_by_hand():
    table = records("ACGT", "ACG", "", "ACNR", "AC-T", "GGGG")
    labels = np.array([[1, np.nan]] * 5 + [[np.nan, np.nan]])
    assert judge_records(table, labels, DNA).tolist() == [
        "",
        "other_length: 3 letters; most have 4",
        "empty",
        "",
        "letter: letter '-' at position 3; dna letters are ACGTRYSWKMBDHVN",
        "unlabelled",
    ]


def test_nucleotides_are_no_proteins():
    table = records("ACGTN" * 10, "acguu".upper() * 10, "MACGT" * 10, "N" * 50)
    said = "letter: letters of nucleotides alone; set alphabet: dna or rna, or give proteins"
    assert judge_records(table, np.ones((4, 1)), PROTEIN).tolist() == [said, said, "", ""]


def test_no_length_is_usual_where_all_are_empty():
    assert judge_records(records("", ""), np.ones((2, 1)), DNA).tolist() == ["empty", "empty"]
    assert judge_records(records("", "", "A"), np.ones((3, 1)), DNA).tolist() == ["empty", "empty", ""]


def test_a_name_that_is_given_is_kept_by_the_record_that_has_it():
    assert unique_names(pd.Series(["a", "a", "a"])) == ["a", "a.2", "a.3"]
    assert unique_names(pd.Series(["a", "a", "a", "a.2", "a.3"])) == ["a", "a.4", "a.5", "a.2", "a.3"]


def test_records_that_are_all_unusable_are_not_fitted():
    judged = judge_all(records("", "A-"), ["y"], spec(fit={"length": 3}), DNA)
    assert judged["text"].tolist() == ["", "A-"]
    assert (judged["reason"] != "").all()


def test_usual_length_is_the_most_frequent_and_of_equals_the_longest():
    table = records("A", "AC", "AC", "ACG")
    assert [reason[:5] for reason in judge_records(table, np.ones((4, 1)), DNA)] == ["other", "", "", "other"]
    assert [reason[:5] for reason in judge_records(records("ACG", "AC"), np.ones((2, 1)), DNA)] == ["", "other"]
    assert judge_records(table, np.ones((4, 1)), DNA, any_length=True).tolist() == [""] * 4


def test_a_record_with_one_known_label_is_used():
    labels = np.array([[np.nan, 0.0], [np.nan, np.nan]])
    assert judge_records(records("A", "A"), labels, DNA).tolist() == ["", "unlabelled"]


def test_names_are_cut_to_their_longest_length_and_then_numbered():
    assert unique_names(pd.Series(["a" * 80, "a" * 81])) == ["a" * 80, "a" * 80 + ".2"]


@pytest.mark.parametrize("seed", range(10))
def test_names_are_unique_and_clean(seed):
    generator = np.random.default_rng(seed)
    names = pd.Series(generator.choice(["a", "a.2", "a.3", "b c", "b|c", "", "é" * 99], 60))
    unique = unique_names(names)
    assert len(set(unique)) == 60
    assert all(name and not set(name) & set(" \t|:;/é") for name in unique)
    assert unique_names(names.drop_duplicates()[:0]) == []


def test_families_by_hand():
    names = np.array(list("abcdef"), dtype=object)
    texts = ["AACG", "CGTT", "AAAA", "AACG", "TTTT", "AANG"]
    assert sequence_families(texts, names, DNA, "both").tolist() == list("aacacf")
    assert sequence_families(texts, names, DNA, "single").tolist() == list("abcaef")


def test_proteins_have_one_strand():
    assert sequence_families(["AC", "GT"], np.array(["a", "b"]), PROTEIN, "single").tolist() == ["a", "b"]


def test_repeats_by_hand():
    splits = np.array(["test", "train", "validation", "validation", "train", "train"])
    groups = np.array(list("aaabbc"))
    assert repeats(splits, groups).tolist() == [
        "",
        "duplicates_test_sequence",
        "duplicates_test_sequence",
        "",
        "duplicates_validation_sequence",
        "",
    ]


def test_given_splits_lose_training_repeats():
    table = records("AACG", "CGTT", "AAAA", "CCCC", "ACAC", "AACC")
    table["split"] = ["test", "train", "train", "train", "train", "train"]
    judged = judge_all(table, ["y"], spec(split="given"), DNA)
    assert judged["reason"].tolist() == ["", "duplicates_test_sequence", "", "", "", ""]
    assert judged["fold"].tolist()[0] == "test"
    assert judged["id"].is_unique


def test_contradictory_sequences_are_dropped_on_either_strand():
    table = records("AACG", "CGTT", "AAAA", "CCCC", "ACAC", "AACG", y=[1.0, 0, 1, 0, 1, 1])
    judged = judge_all(table, ["y"], spec(), DNA)
    said = "contradictory: y is 1 and 0 for this sequence"
    assert judged["reason"].tolist() == [said, said, "", "", "", said]
    assert (judged["fold"] == "").tolist() == [True, True, False, False, False, True]
    assert judge_all(table[:5], ["y"], spec(strands="single"), DNA)["reason"].tolist() == [""] * 5


def test_a_given_test_set_is_not_touched_by_a_contradicting_training_example():
    table = records("AACG", "CGTT", "AAAA", "CCCC", y=[1.0, 0, 1, 0]).assign(split=["test", "train", "train", "train"])
    judged = judge_all(table, ["y"], spec(split="given"), DNA)
    assert judged["reason"].tolist() == ["", "duplicates_test_sequence", "", ""]


def test_fitted_records_have_one_length_and_lose_none():
    table = records("AACG", "CG", "", "AC-", "GGGGGG", "TAACGT")
    judged = judge_all(table, ["y"], spec(fit={"length": 4, "place": "center"}), DNA)
    assert [reason[:6] for reason in judged["reason"]] == ["", "", "empty", "letter", "", ""]
    assert judged["text"].tolist() == ["AACG", "NCGN", "", "AC-", "GGGG", "AACG"]
    assert judged["group"][0] == judged["group"][5]  # of one sequence once they are cropped
    longest = judge_all(table, ["y"], spec(fit={"place": "start"}), DNA)
    assert longest["text"].tolist()[:2] == ["AACGNN", "CGNNNN"]


@pytest.mark.parametrize("split", ["random", "random_folds"])
def test_families_stay_together(split):
    generator = np.random.default_rng(2)
    texts = ["".join(generator.choice(list("ACGT"), 4)) for _ in range(300)]
    judged = judge_all(
        records(*texts, y=generator.integers(0, 2, 300).astype(float)),
        ["y"],
        spec(split=split, contradictions="keep"),
        DNA,
    )
    assert (judged["reason"] == "").all()
    assert judged.groupby("group")["fold"].nunique().eq(1).all()
    assert judged["group"].nunique() < 136 + 1  # 4-mers up to reverse complement


class TestExampleRows:
    def judged(self, labels, files):
        table = records("AACG", "ACCC", "AAAA").assign(y=labels, file=files, id=list("abc"), group="g", fold="train")
        return table

    def test_files_without_negatives_are_shuffled(self):
        rows, tally = example_rows(self.judged([1.0, 1.0, 0.0], [0, 1, 1]), ["y"], spec("dinucleotide_shuffle", 2.0))
        assert rows["id"].tolist() == ["a", "b", "c", "a|shuffle1", "a|shuffle2"]
        assert rows["y"].tolist() == [1, 1, 0, 0, 0]
        assert rows["parent"].tolist() == ["", "", "", "a", "a"]
        assert rows[["chrom", "start", "end"]].iloc[3].tolist() == ["a", 0, 4]
        assert tally.to_numpy().tolist() == [["dinucleotide_shuffle", 2, 2]]

    def test_a_negative_of_one_label_alone_is_none(self):
        table = self.judged([0.0, 0.0, 1.0], [0, 1, 1]).assign(z=[0.0, 1.0, np.nan])
        rows, _ = example_rows(table, ["y", "z"], spec("dinucleotide_shuffle"))
        assert rows["parent"].tolist()[3:] == ["b", "c"]  # a is 0 in both; of c, z is not known, nor of its shuffle
        assert rows[["y", "z"]].iloc[3:].to_numpy().tolist() == [[0, 0], [0, pytest.approx(np.nan, nan_ok=True)]]

    def test_none(self):
        rows, tally = example_rows(self.judged([1.0, 1.0, 1.0], [0, 1, 1]), ["y"], spec("none"))
        assert len(rows) == 3
        assert tally.to_numpy().tolist() == [["none", 0, 0]]


class TestReadAll:
    def test_labels_of_other_files_are_unknown(self, tmp_path):
        path = tmp_path / "a.fa"
        path.write_text(">a\nA\n")
        files = [SequenceFile(path="a", labels={"x": 1}), SequenceFile(path="b", labels={"y": 0})]
        table, names = read_all([path, path], SequencesSpec(sequences=files))
        assert names == ["x", "y"]
        assert np.isnan(table[names].to_numpy()).tolist() == [[False, True], [True, False]]
        assert table["source"].tolist() == ["a", "b"]

    def test_given_needs_a_split(self, tmp_path):
        path = tmp_path / "a.fa"
        path.write_text(">a\nA\n")
        files = [SequenceFile(path="a", labels={"x": 1})]
        with pytest.raises(InputError, match=r"sequences\.0\.split: missing"):
            read_all([path], SequencesSpec(sequences=files, split=Split(strategy="given")))
        with pytest.raises(InputError, match="--files: 2 files; one for each of 1"):
            read_all([path, path], SequencesSpec(sequences=files))

    def test_given_needs_a_split_for_every_record(self, tmp_path):
        path = tmp_path / "a.tsv"
        files = [SequenceFile(path="a.tsv", labels={"x": 1}, split_column="part")]
        path.write_text("sequence\tpart\nA\ttrain\nC\ttest\n")
        table, _ = read_all([path], SequencesSpec(sequences=files, split=Split(strategy="given")))
        assert table["split"].tolist() == ["train", "test"]
        path.write_text("sequence\tpart\nA\ttrain\nC\t\nG\t\n")
        with pytest.raises(InputError, match=r"a\.tsv:3: no split"):
            read_all([path], SequencesSpec(sequences=files, split=Split(strategy="given")))
