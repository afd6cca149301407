"""The workflow as a user runs it: Snakemake from the command line."""

import gzip
import http.server
import json
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from small_run import environment

from convoscope import modelfile
from convoscope.files import digest

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
VCF = "CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
CONTIGS = ("chrI", "chrIII", "chrV", "chrVI", "chrVIII")


def snakemake(*arguments: object, folder: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run Snakemake on a checkout from another folder, as for a deployed workflow."""
    command = ["python", "-m", "snakemake", "--snakefile", root / "Snakefile", "--cores", 2, *arguments]
    return subprocess.run(
        [str(argument) for argument in command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; yield its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def write_config(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def test_without_gpus_every_job_is_told_to_use_the_cpu(planned: str) -> None:
    told = re.findall(r"convoscope (\S+) [^\n]*--gpus (\d)", planned)
    assert {"train", "predict", "predict-variants", "predict-genome"} <= {verb for verb, _ in told}
    assert {number for _, number in told} == {"0"}


def test_the_default_configuration_plans_every_step(planned: str) -> None:
    rules = set(re.findall(r"^(?:local)?rule (\S+):$", planned, re.MULTILINE))
    expected = ("windows", "encode", "train", "predict", "baselines", "evaluate", "motifs", "match")
    assert rules.issuperset(expected) and any(rule.startswith("simulate") for rule in rules)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"devise": "cpu"}, "ERROR: config: devise: unknown key; did you mean device?"),
        (
            {"references": {"g": {"mirrors": ["gone.fa"]}}},
            "ERROR: config: references.g.mirrors: no file 'gone.fa'; give a file, or an address with https:// or ftp://",
        ),
    ],
)
def test_a_wrong_configuration_is_one_line_and_exit_code_2(tmp_path: Path, change: dict[str, Any], line: str) -> None:
    config = write_config(tmp_path, {"experiments": {}, **change})
    done = snakemake("--dry-run", "--configfile", config, folder=tmp_path)
    assert done.returncode == 2
    assert [text for text in done.stderr.splitlines() if "ERROR" in text] == [line]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


def test_nothing_to_do_ends_well(tmp_path: Path) -> None:
    done = snakemake("--configfile", write_config(tmp_path, {"experiments": {}}), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("results/*.tsv"))


def test_any_path_and_address_reaches_its_verb_whole(tmp_path: Path) -> None:
    names = [tmp_path / name for name in ("it's; a $HOME.bed", 'the "other".bed')]
    for name in names:
        name.write_text("sim1\t5\t6\n")
    content = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    windows = {"length": 101, "bin": 51, "blacklist": str(names[0])}
    negatives = {"strategy": "file", "path": str(names[1])}
    content["experiments"]["sequence"]["synthetic"].update(windows=windows, negatives=negatives)
    config = write_config(tmp_path, content)
    target = "results/synthetic/data/windows.tsv"
    done = snakemake(target, "--configfile", config, "--dry-run", "--printshellcmds", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    [command] = [line for line in done.stdout.splitlines() + done.stderr.splitlines() if "convoscope windows" in line]
    words = shlex.split(command)
    assert words[words.index("--blacklist") + 1] == str(names[0])
    assert words[words.index("--negatives-file") + 1] == str(names[1])

    windows["blacklist"] = f"https://example.org/black.bed?X-Signature={'a' * 300}"
    done = snakemake(
        target, "--configfile", write_config(tmp_path, content), "--dry-run", "--printshellcmds", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "-black.bed" in done.stdout + done.stderr
    assert not re.search(r"downloads/\S*Signature", done.stdout + done.stderr)


def test_a_checkout_may_lie_anywhere_and_no_credential_reaches_the_results(tmp_path: Path) -> None:
    root = tmp_path / "o'brien's work"
    for part in ("workflow", "envs", "resources"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", root)
    (tmp_path / "genome.fa").write_text("".join(f">c{number}\n{'ACGTTGCA' * 300}\n" for number in range(3)))
    rows = [f"c{number}\t{start}\t{start + 20}\n" for number in range(3) for start in range(200, 2100, 300)]
    (tmp_path / "sites.bed").write_text("".join(rows) + "c1\t0\t20\n")
    with serving(tmp_path) as address:
        secret = f"{address.replace('//', '//me:hunter2@')}/sites.bed?token=SECRET123"
        experiment = {
            "reference": "small",
            "sites": {"A": {"path": secret}},
            "windows": {"length": 101, "bin": 51},
            "negatives": {"strategy": "flanks", "distance": 1},
            "split": {"strategy": "chromosomes", "validation": ["c1"], "test": ["c2"]},
        }
        references = {"small": {"mirrors": [f"{address}/genome.fa?sig=SECRET456"]}}
        config = write_config(tmp_path, {"references": references, "experiments": {"sequence": {"e": experiment}}})
        wanted = [
            f"results/e/{name}" for name in ("data/dropped.tsv", "figures/provenance.html", "figures/dropped.html")
        ]
        done = snakemake(*wanted, "--configfile", config, folder=tmp_path, root=root)
    assert done.returncode == 0, done.stderr
    assert "out_of_bounds" in (tmp_path / wanted[0]).read_text()
    assert "sites.bed?token=…" in (tmp_path / wanted[1]).read_text()
    for path in (tmp_path / "results").rglob("*"):
        assert not path.is_file() or not re.search(rb"hunter2|SECRET", path.read_bytes()), path


@pytest.fixture
def served(tmp_path: Path, data: Path) -> Iterator[str]:
    """Five small chromosomes of yeast and their Reb1 sites behind an HTTP server; its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    keep = False
    with gzip.open(data / "yeast" / "sacCer3.fa.gz", "rt") as whole, gzip.open(folder / "genome.fa.gz", "wt") as part:
        for line in whole:
            keep = line[1:].strip() in CONTIGS if line.startswith(">") else keep
            if keep:
                part.write(line)
    sites = (data / "yeast" / "peaks" / "Reb1.bed").read_text().splitlines(keepends=True)
    (folder / "Reb1.bed").write_text("".join(line for line in sites if line.split("\t")[0] in CONTIGS))
    (folder / "blacklist.bed").write_text((data / "yeast" / "blacklist.bed").read_text())
    with gzip.open(folder / "genome.fa.gz", "rt") as part:
        letters = "".join(part.read().split(">chrVIII\n")[1].split(">")[0].split())
    (folder / "some.fa").write_text(f">long\n{letters[:500]}\n>short\nACGT\n")
    rows = [(place + 1, letters[place], "CA"[letters[place] == "C"]) for place in (99_999, 150_000, 200_000)]
    place, ref, alt = rows[-1]
    rows.append((place, alt, ref))  # REF is not what the genome has
    lines = [f"VIII\t{place}\t.\t{ref}\t{alt}\t.\t.\t.\n" for place, ref, alt in rows]
    (folder / "some.vcf").write_text("".join(["##fileformat=VCFv4.2\n", f"#{VCF}\n", *lines]))

    with serving(folder) as address:
        yield address


def slice_config(address: str, folder: Path) -> dict[str, Any]:
    return {
        "results": "results",
        "device": "cpu",
        "references": {
            "slice": {
                "mirrors": [f"{address}/gone.fa.gz", f"{address}/genome.fa.gz"],
                "sha256": digest(folder / "served" / "genome.fa.gz"),
            }
        },
        "experiments": {
            "sequence": {
                "Reb1": {
                    "reference": "slice",
                    "sites": {"Reb1": {"path": f"{address}/Reb1.bed"}},
                    "windows": {"length": 101, "bin": 51, "blacklist": f"{address}/blacklist.bed"},
                    "split": {"strategy": "chromosomes", "validation": ["chrI", "chrVI"], "test": ["chrVIII"]},
                    "model": {"name": "deepbind", "options": {"filters": 8, "length": 12}},
                    "training": {"epochs": 2},
                    "seeds": [1, 2],
                    "evaluation": {"bootstrap": 100, "kmer": 3},
                    "motifs": {"taxa": ["fungi"]},
                    "tracks": {"contigs": ["chrVIII"]},
                    "hits": {"contigs": ["chrVIII"], "p_value": 1e-3},
                    "regions": {"same": {"path": f"{address}/Reb1.bed"}},
                    "records": {"few": {"path": f"{address}/some.fa", "step": 100}},
                    "variants": {"few": {"path": f"{address}/some.vcf", "mismatch": "skip"}},
                }
            }
        },
    }


def test_real_yeast_from_an_address_to_the_report(tmp_path: Path, served: str) -> None:
    config = write_config(tmp_path, slice_config(served, tmp_path))
    done = snakemake("--configfile", config, "--show-failed-logs", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    results = tmp_path / "results"
    check_examples(results / "Reb1" / "data", tmp_path / "served" / "Reb1.bed")
    metadata = modelfile.describe(results / "Reb1" / "holdout" / "2" / "model.safetensors")
    assert (metadata["labels"], metadata["space"], metadata["seed"]) == (["Reb1"], [101], 2)
    metrics = json.loads((results / "Reb1" / "metrics.json").read_text())
    area = metrics["model"]["Reb1"]["auroc"]
    assert 0 <= area["low"] <= area["value"] <= area["high"] <= 1
    assert {"gc", "kmer"} == set(metrics["baselines"])
    check_uses(results / "Reb1", len((tmp_path / "served" / "Reb1.bed").read_text().splitlines()))
    assert not list(results.rglob(".writing-*")) and not list(results.rglob("*.ckpt"))

    again = snakemake("--configfile", config, folder=tmp_path)
    assert "Nothing to be done" in again.stdout + again.stderr
    report = snakemake("--configfile", config, "--report", "results/report.html", folder=tmp_path)
    assert report.returncode == 0, report.stderr
    assert "Reb1" in (results / "report.html").read_text()


def check_uses(folder: Path, sites: int) -> None:
    """Tracks, regions, records, variants and hits are there, and no row of theirs is lost."""

    def rows(kind: str, name: str, table: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        return tuple(pd.read_csv(folder / kind / name / file, sep="\t") for file in (table, "dropped.tsv"))

    assert [path.name for path in (folder / "tracks").glob("*.bw")] == ["Reb1.bw"]
    predicted, dropped = rows("regions", "same", "predictions.tsv.gz")
    assert len(predicted) + len(dropped) == sites and set(dropped["reason"]) <= {"out_of_bounds"}
    predicted, dropped = rows("records", "few", "predictions.tsv.gz")
    assert predicted["start"].tolist() == [0, 100, 200, 300, 399] and dropped["id"].tolist() == ["short"]
    scores, dropped = rows("variants", "few", "scores.tsv.gz")
    assert scores["pos"].tolist() == [100_000, 150_001, 200_001] and dropped["row"].tolist() == [4]
    for name in ("tracks.svg", "regions.same.svg", "records.few.html", "variants.few.svg", "maps.svg", "pairs.svg"):
        assert (folder / "figures" / name).stat().st_size > 0
    assert (folder / "hits.bed.gz.tbi").is_file() and (folder / "holdout" / "1" / "model.onnx").is_file()


def check_examples(folder: Path, sites: Path) -> None:
    """Every site is a window or a dropped row."""
    windows = pd.read_csv(folder / "windows.tsv", sep="\t")
    dropped = pd.read_csv(folder / "dropped.tsv", sep="\t")
    rows = len(sites.read_text().splitlines())
    assert (windows["origin"] == "site").sum() + len(dropped) >= rows
    assert set(windows["fold"]) == {"train", "validation", "test"}
    assert set(windows.loc[windows["fold"] == "test", "chrom"]) == {"chrVIII"}
