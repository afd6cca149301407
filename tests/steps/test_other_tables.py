"""A table of another verb is refused with its columns, by every verb that reads one first."""

import json
from pathlib import Path

import pytest

from convoscope.__main__ import main
from convoscope.steps.landing_table import NEEDED

NOTHING = "a\tb\n1\t2\n"
VARIANTS = json.dumps({"path": "x.vcf", "outcome": "C"})
EMPTY_MEME = "MEME version 4\n\nALPHABET= ACGT\n\n"


@pytest.fixture
def folder(tmp_path):
    """Write a table of nothing that any verb reads, and what else is read before it."""
    for name in ("other.tsv", "2.other.tsv", "3.other.tsv"):
        (tmp_path / name).write_text(NOTHING)
    content = {"model": {"C": {}}, "labels": ["a"], "folds": {}, "window": 9, "task": "multilabel"}
    for name in ("x.fa", "x.vcf"):
        (tmp_path / name).touch()
    for name in ("content.json", "card.json"):
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "motifs.meme").write_text(EMPTY_MEME)
    (tmp_path / "windows.tsv").write_text("id\tchrom\tstart\tend\torigin\ta\nw\tc\t0\t9\tsite\t1\n")
    (tmp_path / "x").mkdir()
    return tmp_path


CASES = [
    (["draw", "--item", "learning", "--spec", "{}", "--files", "card=card.json", "histories=other.tsv"], "epoch"),
    (["draw", "--item", "pairs", "--files", "pairs=other.tsv"], "first"),
    (["draw", "--item", "gallery", "--spec", "{}", "--files", "motifs=motifs.meme", "matches=other.tsv"], "filter"),
    (["draw", "--item", "modisco", "--spec", "{}", "--files", "patterns=motifs.meme", "pattern_matches=other.tsv"],
     "label"),
    (["draw", "--item", "positions", "--spec", "{}", "--files", "positions=other.tsv", "matches=2.other.tsv",
      "filters=3.other.tsv", "card=content.json"], "filter"),
    (["draw", "--item", "second_network", "--spec", VARIANTS, "--files", "scores=other.tsv", "second=2.other.tsv",
      "second_metrics=content.json"], "row"),
    (["draw", "--item", "variants", "--spec", VARIANTS, "--files", "scores=other.tsv"], "row"),
    (["draw", "--item", "tracks", "--files", "tracks=x", "card=card.json", "examples=other.tsv",
      "predictions=2.other.tsv"], "id"),
    (["draw", "--item", "tracks", "--files", "tracks=x", "card=card.json", "examples=windows.tsv",
      "predictions=other.tsv"], "id"),
    (["draw", "--item", "calibration", "--files", "predictions=other.tsv", "examples=windows.tsv", "card=card.json"],
     "id"),
    (["hits", "--motifs", "motifs.meme", "--matches", "other.tsv", "--genome", "x.fa", "--spec", "{}", "--naming", "{}",
      "--hits", "h", "--index", "i"], "filter"),
    (["variant-recovery", "--scores", "other.tsv", "--vcf", "x.vcf", "--spec", VARIANTS, "--table", "t"], "row"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "column"), CASES, ids=[" ".join(words[:3]) for words, _ in CASES])
def test_the_first_missing_column_is_named(folder, refuse, monkeypatch, words, column):
    monkeypatch.chdir(folder)
    before = sorted(folder.iterdir())
    draws = words[0] == "draw"
    line = refuse(*words, *(["--figure", "figure.svg"] if draws else []))
    assert line.endswith(f"other.tsv: no column {column!r}; it has a, b")
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("lost", NEEDED)
def test_a_summary_of_rows_without_a_column_is_refused(tmp_path, monkeypatch, capsys, lost):
    monkeypatch.chdir(tmp_path)
    outputs = ["--table", "t.tsv", "--landing", "l.tsv", "--html", "h.html", "--verdicts", "v.txt"]
    cells = dict.fromkeys(NEEDED, "1")
    Path("whole.tsv").write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")
    assert main(["landing-table", "--rows", "whole.tsv", *outputs]) == 0
    header, row = Path("v.txt").read_text().splitlines()
    assert header.split()[0] == "experiment" and row.split()[0] == "1"
    del cells[lost]
    Path("row.tsv").write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")
    assert main(["landing-table", "--rows", "row.tsv", *outputs]) == 2
    assert f"ERROR: row.tsv: no column {lost!r}; it has " in capsys.readouterr().err
