"""README and docs name files, commands, options and figures that are there."""

import re
from pathlib import Path

import pytest
import yaml

from convoscope.__main__ import VERBS, load_verb
from convoscope.config import load_config
from convoscope.options import build_parser

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "workflow" / "lib" / "convoscope"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "config" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def commands(text: str) -> list[list[str]]:
    """Return the words of every command of the package in a page, comments left out."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line.split("#")[0].split()[1:] for line in lines if re.match(r"\s*convoscope [a-z]", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_have_their_verb_and_options(page: Path) -> None:
    for verb, *words in commands(page.read_text(encoding="utf-8")):
        assert verb in VERBS
        options = build_parser(verb, load_verb(verb))._option_string_actions
        assert [word for word in words if word.startswith("--") and word not in options] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_has_the_targets_that_pages_name(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    named = re.findall(r"(?:^    |`)make ([a-z-]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(named) <= set(targets)


def test_contributing_names_modules_that_are_there() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("| to change |")[1].split("## Adding")[0]
    named = re.findall(r"`([a-z_]+/[a-z_/.]*)`", table)
    assert len(named) > 10
    assert [name for name in named if not ((PACKAGE / name).exists() or (ROOT / name).exists())] == []


def test_scores_in_the_readme_are_those_of_the_table_of_all() -> None:
    table = (ROOT / "docs" / "measured.md").read_text(encoding="utf-8").splitlines()
    scores = [line for line in (ROOT / "README.md").read_text().splitlines() if re.match(r"(synthetic| +cells) ", line)]
    assert len(scores) > 5 and set(scores) <= set(table)


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial_sequences.md", "docs/tutorial_cells.md"])
def test_configurations_are_accepted(page: str) -> None:
    blocks = re.findall(
        r"^```yaml\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    whole = [block for block in blocks if re.search(r"^experiments:", block, flags=re.MULTILINE)]
    assert whole
    for block in whole:
        load_config(yaml.safe_load(block))
