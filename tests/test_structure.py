"""The measures of `make structure`, by hand on a small package."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "workflow" / "lib" / "structure.py"
specification = importlib.util.spec_from_file_location("structure", SCRIPT)
structure = importlib.util.module_from_spec(specification)
specification.loader.exec_module(structure)

LOW = '''"""One line.

Two more.
"""

LIMIT = 3  # behind code


# A line of its own.
def shown(value):
    """Say it."""

    return value


def _own():
    return LIMIT


class Kept:
    """Keep it."""

    def get(self): return 1
'''
HIGH = '''"""Imports."""

from typing import TYPE_CHECKING

from pack.low import base

if TYPE_CHECKING:
    from pack.high.other import shown


def shown():
    from pack.high.other import kept

    return kept, base.shown
'''
OTHER = '''from pack.high import main


def kept():
    return main


def draw():
    """Draw."""
'''


@pytest.fixture
def modules(tmp_path: Path) -> list:
    files = {
        "__init__": "",
        "low/__init__": "",
        "low/base": LOW,
        "low/other": "from pack import high\n",
        "high/__init__": "",
        "high/main": HIGH,
        "high/other": OTHER,
        "high/more": "def draw():\n    return (\n        1\n    )\n",
        "steps/verb": "",
    }
    for name, text in files.items():
        path = tmp_path / "pack" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return structure.read_package(tmp_path / "pack")


def named(modules: list, name: str):
    return next(module for module in modules if module.name == name)


def test_lines_by_hand(modules: list) -> None:
    kinds = structure.line_kinds(named(modules, "pack.low.base"))
    assert kinds == {"all": 23, "doc": 6, "comment": 1, "code": 7}
    assert sorted(structure.function_lengths([named(modules, "pack.low.base")])) == [1, 2, 2]
    assert structure.function_lengths([named(modules, "pack.high.more")]) == [4]


def test_names_by_hand(modules: list) -> None:
    # shown, Kept; shown; kept; draw is not counted
    assert structure.shared_names(modules) == ({"shown": 2}, 4)
    assert structure.private_share(modules) == pytest.approx(1 / 7)
    assert structure.repeated_files(modules) == {"other.py": 2}


def test_imports_by_hand(modules: list) -> None:
    known = {module.name for module in modules}
    graph = {module.name: structure.imports(module, known) for module in modules}
    assert graph["pack.high.main"] == {"pack.low.base", "pack.high.other"}  # that for types alone is not counted
    assert graph["pack.low.other"] == {"pack.high"}
    assert structure.circles(graph) == [{"pack.high.main", "pack.high.other"}]
    assert structure.upward(graph, ["high", "low"]) == ["pack.low.other → pack.high"]
    assert structure.upward(graph, ["low", "high"]) == ["pack.high.main → pack.low.base"]
    assert len(structure.upward(graph, ["low | high"])) == 2


def test_sizes_by_hand(modules: list, tmp_path: Path) -> None:
    (tmp_path / "a.smk").write_text("rule a:\n    shell: ''\n")
    found = {row.name: row.value for row in structure.size_rows(modules, tmp_path)}
    assert found["verbs"] == "1" and found["rule files"] == "1" and found["lines of rules"] == "2"
    assert structure.listed({"shown": 2, "of": 3}, 1) == "shown ×2, …" and structure.listed(["a"], 2) == "a"


def test_columns_are_aligned() -> None:
    rows = [structure.Row("", "now", "target"), structure.Row("verbs", "59", "≤ 40", "a, b")]
    assert structure.render(rows).splitlines() == ["       now  target", "verbs   59  ≤ 40    a, b"]


def test_the_package_imports_in_no_circle_and_never_upward() -> None:
    modules = structure.read_package(SCRIPT.parent / "convoscope")
    rows = structure.import_rows(modules, structure.read_layers(), 3)
    assert [(row.value, row.examples) for row in rows] == [("0", ""), ("0", "")]
