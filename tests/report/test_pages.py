"""HTML pages and what they list."""

import math
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.report.arrays import load_arrays
from convoscope.report.html import integer, probability, seconds, table_to_html
from convoscope.report.metrics import metrics_frame
from convoscope.report.pages import PAGES, page
from convoscope.report.provenance import provenance_frame
from convoscope.report.summary import summary_frame, summary_row, verdict_of


class Cells(HTMLParser):
    """Collect the rows of a page's table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.rows[-1][-1] += data


FIGURE = {"value": 0.9, "low": 0.85, "high": 0.95, "n": 100}
METRICS = {
    "task": "multilabel",
    "model": {"X": {"auroc": FIGURE}},
    "baselines": {"kmer": {"X": {"auroc": {"value": 0.8, "low": None, "high": None, "n": 100}}}},
    "differences": {"kmer": {"X": {"auroc": {"value": 0.1, "low": 0.05, "high": 0.15, "p": 0.001}}}},
}


def test_page_is_whole_escaped_and_alone() -> None:
    text = table_to_html(pd.DataFrame({"a<b": ["<b>x & y</b>"], "n": [1234]}), "T < U", "why & how")
    assert text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
    assert Cells(text).rows == [["a<b", "n"], ["<b>x & y</b>", "1,234"]]
    assert "<title>T &lt; U</title>" in text and "why &amp; how" in text
    assert "http" not in text and "<script" not in text


def test_numbers_are_aligned_and_intervals_small() -> None:
    text = table_to_html(pd.DataFrame({"m": [(0.9, 0.85, 0.95)], "t": ["x"]}), "T")
    assert '<td class="number">.900 <span class="range">(.850–.950)</span></td><td>x</td>' in text


def test_empty_and_missing() -> None:
    assert Cells(table_to_html(pd.DataFrame({"a": []}), "T")).rows[1] == ["nothing to list"]
    rows = Cells(table_to_html(pd.DataFrame({"a": [np.nan, 1.5], "b": ["x", None]}), "T")).rows
    assert rows[1:] == [["–", "x"], ["1.500", ""]]


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (integer, 1e6, "1,000,000"),
        (probability, math.nan, "–"),
        (probability, 0.0, "1.0e−300"),
        (seconds, 59.96, "60.0 s"),
        (seconds, 61, "1 min 01 s"),
    ],
)
def test_formats(write, value: float, text: str) -> None:
    assert write(value) == text


def test_metrics_page_has_a_row_per_label_and_method() -> None:
    rows = Cells(page(metrics_frame(METRICS), "metrics")).rows
    assert rows == [
        ["label", "method", "test", "AUROC"],
        ["X", "CNN", "100", ".900 (.850–.950)"],
        ["X", "k-mers", "100", ".800"],
    ]


def test_summary_sums_an_experiment_up() -> None:
    history = pd.DataFrame({"device": ["cpu", "cpu"], "seconds": [60.0, 30.0]})
    row = summary_row(METRICS, [history, history])
    assert row["baseline"] == "kmer" and row["seconds"] == 180 and row["device"] == "cpu" and row["networks"] == 2
    table = pd.DataFrame([{"experiment": "yeast", "model": "deepbind"} | row])
    assert Cells(page(summary_frame(table), "summary")).rows[1] == [
        "yeast", "100", "deepbind", "AUROC", ".900 (.850–.950)", "k-mers", ".800", ".100 (.050–.150)", "ahead",
        "2", "cpu", "3 min 00 s",
    ]  # fmt: skip
    assert PAGES["summary"].finding(summary_frame(table)) == "The CNN is ahead against the best simple baseline"


def test_summary_without_baselines() -> None:
    row = summary_row({"task": "multilabel", "model": METRICS["model"]}, [])
    table = summary_frame(pd.DataFrame([{"experiment": "yeast", "model": "deepbind"} | row]))
    assert PAGES["summary"].finding(table) == "1 experiment(s), none with a baseline to compare with"


@pytest.mark.parametrize(
    ("low", "high", "word"), [(0.1, 0.2, "ahead"), (-2, -1, "behind"), (-1, 1, "undecided"), (math.nan, 1, "")]
)
def test_verdict(low: float, high: float, word: str) -> None:
    assert verdict_of(low, high) == word


def recovery(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["factor", "role", "found", "effect"])
    return table.assign(
        matrix_id="MA1.1", matrix_name="X", filter="f", p_value=1e-9, q_value=1e-7, information=9.5, influence=0.2
    )


@pytest.mark.parametrize(
    ("decoy", "words", "outcome"),
    [
        (("yes", "raises"), "; the decoy D was taken for a site", "decoy, taken for a site"),
        (("yes", "lowers"), "; filters count D, the decoy, against a site", "decoy, counted against a site"),
        (("no", ""), "; no filter matches the decoy", "decoy, not learned"),
    ],
)
def test_recovery_says_what_was_found(decoy: tuple[str, str], words: str, outcome: str) -> None:
    table = recovery(("A", "planted", "yes", "raises"), ("B", "planted", "no", ""), ("D", "decoy", *decoy))
    assert PAGES["recovery"].finding(table) == "1 of 2 planted motifs were recovered (not B)" + words
    rows = Cells(page(table, "recovery")).rows
    assert [row[rows[0].index("outcome")] for row in rows[1:]] == ["found", "not found", outcome]


def test_every_kind_shows_an_empty_table() -> None:
    columns = {
        "dropped_table": ["source", "line", "label", "row", "reason"],
        "layers": ["layer", "kind", "output", "parameters", "receptive_field", "multiply_adds"],
        "matches": ["filter", "motif_id", "motif_name", "q_value", "sites", "information", "influence:X"],
        "recovery": list(recovery().columns),
    }
    for kind, names in columns.items():
        text = page(pd.DataFrame(columns=names).astype({"q_value": float} if "q_value" in names else {}), kind)
        assert "nothing to list" in text


def test_long_tables_are_cut_and_say_so() -> None:
    table = pd.DataFrame({"source": "a", "line": range(2500), "label": "x", "row": "y", "reason": "z"})
    text = page(table, "dropped_table")
    assert "The first 2,000 of 2,500 rows." in text and "2,500 input rows were not used" in text


def test_provenance_lists_every_value() -> None:
    card = {"versions": {"convoscope": "0.1"}, "inputs": {"a.bed": "ff"}, "labels": ["A", "B"], "window": 201}
    frame = provenance_frame(card, {"model": {"name": "deepbind", "options": {"filters": [1, 2]}}, "split": None})
    assert frame.to_numpy().tolist() == [
        ["version", "convoscope", "0.1"],
        ["sha256 of input", "a.bed", "ff"],
        ["data", "window", "201"],
        ["data", "labels", "A, B"],
        ["configuration", "model.name", "deepbind"],
        ["configuration", "model.options.filters", "1, 2"],
        ["configuration", "split", "–"],
    ]


@pytest.mark.parametrize("content", [b"", b"noise" * 40, b"PK\x03\x04" + b"noise" * 40])
def test_damaged_arrays_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.npz: damaged, or no file of arrays"):
        load_arrays(tmp_path / "a.npz")


def test_a_single_array_is_no_file_of_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    with pytest.raises(InputError, match=r"a\.npy: damaged, or no file of arrays"):
        load_arrays(tmp_path / "a.npy")


def test_squared_errors_in_small_units_keep_their_digits() -> None:
    small = {"value": 2.5e-12, "low": 2e-12, "high": 3e-12, "n": 9}
    content = {"task": "regression", "model": {"X": {"pearson": FIGURE, "mse": small}}, "baselines": {}}
    row = Cells(page(metrics_frame(content), "metrics")).rows[1]
    assert row[-2:] == [".900 (.850–.950)", "2.5e-12 (2e-12 to 3e-12)"]
