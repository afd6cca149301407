"""Every rule asks for memory and time by a row of the table, and every row is asked for."""

import re
from pathlib import Path

import pytest

from convoscope.needs.resources import row_of
from convoscope.needs.table import NEEDS
from convoscope.report.items import jobs

RULES = Path(__file__).parents[2] / "workflow" / "rules"
RULE = re.compile(
    r'^ *rule(?: (\w+))?:\n(?:\s+name:\n\s+f"(\w+?)_\{.*\}"\n)?((?:(?! *rule\b)(?: .*)?\n)*)', re.MULTILINE
)
ASKED = re.compile(r'\*\*needs\(f?"(\w+?)(?:_\{JOB\.job\})?"')


def rules() -> list[tuple[str, str]]:
    """Return the name of every rule, or what it begins with, and its text."""
    text = "".join(path.read_text() + "\n" for path in sorted(RULES.glob("*.smk")))
    return [(name or beginning, block) for name, beginning, block in RULE.findall(text)]


@pytest.mark.parametrize(("name", "block"), rules(), ids=[name for name, _ in rules()])
def test_every_rule_asks_for_its_row(name: str, block: str) -> None:
    assert ASKED.findall(block) == [name]
    assert row_of(name)


def test_every_rule_is_found() -> None:
    text = "".join(path.read_text() for path in RULES.glob("*.smk"))
    assert len(rules()) == len(re.findall(r"^ *rule\b", text, re.MULTILINE)) > 30


def test_every_row_is_asked_for() -> None:
    names = [name for name, _ in rules() if name != "draw"] + [f"draw_{job}" for job in jobs()]
    assert {row_of(name) for name in names} == set(NEEDS)


def test_steps_that_take_a_device_are_those_with_a_gpu() -> None:
    with_device = {name for name, block in rules() if "{resources.device}" in block}
    assert with_device == {name for name, need in NEEDS.items() if need.gpu}
