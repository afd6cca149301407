"""What is generated or pinned twice agrees with its source."""

import importlib.util
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def load_generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "workflow" / "lib" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATED = load_generator().generated()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_generated_files_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path], "run `make generate`"


def pins(lines: list[str]) -> dict[str, str]:
    return dict(line.split("==") for line in lines if "==" in line)


@pytest.mark.parametrize("name", ["data", "training"])
def test_conda_environments_pin_the_tested_versions(name: str) -> None:
    constraints = pins((ROOT / "constraints.txt").read_text().splitlines())
    environment = yaml.safe_load((ROOT / "envs" / f"{name}.yaml").read_text())
    pinned = pins(environment["dependencies"][-1]["pip"])
    assert len(pinned) == len(environment["dependencies"][-1]["pip"])
    assert pinned == {package: constraints[package] for package in pinned}


def test_torch_has_no_local_version() -> None:
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()
