"""The table of the report's items and the verb that draws them."""

import inspect
import json
from itertools import combinations
from pathlib import Path

import pytest

from convoscope.__main__ import main
from convoscope.errors import InputError
from convoscope.report.items import ARTIFACTS, ITEMS, file_of, jobs, reads
from convoscope.report.pages import PAGES
from convoscope.steps.draw import READERS, load_drawer
from convoscope.tables import TABLES

ROOT = Path(__file__).parents[2] / "workflow"
CAPTIONS, CODE = ROOT / "report", ROOT / "lib" / "convoscope" / "report"


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_has_a_function_that_takes_what_its_row_says_and_a_caption(name):
    item = ITEMS[name]
    path, *rest = inspect.signature(load_drawer(name)).parameters.values()
    assert path.name == "path"
    if item.module == "pages":
        assert name in PAGES and len(item.reads) == 1
    else:
        # The name of a block is for some; a card may only tell how others are read.
        assert {one.name for one in rest} - {"name"} | {"card"} == {*item.reads, *(["spec"] * bool(item.spec)), "card"}
        assert (CODE / f"{name}.py").is_file()
    assert len((CAPTIONS / f"{item.caption or name}.rst").read_text().splitlines()) == 1


def test_every_caption_and_page_is_of_an_item():
    others = {"workflow", "summary", "model_card"}
    named = {item.caption or name for name, item in ITEMS.items()}
    assert {path.stem for path in CAPTIONS.glob("*.rst")} == named | others
    assert set(PAGES) - {"summary"} <= set(ITEMS)


def test_files_of_items_are_distinct_where_both_are_shown():
    for first, second in combinations(ITEMS, 2):
        together = {*ITEMS[first].wanted, *ITEMS[second].wanted}
        assert file_of(first) != file_of(second) or together == {"image", "maps"}


@pytest.mark.parametrize("name", ARTIFACTS)
def test_an_artifact_is_read_by_a_kind_that_there_is_and_by_an_item(name):
    assert ARTIFACTS[name].kind in {*TABLES, *READERS}
    assert ARTIFACTS[name].help
    assert any(name in item.reads for item in ITEMS.values())


def test_items_that_share_a_job_are_of_the_same_blocks_and_take_one_section():
    for names in jobs().values():
        assert len({ITEMS[name].per for name in names}) == 1
        assert len({ITEMS[name].spec for name in names} - {""}) <= 1
    assert reads(["scores", "learning"]) == ["card", "examples", "histories", "trained", "metrics", "predictions"]


@pytest.fixture
def card(tmp_path, monkeypatch):
    """Write a card and a history into the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("card.json").write_text(json.dumps({"labels": ["a"], "task": "multilabel"}))
    for folder in ("1", "other/1", "2"):
        Path(folder).mkdir(parents=True)
        Path(folder, "history.tsv").write_text("epoch\tsplit\tloss\tmetric\n1\ttrain\t0.5\t\n1\tvalidation\t0.6\t0.7\n")
    return "card=card.json"


LEARNING = ["draw", "--item", "learning", "--spec", "{}", "--figure", "a.svg", "--files"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--item", "plot", "--files", "--figure", "a.svg"], "--item: 'plot'; one of composition, "),
        (["--item", "--files", "--figure"], "--item: ''; one of composition, "),
        (["--item", "forest", "--files", "metrics=m.json", "--figure"], "--figure: 0 files for 1 items; give one each"),
        (["--item", "forest", "--files", "metrics.json", "--figure", "a.svg"],
         "--files: 'metrics.json'; NAME=PATH with one of metrics"),
        (["--item", "forest", "--files", "card=card.json", "--figure", "a.svg"],
         "--files: 'card=card.json'; NAME=PATH with one of metrics"),
        (["--item", "forest", "--files", "metrics=gone.json", "--figure", "a.svg"],
         "--files: gone.json: no such file or folder; give an existing one"),
        (["--item", "forest", "--files", "metrics=card.json", "metrics=card.json", "--figure", "a.svg"],
         "--files: 2 files for metrics; give one"),
        (["--item", "forest", "--files", "--figure", "a.svg"], "--files: no metrics; forest is drawn from metrics"),
        (["--item", "forest", "--files", "metrics=card.json", "--figure", "card.json"],
         "--metrics and --figure: both are card.json; give each a file of its own"),
        (["--item", "ladder", "--spec", '{"strategy": "x"}', "--figure", "a.svg", "--files", "rungs=1/history.tsv"],
         "--spec: strategy: "),
        (["--item", "learning", "--spec", "{}", "--figure", "a.svg", "--files", "card=card.json",
          "histories=1/history.tsv", "histories=./1/history.tsv"], "--files: 2 files for histories, but only 1 names"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_one_line(refuse, card, words, said):
    before = sorted(Path().iterdir())
    assert refuse("draw", *words).startswith(f"ERROR: {said}")
    assert sorted(Path().iterdir()) == before


def test_what_is_drawn_is_named_in_the_log_and_what_failed_in_the_error(refuse, tmp_path, monkeypatch, caplog):
    def fail(error):
        def draw(path, *, layers):
            raise error

        return draw

    caplog.set_level("INFO")
    table = tmp_path / "layers.tsv"
    table.write_text("parameters\tmultiply_adds\n1\t1\n")
    words = ["draw", "--item", "layers", "--files", f"layers={table}", "--figure", tmp_path / "a.html"]
    monkeypatch.setattr("convoscope.steps.draw._wants", lambda item, drawer: ["layers"])
    monkeypatch.setattr("convoscope.steps.draw.load_drawer", lambda item: fail(InputError("layers: none; one")))
    assert refuse(*words) == f"ERROR: layers: {table}: none; one"
    assert caplog.messages == [f"layers: {tmp_path / 'a.html'}"]
    monkeypatch.setattr("convoscope.steps.draw.load_drawer", lambda item: fail(ValueError("none")))
    with pytest.raises(ValueError, match="none") as found:
        main([str(word) for word in words])
    assert found.value.__notes__ == ["while drawing layers"]


def test_several_files_of_an_artifact_are_named_by_their_folders(run, card, tmp_path):
    run(*LEARNING, card, "histories=1/history.tsv", "histories=other/1/history.tsv", "histories=2/history.tsv")
    names = [line.split("\t")[0] for line in Path("a.tsv").read_text().splitlines()[1:]]
    assert list(dict.fromkeys(names)) == [f"{tmp_path.name}.1", "other.1", f"{tmp_path.name}.2"]


def test_help_lists_items_and_files(capsys):
    with pytest.raises(SystemExit):
        main(["draw", "--help"])
    shown = capsys.readouterr().out
    assert "\n  learning: learning curves (card, histories, trained)\n" in shown
    assert "\n  card: what the examples are\n" in shown
