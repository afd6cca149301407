"""What is too long for a command travels as a file, and verbs read it back."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from convoscope.config import Model
from convoscope.errors import InputError
from convoscope.options import expand_files, read_options
from convoscope.rules.arguments import LONGEST, Arguments

JOB = SimpleNamespace(experiment="e")
MANY = [f"data/{number:04d}.bed" for number in range(1000)]


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Arguments:
    monkeypatch.chdir(tmp_path)
    return Arguments("results", lambda: True)


def test_short_arguments_stay_in_the_command(arguments: Arguments) -> None:
    assert arguments.section("s", {"a": [1, None]}, JOB) == '{"a": [1, null]}'
    assert arguments.words("w", ["a.bed", 5], JOB) == ["a.bed", "5"]
    assert arguments.words("w", "one.bed", JOB) == ["one.bed"]
    assert not Path("results").exists()


def test_words_read_well_in_a_report_and_are_a_list_for_commands_and_records(arguments: Arguments) -> None:
    words = arguments.option("spec", '{"rule": "a"}', JOB)
    assert f"{words}" == "--spec {rule: a}" and repr(words) == repr(["--spec", '{"rule": "a"}'])


def test_the_limit_counts_bytes(arguments: Arguments) -> None:
    word = "ä" * (LONGEST // 2 - 1)
    assert arguments.words("w", [word]) == [word]
    assert arguments.words("w", [word + "ää"])[0].startswith("@results/settings/w.")


def test_long_arguments_are_files_named_by_their_content(arguments: Arguments) -> None:
    section = {name: {"path": name} for name in MANY}
    first, again = arguments.section("sites", section, JOB), arguments.section("sites", dict(section), JOB)
    changed = arguments.section("sites", {**section, MANY[0]: {"path": "other"}}, JOB)
    assert first == again != changed
    assert Path(first[1:]).parent == Path("results/e/settings")
    assert sorted(path.name for path in Path("results/e/settings").iterdir()) == sorted(
        Path(one[1:]).name for one in (first, changed)
    )
    assert expand_files(["--spec", first]) == ["--spec", json.dumps(section)]


def test_a_file_that_is_there_is_not_written_again(arguments: Arguments) -> None:
    [word] = arguments.words("w", MANY)
    Path(word[1:]).write_text("as it was")
    assert arguments.words("w", MANY) == [word] and Path(word[1:]).read_text() == "as it was"


def test_nothing_is_written_where_commands_are_only_printed(arguments: Arguments) -> None:
    written = arguments.words("w", MANY, JOB)
    Path(written[0][1:]).unlink()
    assert Arguments("results").words("w", MANY, JOB) == written
    assert not list(Path("results/e/settings").iterdir())


def test_no_credential_is_written(arguments: Arguments) -> None:
    word = arguments.section("s", {name: f"https://me:word@host.org/{name}?token=abc" for name in MANY}, JOB)
    text = Path(word[1:]).read_text()
    assert "host.org" in text and "word" not in text and "abc" not in text


def test_options_of_nothing_are_nothing(arguments: Arguments) -> None:
    assert arguments.option("bigwigs", []) == arguments.option("strand", None) == []
    assert arguments.option("max_unknown", 0.0) == ["--max-unknown", "0.0"]
    option, word = arguments.option("contigs", MANY, JOB)
    assert option == "--contigs" and expand_files([word]) == MANY


@pytest.mark.parametrize("further", [[], MANY], ids=["few", "many"])
@pytest.mark.parametrize(
    "word", ["a b", "it's", "two\nlines", "\u2028", "@list", "[1]", "{", '"', "ä", "\udc80", "-5", "1"]
)
def test_words_come_back_as_they_were(arguments: Arguments, word: str, further: list[str]) -> None:
    Path("list").write_text("other")  # what the word @list would stand for
    assert expand_files(arguments.words("w", [word, *further])) == [word, *further]


def step(*, files: list[Path], model: Model) -> None:
    """Do nothing."""


def test_a_verb_reads_lists_and_sections_from_files(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.bed\nb c.bed\n")
    (tmp_path / "model.json").write_text('{\n  "name": "basset"\n}\n')
    options = read_options("v", step, ["--files", f"@{tmp_path}/list.txt", "--model", f"@{tmp_path}/model.json"])
    assert options["files"] == [Path("a.bed"), Path("b c.bed")]
    assert options["model"] == Model(name="basset")


def test_an_argument_that_names_no_file_is_left_as_it_is(tmp_path: Path) -> None:
    assert expand_files(["--contigs", "@1", "@", f"@{tmp_path}"]) == ["--contigs", "@1", "@", f"@{tmp_path}"]


def test_a_damaged_section_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"name": "basset",\n')
    with pytest.raises(InputError, match=r"^--model: Invalid JSON") as found:
        read_options("v", step, ["--files", "a", "--model", f"@{tmp_path}/model.json"])
    assert "\n" not in str(found.value)
