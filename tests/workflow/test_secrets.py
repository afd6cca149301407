"""No password and no token of an address is written: not to results, logs, records of Snakemake, or the terminal."""

import base64
import http.server
import json
import random
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pyBigWig
import pytest
import tifffile
import yaml
from small_run import environment

from convoscope import modelfile
from convoscope.config import Section, load_config
from convoscope.download.addresses import is_address
from convoscope.download.credentials import identity
from convoscope.models import all_options, build
from convoscope.preflight import addresses

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
PASSWORD, TOKEN = "hunter2-secret", "SECRETTOKEN"
SECRETS = re.compile(rf"{PASSWORD}|{TOKEN}|{base64.b64encode(b'me:hunter2-secret').decode()}".encode())


class Guarded(http.server.SimpleHTTPRequestHandler):
    """Serves files to whoever has the password and the token; says which of them was wrong, and repeats it."""

    def do_GET(self) -> None:
        """Check both, then serve the file."""
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        [token] = parse_qs(urlsplit(self.path).query).get("token", [""])
        if base64.b64decode(given).decode() != f"me:{PASSWORD}" or not token.startswith(TOKEN):
            self.send_error(403, f"no access for {base64.b64decode(given).decode()} with {token}")
        else:
            super().do_GET()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """One file of every kind behind a server that demands credentials; its host, and the folder of the images."""
    folder = tmp_path_factory.mktemp("served")
    write_sequences(folder)
    write_cells(folder)
    write_network(folder)
    handler = type("Here", (Guarded,), {"__init__": lambda self, *a: Guarded.__init__(self, *a, directory=str(folder))})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()


def write_sequences(folder: Path) -> None:
    draw = random.Random(1)
    contigs = {f"c{number}": "".join(draw.choice("ACGT") for _ in range(6000)) for number in range(1, 5)}
    (folder / "genome.fa").write_text("".join(f">{name}\n{text}\n" for name, text in contigs.items()))
    (folder / "aliases.txt").write_text("# sequenceName\tother\n" + "".join(f"{name}\tx{name}\n" for name in contigs))
    rows = [f"{name}\t{start}\t{start + 20}\n" for name in contigs for start in range(300, 5800, 300)]
    for name in ("sites", "more", "black", "negatives", "regions"):
        shift = {"black": 6000, "negatives": 130}.get(name, 0)
        moved = [row.split("\t") for row in rows]
        lines = [f"{chrom}\t{int(start) + shift}\t{int(end) + shift}\n" for chrom, start, end in moved]
        (folder / f"{name}.bed").write_text("".join(lines) + "c1\t0\t20\n")
    (folder / "black.bed").write_text("c1\t5990\t6000\n")
    with pyBigWig.open(str(folder / "signal.bw"), "w") as track:
        track.addHeader([(name, len(text)) for name, text in contigs.items()])
        for name, text in contigs.items():
            track.addEntries(name, 0, values=[float(place % 7) for place in range(len(text))], span=1, step=1)
    (folder / "genes.gtf").write_text('c1\t.\tgene\t300\t900\t.\t+\t.\tgene_id "one";\n')
    (folder / "few.fa").write_text(f">one\n{contigs['c1'][:300]}\n")
    listed = [f">s{number}\n{contigs['c1'][number * 50 : number * 50 + 60]}\n" for number in range(100)]
    (folder / "listed.fa").write_text("".join(listed) + ">short\nACGT\n")
    places = range(500, 5500, 250)
    records = [
        f"c1\t{place + 1}\t.\t{contigs['c1'][place]}\t{'CA'[contigs['c1'][place] == 'C']}\t.\t.\tY={place % 2}\n"
        for place in places
    ]
    header = '##fileformat=VCFv4.2\n##INFO=<ID=Y,Number=1,Type=Integer,Description="y">\n'
    (folder / "some.vcf").write_text(f"{header}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "".join(records))
    table = [f"c1\t{line.split()[1]}\t{line.split()[3]}\t{line.split()[4]}\t1.5\n" for line in records]
    (folder / "covariates.tsv").write_text("chrom\tpos\tref\talt\tdepth\n" + "".join(table))


def write_network(folder: Path) -> None:
    options = all_options("deepbind", {"filters": 4, "length": 8})
    facts = {"architecture": "deepbind", "options": options, "channels": 4, "space": [61], "labels": ["A"],
             "task": "multilabel", "modality": "sequence", "alphabet": "dna", "unknown": "uniform",
             "card": {"inputs": {}}}  # fmt: skip
    modelfile.save(folder / "start.safetensors", build("deepbind", 4, (61,), 1, options), facts)


def write_cells(folder: Path) -> None:
    draw = np.random.default_rng(1)
    (folder / "images").mkdir()
    rows = []
    for number in range(24):
        pixels = draw.integers(0, 4000, (16, 16), dtype=np.uint16)
        tifffile.imwrite(folder / "images" / f"{number}.tif", pixels)
        rows.append(f"{number}\t{number}.tif\t{'ab'[number % 2]}\tp{number // 2}\n")
    lost = f"lost\thttps://me:{PASSWORD}@127.0.0.1/x.tif?token={TOKEN}\ta\tp1\n"
    (folder / "cells.tsv").write_text("cell\timage\tlabel\tplate\n" + "".join(rows) + lost)
    (folder / "further.tsv").write_text("cell\timage\n" + "".join(f"{number}\t{number}.tif\n" for number in range(4)))


def configure(host: str, folder: Path) -> dict[str, Any]:
    """Return a configuration with an address that holds credentials wherever one may stand."""
    count = iter(range(100))

    def secret(name: str) -> str:
        return f"http://me:{PASSWORD}@{host}/{name}?token={TOKEN}{next(count)}&file={name}#access_token={TOKEN}"

    common = {
        "reference": "g",
        "windows": {"length": 61, "bin": 31, "blacklist": secret("black.bed")},
        "split": {"validation": ["c3"], "test": ["c4"]},
    }
    sequence = {
        "e": {
            **common,
            "sites": {"A": {"path": secret("sites.bed")}},
            "negatives": {"strategy": "file", "path": secret("negatives.bed")},
            "model": {
                "name": "deepbind",
                "options": {"filters": 4, "length": 8},
                "weights": secret("start.safetensors"),
            },
            "training": {"epochs": 1},
            "seeds": [1],
            "onnx": False,
            "maps": {"windows": 1, "bed": secret("more.bed")},
            "tracks": {"step": 500},
            "regions": {"r": {"path": secret("regions.bed")}},
            "records": {"s": {"path": secret("few.fa")}},
            "variants": {
                "v": {
                    "path": secret("some.vcf"),
                    "sites": secret("more.bed"),
                    "outcome": "Y",
                    "covariate_table": secret("covariates.tsv"),
                }
            },
        },
        "signal": {
            **common,
            "task": "regression",
            "sites": {"S": {"path": secret("sites.bed"), "value": "bigwig", "bigwig": secret("signal.bw")}},
            "negatives": {"strategy": "flanks", "distance": 30},
        },
        "listed": {"sequences": [{"path": secret("listed.fa"), "labels": {"L": 1}}]},
    }
    images = str(folder / "images")
    image = {
        "c": {
            "cells": {"path": secret("cells.tsv"), "folder": images},
            "groups": ["plate"],
            "split": {"by": ["plate"]},
            "further_cells": {"more": {"path": secret("further.tsv"), "folder": images}},
        }
    }
    reference = {
        "mirrors": [secret("gone.fa"), secret("genome.fa")],
        "aliases": secret("aliases.txt"),
        "genes": secret("genes.gtf"),
    }
    return {
        "device": "cpu",
        "references": {"g": reference},
        "experiments": {"sequence": sequence, "image": image},
    }


def snakemake(folder: Path, content: dict[str, Any], *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run Snakemake in a folder; the configuration is next to it."""
    config = folder.parent / f"{folder.name}.yaml"
    config.write_text(yaml.safe_dump(content, sort_keys=False))
    command = ["python", "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--cores", 2, *arguments]
    folder.mkdir(exist_ok=True)
    words = [str(word) for word in (*command, "--configfile", config)]
    return subprocess.run(
        words, cwd=folder, env=environment() | {"no_proxy": "127.0.0.1"}, capture_output=True, check=False
    )


def leaks(folder: Path, done: subprocess.CompletedProcess[bytes]) -> list[str]:
    """Return where a secret is written: files by their names and contents, and the terminal."""
    found = [name for name, text in (("stdout", done.stdout), ("stderr", done.stderr)) if SECRETS.search(text)]
    for path in folder.rglob("*"):
        # What is fetched is kept as it is; one of the tables here holds an address.
        read = path.is_file() and path.parent.name != "downloads"
        written = str(path).encode() + (path.read_bytes() if read else b"")
        found += [str(path.relative_to(folder))] if SECRETS.search(written) else []
    return found


def test_the_configuration_here_has_every_place_of_an_address(served: tuple[str, Path]) -> None:
    described = re.compile(r"URL|BED of|bigWig file|[aA]ddress|table with (a header|the columns)")
    allowed = {
        f"{kind.__name__}.{name}"
        for kind in subclasses(Section)
        for name, field in kind.model_fields.items()
        if "str" in str(field.annotation) and described.search(field.description or "")
    }
    assert set(places(load_config(configure(*served)))) == allowed


def subclasses(kind: type[Section]) -> list[type[Section]]:
    return [one for below in kind.__subclasses__() for one in (below, *subclasses(below))]


def places(value: Any, place: str = "") -> Iterator[str]:
    """Yield the section and the key of every address in a configuration."""
    if isinstance(value, Section):
        for name in type(value).model_fields:
            yield from places(getattr(value, name), f"{type(value).__name__}.{name}")
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from places(one, place)
    elif isinstance(value, str) and is_address(value):
        yield place


def test_no_command_of_any_rule_holds_a_secret(tmp_path: Path, served: tuple[str, Path]) -> None:
    done = snakemake(tmp_path / "w", configure(*served), "--dry-run", "--printshellcmds", "--forceall")
    assert done.returncode == 0, done.stdout + done.stderr
    assert leaks(tmp_path / "w", done) == []
    said = (done.stdout + done.stderr).decode()
    assert "convoscope predict-cells" in said and "convoscope second" in said
    assert len(re.findall(r"convoscope download .*#sealed-", said)) == len(
        set(addresses(load_config(configure(*served))))
    )


def test_what_is_fetched_with_credentials_is_used_and_they_are_written_nowhere(
    tmp_path: Path, served: tuple[str, Path]
) -> None:
    content, folder = configure(*served), tmp_path / "w"
    fetched = [
        f"results/downloads/{identity(address)}-{urlsplit(address).path[1:]}"
        for address in addresses(load_config(content))
    ]
    wanted = [f"results/{name}/figures/{page}.html" for name in ("e", "c") for page in ("provenance", "dropped")]
    wanted += [f"results/{name}/data/card.json" for name in ("signal", "listed")]
    wanted += ["results/e/regions/r/dropped.tsv"]
    done = snakemake(folder, content, *fetched, *wanted, "--printshellcmds", "--show-failed-logs")
    assert done.returncode == 0, (done.stdout + done.stderr).decode()[-3000:]
    assert leaks(folder, done) == []
    page = (folder / "results" / "e" / "figures" / "provenance.html").read_text()
    assert f"http://{served[0]}/sites.bed?token=…&amp;file=sites.bed" in page or "token=…&file=sites.bed" in page
    made = json.loads((folder / "results" / "references" / "g" / "provenance.json").read_text())
    assert made["mirror"].startswith(f"http://{served[0]}/genome.fa?token=…")
    assert "no file" in (folder / "results" / "c" / "data" / "dropped.tsv").read_text()
    report = snakemake(folder, content, *wanted[:4], "--report", "results/report.html")
    assert report.returncode == 0, report.stderr.decode()
    assert leaks(folder, report) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mirrors": ["gone.fa"]}, "404 File not found"),
        ({"sha256": "0" * 64}, "wrong sha256"),
        ({"mirrors": ["genome.fa"], "password": "hunter2-secret-old"}, "403 no access for …"),
    ],
)
def test_a_failing_download_tells_no_secret(
    tmp_path: Path, served: tuple[str, Path], change: dict[str, Any], said: str
) -> None:
    content = configure(*served)
    reference = content["references"]["g"]
    for name in change.pop("mirrors", []):
        password = change.pop("password", PASSWORD)
        reference["mirrors"] = [f"http://me:{password}@{served[0]}/{name}?token={TOKEN}"]
    reference.update(change)
    wanted = "results/references/g/genome.fa.gz"
    done = snakemake(tmp_path / "w", content, wanted, "--printshellcmds", "--show-failed-logs", "--retries", 0)
    assert done.returncode != 0
    assert said in (done.stdout + done.stderr).decode()
    assert leaks(tmp_path / "w", done) == []


@pytest.mark.parametrize(
    "sites",
    [
        [
            {"path": f"http:/me:{PASSWORD}@host/sites.bed"},
            {"path": f"host.org/sites.bed?token={TOKEN}"},
            {"path": f"me:{PASSWORD}@host.org/sites.bed"},
            {"path": f"gopher://me:{PASSWORD}@host/sites.bed"},
            {"path": f"ftp://me:{PASSWORD}/x@host/sites.bed"},
            {"path": f"https://[me:{PASSWORD}@host/sites.bed"},
        ],
        [{"path": [f"ftp://me:{PASSWORD}@host/a.bed"]}, {f"ftp://me:{PASSWORD}@host/a.bed": 1}],
    ],
)
def test_a_refused_configuration_tells_no_secret(tmp_path: Path, served: tuple[str, Path], sites: list[Any]) -> None:
    content = configure(*served)
    content["experiments"]["sequence"]["e"]["sites"] = {f"A{number}": one for number, one in enumerate(sites)}
    done = snakemake(tmp_path / "w", content, "--dry-run")
    assert done.returncode == 2, done.stderr
    for number in range(len(sites)):
        assert f"ERROR: config: experiments.sequence.e.sites.A{number}" in done.stderr.decode()
    assert leaks(tmp_path / "w", done) == []
