"""The workflow starts where Snakemake alone is installed; with ``--sdm conda`` its jobs bring everything else."""

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]


def closure(name: str, found: dict[str, Any]) -> dict[str, Any]:
    """Collect an installed distribution and all that it requires, without extras."""
    name = re.sub(r"[-_.]+", "-", name).lower()
    if name not in found:
        found[name] = distribution(name)
        for text in found[name].requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                closure(requirement.name, found)
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of Snakemake and what it requires: links to what is installed here. Return its Python."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    for one in closure("snakemake", {}).values():
        for name in {file.parts[0] for file in one.files if file.parts[0] not in ("..", "__pycache__")}:
            (packages / name).symlink_to(Path(str(one.locate_file(name))))
    return folder / "bin" / "python"


def start(python: Path, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", *arguments]
    environment = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        [str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_environment_lacks_what_jobs_need(alone: Path) -> None:
    assert subprocess.run([alone, "-c", "import snakemake, pydantic, yaml"], check=False).returncode == 0
    for name in ("numpy", "pandas", "pysam", "torch", "Bio"):
        done = subprocess.run([alone, "-c", f"import {name}"], capture_output=True, text=True, check=False)
        assert "ModuleNotFoundError" in done.stderr


def test_the_default_configuration_is_planned(alone: Path, tmp_path: Path) -> None:
    config = ROOT / "config" / "config.yaml"
    done = start(alone, tmp_path, "--dry-run", "--quiet", "rules", "--configfile", config)
    assert done.returncode == 0, done.stderr
    assert "left to the jobs" not in done.stderr  # all that it names is simulated


def test_the_workflow_is_linted(alone: Path, tmp_path: Path) -> None:
    done = start(alone, tmp_path, "--lint", "--configfile", ROOT / "config" / "config.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def genomic(tmp_path: Path) -> dict[str, Any]:
    """Return the configuration of an experiment on files that are here."""
    (tmp_path / "genome.fa").write_text(">chr1\nACGT\n")
    (tmp_path / "a.bed").write_text("chr1\t1\t2\n")
    (tmp_path / "calls.vcf").write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t2\t.\tC\tT\t.\t.\t.\n"
    )
    experiment = {
        "reference": "g",
        "sites": {"A": {"path": str(tmp_path / "a.bed")}},
        "variants": {"mine": {"path": str(tmp_path / "calls.vcf")}},
    }
    return {
        "references": {"g": {"mirrors": [str(tmp_path / "genome.fa")]}},
        "experiments": {"sequence": {"e": experiment}},
    }


def test_checks_that_need_a_library_are_left_to_the_jobs_in_one_line(alone: Path, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(genomic(tmp_path)))
    done = start(alone, tmp_path, "--dry-run", "--quiet", "rules", "--configfile", path)
    assert done.returncode == 0, done.stderr
    (line,) = (line for line in done.stderr.splitlines() if "left to the jobs" in line)
    assert "experiments.sequence.e.sites.A.path" in line and "variants" not in line  # VCF is read without any


def test_checks_that_need_none_are_made(alone: Path, tmp_path: Path) -> None:
    config = genomic(tmp_path)
    config["experiments"]["sequence"]["e"] |= {"modisco": {"label": "B"}}
    config["experiments"]["sequence"]["e"]["variants"]["mine"]["measured"] = "effect"
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    done = start(alone, tmp_path, "--dry-run", "--configfile", path)
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert [line.split(": ")[2] for line in lines] == [
        "experiments.sequence.e.modisco.label", "experiments.sequence.e.variants.mine.measured",
    ]  # fmt: skip
