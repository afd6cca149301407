"""What is generated or pinned twice agrees with its source."""

import ast
import importlib.util
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from convoscope.models import MODELS, option_names
from convoscope.report.items import ITEMS

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "workflow" / "lib"
# What comes with a pinned package (requests), and what a verb that reads the heads of models alone never reaches.
EXCUSED = {"download": {"urllib3"}, "reference": {"urllib3"}}
EXCUSED |= {verb: {"torch", "onnxruntime"} for verb in ("draw", "model-card")}


def load_generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "workflow" / "lib" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATED = load_generator().GENERATED


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_generated_files_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path](), "run `make generate`"


def pins(lines: list[str]) -> dict[str, str]:
    return dict(line.split("==") for line in lines if "==" in line)


@pytest.mark.parametrize("name", ["data", "training"])
def test_conda_environments_pin_the_tested_versions(name: str) -> None:
    constraints = pins((ROOT / "constraints.txt").read_text().splitlines())
    environment = yaml.safe_load((ROOT / "envs" / f"{name}.yaml").read_text())
    pinned = pins(environment["dependencies"][-1]["pip"])
    assert len(pinned) == len(environment["dependencies"][-1]["pip"])
    assert pinned == {package: constraints[package] for package in pinned}


@cache
def named(module: str) -> frozenset[str] | None:
    """Return all that a module of the package imports, with the parents of the package's own; of no module nothing."""
    path = LIBRARY.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.is_file():
        return None
    names: set[str] = set()
    tree = ast.parse(path.read_text())
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    own = {name for name in names if name.split(".")[0] == "convoscope"}
    return frozenset(
        {".".join(name.split(".")[:depth]) for name in own for depth in range(1, name.count(".") + 2)} | (names - own)
    )


def imported(module: str, seen: set[str]) -> set[str]:
    """Return the top-level names that a module of the package imports, itself or by other modules of the package."""
    names = named(module)
    if module in seen or names is None:
        return set()
    seen.add(module)
    parents = {name for name in names if name.split(".")[0] == "convoscope"}
    others = {name.split(".")[0] for name in names - parents}
    return others.union(*(imported(name, seen) for name in parents))


RULES = [
    (verb, environment)
    for file in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    for environment, verb in re.findall(
        r'envs/(\w+)\.yaml"(?:(?!\nrule ).)*?python -m convoscope ([\w-]+)', file.read_text(), flags=re.DOTALL
    )
]
homes = cache(packages_distributions)


@pytest.mark.parametrize(("verb", "environment"), sorted({*RULES}))
def test_a_verb_finds_what_it_imports_in_its_environment(verb: str, environment: str) -> None:
    content = yaml.safe_load((ROOT / "envs" / f"{environment}.yaml").read_text())
    there = {package.lower() for package in pins(content["dependencies"][-1]["pip"])}
    modules = [f"convoscope.steps.{verb.replace('-', '_')}"]
    if verb == "draw":
        modules += [f"convoscope.report.{item.module or name}" for name, item in ITEMS.items()]
    needed = set().union(*(imported(name, {"convoscope.steps"}) for name in modules)) - sys.stdlib_module_names
    missing = {name for name in needed if not there & {home.lower() for home in homes().get(name, [name])}}
    assert missing <= EXCUSED.get(verb, set())


def test_every_rule_has_an_environment_and_a_verb() -> None:
    files = [file.read_text() for file in (ROOT / "workflow" / "rules").glob("*.smk")]
    assert len(RULES) == sum(text.count("python -m convoscope") for text in files)


def test_torch_has_no_local_version() -> None:
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()


def test_sections_follow_the_one_that_first_refers_to_them() -> None:
    table = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    sections = re.split(r"^### ", table.split("## All keys")[1].split("## Options of the networks")[0], flags=re.M)[1:]
    names = [section.split("\n")[0] for section in sections]
    first = [name for section in sections for name in re.findall(r"\]\(#(\w+)\)", section)]
    assert names[0] == "Config" and set(first) == {name.lower() for name in names[1:]}
    for number, name in enumerate(names[1:], start=1):
        assert any(f"(#{name.lower()})" in section for section in sections[:number]), name


@pytest.mark.parametrize("name", MODELS)
def test_every_option_of_a_network_is_described(name: str) -> None:
    table = (ROOT / "config" / "README.md").read_text(encoding="utf-8").split("## Options of the networks")[1]
    section = table.split(f"### {name}\n")[1].split("### ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert [row[0].strip("| `") for row in rows] == option_names(name)
    assert all(len(row) == 4 and len(row[3].split()) > 2 for row in rows)
    assert len({row[3] for row in rows}) == len(rows)  # a text of its own each
