"""Files between two steps are damaged by chance, as disks and editors do: refused in one line, or no matter."""

import gzip
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyBigWig
import pytest
import tifffile
from blank_copies import copies_are_blank  # noqa: F401
from safetensors import safe_open
from safetensors.numpy import save

from convoscope.__main__ import main
from convoscope.modelfile.metadata import KEY

TEXTS = ["", "x", "nan", "-1", "1e400", "7.5", "NA", '"', "999999999999", "\x00", "a" * 200_000, "−"]
SEEDS = int(os.environ.get("CONVOSCOPE_DAMAGES", "2"))  # of every file of every verb
THINGS: list[Any] = [None, "x", -1, [], {}, 1.5, True, [1], 1e30, 10**9, {"a": 1}, float("nan")]
SPLIT = '"split": {"strategy": "random"}'
FILES = '[{"path": "pos.fa", "labels": {"y": 1}}, {"path": "neg.fa", "labels": {"y": 0}}]'
DATA = {"--examples": "w.tsv", "--codes": "c.npy", "--card": "card.json"}
NETWORK = {"--models": "m.safetensors", "--device": "cpu"}
WINDOWS = (
    '{"sites": {"y": {"path": "sites.bed", "value": "bigwig", "bigwig": "signal.bw"}}, "windows": {"length": 30, '
    '"bin": 30}, "negatives": {"distance": 20}, '
    '"split": {"strategy": "chromosomes", "validation": ["two"], "test": ["three"]}}'
)
CROPS = '{"cells": {"path": "cells.tsv", "form": "centres"}, "crops": {"size": 8}, "labels": ["label"]}'
JUDGED = {"card": "card.json", "examples": "w.tsv", "metrics": "metrics.json", "predictions": "e.tsv.gz"}
FIELDS = {"--images": "field.tif", "--masks": "field_mask.tif"}


def drawn(
    item: str, files: dict[str, str], spec: str = ""
) -> tuple[str, dict[str, str], dict[str, str], dict[str, str]]:
    """Return the row of an item of the report."""
    words = {"--item": item, "--files": " ".join(f"{name}={path}" for name, path in files.items())}
    return "draw", files, words | ({"--spec": spec} if spec else {}), {"--figure": f"{item}.svg"}


# Verb after verb: what goes in, settings, what comes out. What has a name without -- is not said to the verb: files
# that are named in its settings, and files that it writes next to others.
VERBS: list[tuple[str, dict[str, str], dict[str, str], dict[str, str]]] = [
    (
        "encode",
        {"--fasta": "s.fa.gz", "--windows": "w.tsv"},
        {"--inputs": "pos.fa", "--spec": f'{{"labels": ["y"], {SPLIT}}}'},
        {"--codes": "c.npy", "--card": "card.json"},
    ),
    (
        "train",
        DATA,
        {
            "--fold": "holdout",
            "--seed": "1",
            "--device": "cpu",
            "--training": '{"epochs": 1}',
            "--model": '{"name": "deepbind", "options": {"filters": 2, "length": 6}}',
        },
        {"--trained": "m.safetensors", "--history": "h.tsv"},
    ),
    ("predict", {"--model": "m.safetensors", **DATA}, {"--device": "cpu"}, {"--predictions": "p.tsv.gz"}),
    ("baselines", DATA, {"--fold": "holdout", "--spec": '{"kmer": 2}'}, {"--baselines": "b.tsv.gz"}),
    (
        "evaluate",
        {"--examples": "w.tsv", "--card": "card.json", "--predictions": "p.tsv.gz", "--baselines": "b.tsv.gz"},
        {"--folds": "holdout", "--seeds": "1", "--baseline-folds": "holdout", "--spec": '{"bootstrap": 100}'},
        {"--ensemble": "e.tsv.gz", "--metrics": "metrics.json", "--curves": "curves.tsv"},
    ),
    (
        "predict-fasta",
        {"--models": "m.safetensors", "--fasta": "s.fa.gz"},
        {"--device": "cpu"},
        {"--predictions": "pf.tsv", "--dropped": "pd.tsv"},
    ),
    ("layers", {"--model": "m.safetensors"}, {}, {"--table": "layers.tsv"}),
    ("export-one-hot", {"--codes": "c.npy", "--card": "card.json"}, {}, {"--one-hot": "x.npz"}),
    (
        "experiment-row",
        {"--metrics": "metrics.json", "--histories": "h.tsv"},
        {"--name": "a", "--model": "deepbind"},
        {"--row": "row.tsv"},
    ),
    drawn("learning", {"card": "card.json", "histories": "h.tsv"}, "{}"),
    drawn("discrimination", {**JUDGED, "curves": "curves.tsv"}),
    drawn("forest", {"metrics": "metrics.json"}),
    drawn("calibration", {name: JUDGED[name] for name in ("card", "examples", "predictions")}),
    drawn("scores", JUDGED),
    (
        "sequences",
        {"--files": "labelled.tsv"},
        {"--spec": f'{{"sequences": [{{"path": "labelled.tsv", "label_columns": {{"y": "y"}}}}], {SPLIT}}}'},
        {"--fasta": "s2.fa.gz", "--windows": "w2.tsv", "--dropped": "d2.tsv", "--negatives": "n2.tsv"},
    ),
    (
        "reference",
        {"genome": "g.fa"},
        {"--spec": '{"mirrors": ["g.fa"]}'},
        {
            "--fasta": "g.fa.gz",
            "fai": "g.fa.gz.fai",
            "gzi": "g.fa.gz.gzi",
            "--sizes": "g.sizes",
            "--gaps": "gaps.bed",
            "--provenance": "g.json",
        },
    ),
    (
        "windows",
        {
            "--sizes": "g.sizes",
            "--gaps": "gaps.bed",
            "--sites": "sites.bed",
            "--blacklist": "blacklist.bed",
            "--bigwigs": "signal.bw",
            "--aliases": "aliases.tsv",
            "--fasta": "g.fa.gz",
            "fai": "g.fa.gz.fai",
        },
        {"--spec": WINDOWS},
        {"--windows": "w3.tsv", "--dropped": "d3.tsv", "--negatives": "n3.tsv"},
    ),
    (
        "predict-bed",
        {"--bed": "sites.bed", "--genome": "g.fa"},
        NETWORK,
        {"--predictions": "pb.tsv", "--dropped": "pbd.tsv"},
    ),
    (
        "predict-variants",
        {"--vcf": "v.vcf", "--sites": "sites.bed", "--genome": "g.fa"},
        NETWORK | {"--info": "C"},
        {"--scores": "v.tsv.gz", "--annotated": "v.vcf.gz", "--dropped": "vd.tsv"},
    ),
    ("score-table", {"--metrics": "metrics.json"}, {"--names": "a"}, {"--table": "scores.tsv", "--text": "scores.md"}),
    (
        "landing-table",
        {"--rows": "row.tsv"},
        {},
        {"--table": "sum.tsv", "--landing": "landing.tsv", "--html": "sum.html"},
    ),
    drawn("metrics", {"metrics": "metrics.json"}),
    drawn("layers", {"layers": "layers.tsv"}),
    drawn("counts", {"card": "card.json"}),
    drawn("provenance", {"card": "card.json"}, "{}"),
    drawn("composition", {"card": "card.json", "examples": "w.tsv", "codes": "c.npy"}),
    drawn("places", {"card": "card.json", "examples": "w.tsv"}),
    drawn("dropped", {"examples": "w3.tsv", "dropped": "d3.tsv", "negatives": "n3.tsv"}),
    drawn("dropped_table", {"dropped": "d3.tsv"}),
    ("objects", FIELDS, {}, {"--cells": "objects.tsv", "--dropped": "od.tsv"}),
    (
        "crops",
        {"--table": "cells.tsv", "field": "field.tif"},
        {"--spec": CROPS},
        {"--cut": "cut.tsv", "--codes": "crops.npy", "--dropped": "cd.tsv"},
    ),
]
# Written before an error too, so that it can be looked into.
KEPT = {"windows": {"d3.tsv"}, "sequences": {"d2.tsv"}, "crops": {"cd.tsv"}}  # fmt: skip


def call(verb: str, *options: dict[str, str]) -> int:
    said = [pair for block in options for pair in block.items() if pair[0].startswith("--")]
    return main(
        [
            verb,
            *(
                word
                for option, value in said
                for word in (option, *(value.split() if option == "--files" else [value]))
            ),
        ]
    )


def write_given(generator: random.Random) -> None:
    """Write what a user brings: sequences, a genome, sites, a signal, variants, an image and its label image."""
    for name, motif in {"pos.fa": "TGACTCAT", "neg.fa": "TTTTTTTT"}.items():
        letters = ["".join(generator.choices("ACGT", k=22)) for _ in range(40)]
        Path(name).write_text("".join(f">{name[0]}{number}\n{motif}{rest}\n" for number, rest in enumerate(letters)))
    rows = [("".join(generator.choices("ACGT", k=30)), number % 2) for number in range(40)]
    Path("labelled.tsv").write_text("sequence\ty\n" + "".join(f"{letters}\t{y}\n" for letters, y in rows))
    gap, names = "N" * 20, ("one", "two", "three")
    genome = {name: "".join(generator.choices("ACGT", k=1960)) for name in names}
    genome = {name: letters[:1000] + gap + letters[1000:] + gap for name, letters in genome.items()}
    Path("g.fa").write_text("".join(f">{name}\n{letters}\n" for name, letters in genome.items()))
    places = [(name, place) for name in genome for place in range(100, 1900, 150)]
    Path("sites.bed").write_text("".join(f"{name}\t{at}\t{at + 9}\tn\t{at % 7}\t+\n" for name, at in places))
    Path("blacklist.bed").write_text("one\t0\t50\ntwo\t10\t60\n")
    Path("aliases.tsv").write_text("one\tI\ntwo\tII\n")
    with pyBigWig.open("signal.bw", "w") as track:
        track.addHeader([(name, 2000) for name in sorted(genome)])
        for name in sorted(genome):
            track.addEntries(name, 0, values=generator.choices([1.0, 2.0, 3.0], k=200), span=10, step=10)
    head = '##fileformat=VCFv4.2\n##contig=<ID=one,length=2000>\n##INFO=<ID=C,Number=1,Type=String,Description="c">\n'
    variants = [(at + 3, genome["one"][at + 2], "G" if genome["one"][at + 2] != "G" else "T") for _, at in places[:8]]
    lines = [f"one\t{pos}\tr{pos}\t{ref}\t{alt}\t.\t.\tC={pos % 2}\n" for pos, ref, alt in variants]
    Path("v.vcf").write_text(head + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "".join(lines))
    noise = np.random.default_rng(1)
    tifffile.imwrite("field.tif", noise.integers(0, 4000, (40, 50), np.uint16))
    mask = np.zeros((40, 50), np.uint16)
    mask[5:12, 5:12], mask[20:30, 20:31] = 1, 2
    tifffile.imwrite("field_mask.tif", mask)
    cells = [f"c{number}\tfield.tif\t{'ab'[number % 2]}\t{9 + number}\t20\n" for number in range(8)]
    Path("cells.tsv").write_text("cell\timage\tlabel\tx\ty\n" + "".join(cells))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All files of one small experiment."""
    folder, generator = tmp_path_factory.mktemp("whole"), random.Random(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_given(generator)
        given = {"--spec": f'{{"sequences": {FILES}, {SPLIT}}}', "--fasta": "s.fa.gz", "--windows": "w.tsv"}
        arguments = [word for pair in given.items() for word in pair]
        assert main(["sequences", "--files", "pos.fa", "neg.fa", *arguments, "--dropped", "d", "--negatives", "n"]) == 0
        for verb in VERBS:
            assert call(verb[0], *verb[1:]) == 0
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def damage_bytes(content: bytes, generator: random.Random) -> bytes:
    """Flip bits, cut the end off, write noise, or leave nothing."""
    changed, place = bytearray(content), generator.randrange(max(len(content), 1))
    ways: list[Callable[[], Any]] = [
        lambda: [changed.__setitem__(generator.randrange(len(changed)), generator.randrange(256)) for _ in range(9)],
        lambda: changed.__delitem__(slice(place, None)),
        lambda: changed.__setitem__(slice(place, place), generator.randbytes(5)),
        changed.clear,
    ]
    generator.choice(ways)()
    return bytes(changed)


def damage_json(content: Any, generator: random.Random) -> str:
    """Take one key away, or put something else in its place."""
    inside = [content]
    for block in inside:
        inside += [value for value in block.values() if isinstance(value, dict) and value]
    block = generator.choice(inside)
    key = generator.choice(list(block))
    if generator.random() < 0.4:
        del block[key]
    else:
        block[key] = generator.choice(THINGS)
    return json.dumps(content)


def damage_table(text: str, generator: random.Random) -> str:
    """Change a cell or a column, swap two columns, lose or repeat rows, add or lose a field."""
    rows = [line.split("\t") for line in text.splitlines()]
    row, column = generator.randrange(1, len(rows)), generator.randrange(len(rows[0]))
    other, word = generator.randrange(len(rows[0])), generator.choice(TEXTS)
    ways: list[Callable[[], Any]] = [
        lambda: rows[row].__setitem__(column, word),
        lambda: [line.__setitem__(column, word) for line in rows[1:]],
        lambda: [line.insert(column, line.pop(other)) for line in rows[1:]],
        lambda: [line.pop(column) for line in rows],
        lambda: rows.insert(row, rows[row]),
        lambda: rows.__delitem__(slice(row, None)),
        lambda: rows[row].append("7"),
        lambda: rows[row].pop(),
        lambda: rows[0].__setitem__(column, rows[0][other]),
    ]
    generator.choice(ways)()
    return "".join("\t".join(line) + "\n" for line in rows)


def damage_array(path: Path, generator: random.Random) -> None:
    """Give codes another type, shape or value."""
    codes = np.load(path)
    ways: list[Callable[[], np.ndarray]] = [
        lambda: codes.astype(generator.choice([np.int64, bool, complex, "U3", np.float32])),
        lambda: np.where(np.arange(codes.size).reshape(codes.shape) == generator.randrange(codes.size), 99, codes),
        lambda: codes[..., None],
        lambda: codes.reshape(-1),
        lambda: codes[:-1],
        lambda: codes[:, :0],
    ]
    np.save(path, generator.choice(ways)())


def damage_model(path: Path, generator: random.Random) -> None:
    """Change the metadata of a model file, or its weights."""
    with safe_open(path, "np") as stream:
        weights = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
        facts = stream.metadata()[KEY]
    name = generator.choice(list(weights))
    ways: list[Callable[[], Any]] = [
        lambda: weights.pop(name),
        lambda: weights.__setitem__(name, weights[name] * np.nan),
        lambda: weights.__setitem__(name, np.stack([weights[name]] * 2)),
    ]
    if generator.random() < 0.3:
        generator.choice(ways)()
    else:
        facts = damage_json(json.loads(facts), generator)
    path.write_bytes(save(weights, {KEY: facts}))


def damage(path: Path, generator: random.Random) -> None:
    """Damage a file by its kind, or its bytes whatever it is."""
    content = path.read_bytes()
    if generator.random() < 0.3 or {".fa", ".bw", ".tif", ".fai"} & set(path.suffixes):
        path.write_bytes(damage_bytes(content, generator))
    elif path.suffix == ".json":
        path.write_text(damage_json(json.loads(content), generator))
    elif path.suffix == ".npy":
        damage_array(path, generator)
    elif path.suffix == ".safetensors":
        damage_model(path, generator)
    elif path.suffix == ".vcf":
        head, start, rest = content.decode().partition("#CHROM")
        path.write_text(head + damage_table(start + rest, generator))
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(damage_table(gzip.decompress(content).decode(), generator).encode()))
    else:
        path.write_text(damage_table(content.decode(), generator))


CASES = [(verb, name) for verb in VERBS for name in verb[1].values()]


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("verb", "name"), CASES, ids=[f"{verb[0]}-{name}" for verb, name in CASES])
def test_a_damaged_file_is_refused_in_one_line_or_does_not_matter(
    whole: dict[str, bytes], verb: Any, name: str, seed: int, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    outputs = list(verb[3].values())
    for file, content in whole.items():
        if file not in outputs:
            (tmp_path / file).write_bytes(content)
    damage(tmp_path / name, random.Random(f"{verb[0]} {name} {seed}"))
    before = {path.name for path in tmp_path.iterdir()}
    monkeypatch.chdir(tmp_path)
    code = call(verb[0], *verb[1:])
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ERROR: ")]
    after = {path.name for path in tmp_path.iterdir()} - before
    assert (code, len(errors)) in ((0, 0), (2, 1))
    assert after >= set(outputs) if code == 0 else after <= KEPT.get(verb[0], set())
    assert all(len(line) < 1000 for line in errors)
