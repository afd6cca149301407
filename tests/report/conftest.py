"""Made-up artifacts of a whole experiment, with the look of real ones, for every figure to draw."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import legibility
import numpy as np
import pandas as pd
import pytest
from blank_copies import copies_are_blank  # noqa: F401

LABELS = ("Reb1", "Abf1", "Rap1", "Cbf1", "Fkh1_exo_replicate_merged_2021")
LENGTH = 201


def write(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, sep="\t", index=False)
    return path


def make_windows(
    generator: np.random.Generator, labels: tuple[str, ...], n: int, folds: int, genomic: bool
) -> pd.DataFrame:
    sizes = {
        f"chr{name}": int(size) for name, size in zip(ROMAN, generator.integers(230_000, 1_532_000, 17), strict=True)
    }
    chrom = generator.choice(list(sizes), n, p=np.array(list(sizes.values())) / sum(sizes.values()))
    start = np.array([generator.integers(0, sizes[name] - LENGTH) for name in chrom])
    truth = np.zeros((n, len(labels)))
    positive = generator.random(n) < 0.5
    truth[np.arange(n), generator.integers(0, len(labels), n)] = positive
    truth[positive & (generator.random(n) < 0.1), -1] = 1
    numbers = {name: k % folds for k, name in enumerate(sizes)}
    named = {"chrIV": "test", "chrIX": "test", "chrXIII": "test", "chrVII": "validation"}
    fold = [str(numbers[c]) if folds > 1 else named.get(c, "train") for c in chrom]
    frame = pd.DataFrame(
        {
            "id": [f"{c}:{s}-{s + LENGTH}#{k}" for k, (c, s) in enumerate(zip(chrom, start, strict=True))],
            "chrom": chrom if genomic else "",
            "start": start if genomic else 0,
            "end": start + LENGTH if genomic else LENGTH,
            "strand": ".",
            "origin": np.where(positive, "site", "gc_matched") if genomic else "given",
            "parent": "",
            "group": [f"{c}:{s // 100_000}" for c, s in zip(chrom, start, strict=True)],
            "fold": fold,
        }
    )
    return frame.assign(**{label: truth[:, k] for k, label in enumerate(labels)}), sizes


ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "M"]


def make_codes(generator: np.random.Generator, n: int) -> np.ndarray:
    gc = np.clip(generator.normal(0.39, 0.05, n), 0.15, 0.8)[:, None]
    draws = generator.random((n, LENGTH))
    weak = np.where(generator.random((n, LENGTH)) < 0.5, 0, 3)
    strong = np.where(generator.random((n, LENGTH)) < 0.5, 1, 2)
    return np.where(draws < gc, strong, weak).astype(np.uint8)


def make_history(generator: np.random.Generator, epochs: int) -> pd.DataFrame:
    epoch = np.arange(1, epochs + 1)
    train = 0.2 + 0.5 * np.exp(-epoch / 5) + generator.normal(0, 0.004, epochs)
    held = 0.3 + 0.4 * np.exp(-epoch / 4) + 0.0012 * (epoch - 8).clip(0) ** 1.5 + generator.normal(0, 0.01, epochs)
    parts = []
    for split, loss in (("train", train), ("validation", held)):
        metric = np.nan if split == "train" else 1 - loss / 2.4
        parts.append(
            pd.DataFrame(
                {
                    "epoch": epoch,
                    "split": split,
                    "loss": loss,
                    "metric": metric,
                    "seconds": 2.6,
                    "examples_per_second": 3200.0,
                    "device": "cpu",
                    "learning_rate": 0.001,
                }
            )
        )
    return pd.concat(parts)


def make_predictions(
    generator: np.random.Generator, windows: pd.DataFrame, labels: tuple[str, ...], folds: int
) -> pd.DataFrame:
    rows = []
    for label in labels:
        score = 1 / (1 + np.exp(-(generator.normal(0, 1.3, len(windows)) + 4 * windows[label] - 2.2)))
        rows.append(pd.DataFrame({"id": windows["id"], "label": label, "prediction": score.clip(0, 1), "spread": 0.03}))
    table = pd.concat(rows)
    fold = table["id"].map(windows.set_index("id")["fold"])
    if folds == 1:
        table = table.assign(fold="holdout", split=fold)[fold != "train"]
        return table[["id", "fold", "split", "label", "prediction", "spread"]]
    tested = table.assign(fold=fold, split="test")
    return tested[["id", "fold", "split", "label", "prediction", "spread"]]


def triple(value: float, half: float, **more: float) -> dict[str, float | None]:
    return {"value": round(value, 4), "low": round(value - half, 4), "high": round(value + half, 4)} | more


def make_metrics(generator: np.random.Generator, labels: tuple[str, ...], folds: list[str]) -> dict:
    every = [*labels, *(["mean"] if len(labels) > 1 else [])]
    names = ["auroc", "auprc", "binary_accuracy", "sensitivity", "specificity", "precision", "f1", "mcc"]

    def block(shift: float) -> dict:
        return {
            label: {name: triple(min(0.97, 0.93 - shift + generator.normal(0, 0.02)), 0.02, n=812) for name in names}
            for label in every
        }

    gain = {
        name: {
            label: {metric: triple(shift + generator.normal(0, 0.02), 0.03, p=0.012) for metric in names}
            for label in every
        }
        for name, shift in (("gc", 0.35), ("kmer", 0.04))
    }
    return {
        "task": "multilabel",
        "model": block(0.0),
        "baselines": {"gc": block(0.35), "kmer": block(0.04)},
        "differences": gain,
        "thresholds": {"model": {label: dict.fromkeys(folds, 0.4) for label in labels}},
        "confidence": 0.95,
        "bootstrap": 1000,
        "groups": dict.fromkeys(every, 40),
    }


def make_curves(generator: np.random.Generator, labels: tuple[str, ...]) -> pd.DataFrame:
    parts = []
    for method, power in (("model", 0.08), ("gc", 0.9), ("kmer", 0.14)):
        for label in labels:
            x = np.linspace(0, 1, 120)
            y = np.maximum.accumulate(np.clip(x**power + generator.normal(0, 0.01, 120), 0, 1))
            precision = np.clip(1 - 0.85 * x ** (0.6 / power / 2) + generator.normal(0, 0.01, 120), 0.1, 1)
            for curve, values in (("roc", np.r_[0, y[1:-1], 1]), ("pr", precision)):
                parts.append(pd.DataFrame({"method": method, "label": label, "curve": curve, "x": x, "y": values}))
    return pd.concat(parts)


def make_matrix(generator: np.random.Generator, consensus: str, strength: float) -> np.ndarray:
    matrix = np.full((len(consensus), 4), (1 - strength) / 4)
    for row, letter in enumerate(consensus):
        if letter in "ACGT":
            matrix[row, "ACGT".index(letter)] += strength
        else:
            matrix[row] = generator.dirichlet([4] * 4)
    return matrix / matrix.sum(axis=1, keepdims=True)


def meme_text(matrices: dict[str, np.ndarray]) -> str:
    lines = [
        "MEME version 4",
        "",
        "ALPHABET= ACGT",
        "",
        "strands: + -",
        "",
        "Background letter frequencies",
        "A 0.25 C 0.25 G 0.25 T 0.25",
        "",
    ]
    for name, matrix in matrices.items():
        lines += [f"MOTIF {name}", f"letter-probability matrix: alength= 4 w= {len(matrix)} nsites= 120 E= 0"]
        lines += [" ".join(f"{value:.6f}" for value in row) for row in matrix] + [""]
    return "\n".join(lines)


# consensus of the filter, its match, where the filter starts in the match, strand
KNOWN = [
    ("TTACCCGG", "REB1", "NNTTACCCGNN", 2, "+"),
    ("NCGTATATAGTGANN", "ABF1", "NNATCATTATATACGAN", 1, "-"),
    ("CACCCATACATNNN", "RAP1", "NCACCCATACATN", 1, "+"),
    ("NNTCACGTGA", "CBF1", "TCACGTGA", -2, "+"),
    ("GTAAACAANN", "FKH1", "NNGTAAACAANN", 2, "+"),
]


def make_motifs(generator: np.random.Generator, labels: tuple[str, ...], filters: int, folder: Path) -> dict[str, Path]:
    matrices, targets, rows, details, places = {}, {}, [], [], []
    for number in range(40):
        known = KNOWN[number] if number < len(KNOWN) else None
        consensus = known[2] if known else "".join(generator.choice(list("ACGTN"), 10))
        targets[f"MA{number:04d}.1"] = (
            known[1] if known else f"OTHER{number}",
            make_matrix(generator, consensus, 0.85),
        )
    for number in range(filters):
        name = f"holdout.{1 + number % 3}.f{number:03d}"
        known = KNOWN[number % len(KNOWN)] if number % 4 else None
        consensus = known[0] if known else "".join(generator.choice(list("ACGTNNN"), 14))
        matrices[name] = make_matrix(generator, consensus, 0.8 if known else 0.4)
        place = number % len(KNOWN) if known else 9
        influence = generator.normal(0, 0.02, len(labels))
        influence[place % len(labels)] += (0.4 if known else 0.1) / (1 + number / 3)
        sites = int(generator.integers(20, 900))
        rows.append(
            {"filter": name, **{f"influence:{label}": value for label, value in zip(labels, influence, strict=True)},
             "influence": np.abs(influence).max(), "sites": sites, "information": generator.uniform(6, 14),
             "motif_id": f"MA{place:04d}.1", "motif_name": targets[f"MA{place:04d}.1"][0],
             "p_value": 1e-9 if known else 0.01, "q_value": 3.2e-7 if known else 0.41,
             "offset": known[3] if known else -2, "overlap": 8, "strand": known[4] if known else "+",
             "networks": 3 if known else 1, "reproducible": "yes" if known else "no"}
        )  # fmt: skip
        details.append({"filter": name, "sites": sites, "length": len(consensus), "consensus": consensus})
        spread = 12 if known else 200
        where = np.clip(generator.normal(95, spread, sites).round(), 0, LENGTH - len(consensus)).astype(int)
        position, hits = np.unique(where, return_counts=True)
        places.append(
            pd.DataFrame({"filter": name, "strand": "+", "centre": position + len(consensus) / 2, "hits": hits})
        )
    columns = ["filter", "influence", "sites", "information", "motif_id", "motif_name", "p_value", "q_value", "offset",
               "overlap", "strand", "networks", "reproducible"]  # fmt: skip
    matches = pd.DataFrame(rows, columns=None if rows else columns)
    if rows:
        matches = matches.sort_values("influence", ascending=False)
    (folder / "motifs.meme").write_text(meme_text(matrices))
    database = {f"{key} {name}": matrix for key, (name, matrix) in targets.items()}
    (folder / "database.meme").write_text(meme_text(database))
    none = pd.DataFrame(columns=["filter", "strand", "centre", "hits"])
    merged = matches[matches["q_value"] <= 0.05] if rows else matches  # each named filter as a motif of its own
    numbers = [f"M{rank}" for rank in range(1, len(merged) + 1)]
    motif_table = merged.assign(motif=numbers, consensus="N", filters=1, members=merged["filter"], shifts="0")
    return {
        "motifs": folder / "motifs.meme",
        "database": folder / "database.meme",
        "matches": write(matches, folder / "matches.tsv"),
        "motif_table": write(motif_table, folder / "motifs.tsv"),
        "filters": write(
            pd.DataFrame(details, columns=None if details else ["filter", "length"]), folder / "filters.tsv"
        ),
        "positions": write(pd.concat(places) if places else none, folder / "positions.tsv"),
    }


def make_experiment(
    folder: Path,
    labels: tuple[str, ...] = LABELS,
    n: int = 3000,
    folds: int = 1,
    genomic: bool = True,
    filters: int = 30,
) -> SimpleNamespace:
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(7)
    windows, sizes = make_windows(generator, labels, n, folds, genomic)
    np.save(folder / "codes.npy", make_codes(generator, n))
    names = [str(k) for k in range(folds)] if folds > 1 else ["holdout"]
    values = sorted(set(windows["fold"]))
    counts = {
        fold: {"examples": int((windows["fold"] == fold).sum())}
        | {label: int(windows.loc[windows["fold"] == fold, label].sum()) for label in labels}
        for fold in values
    }
    card = {
        "modality": "sequence", "alphabet": "dna", "unknown": "uniform", "window": LENGTH, "task": "multilabel",
        "labels": list(labels), "counts": counts,
        "folds": {name: {"train": [], "validation": [], "test": []} for name in names},
        "inputs": {f"resources/yeast/peaks/{label}.bed": "a3" * 32 for label in labels},
        "versions": {"convoscope": "0.1.0", "python": "3.11.9"},
    }  # fmt: skip
    (folder / "card.json").write_text(json.dumps(card))
    (folder / "metrics.json").write_text(json.dumps(make_metrics(generator, labels, names)))
    dropped = pd.DataFrame(
        [(f"peaks/{label}.bed", line, label, "chrM 10 20", reason) for label in labels for line, reason in
         enumerate(["blacklist"] * 7 + ["out_of_bounds"] * 2 + ["duplicate"] * 31 + ["too_many_unknown_bases"], 1)],
        columns=["source", "line", "label", "row", "reason"],
    )  # fmt: skip
    edges = np.linspace(0.2, 0.7, 11)
    wanted = generator.integers(20, 400, 10)
    bins = [f"{low:.2f}-{high:.2f}" for low, high in itertools.pairwise(edges)]
    negatives = pd.DataFrame({"bin": bins, "requested": wanted, "obtained": wanted.clip(max=330)})
    lengths = folder / "chrom.sizes"
    pd.Series(sizes).to_csv(lengths, sep="\t", header=False)
    histories = []
    for name in names:
        for seed in (1, 2, 3):
            path = folder / name / str(seed) / "history.tsv"
            path.parent.mkdir(parents=True)
            histories.append(write(make_history(generator, 18 + seed), path))
    return SimpleNamespace(
        folder=folder,
        windows=write(windows, folder / "windows.tsv"),
        codes=folder / "codes.npy",
        card=folder / "card.json",
        metrics=folder / "metrics.json",
        sizes=lengths if genomic else None,
        dropped=write(dropped, folder / "dropped.tsv"),
        negatives=write(negatives, folder / "negatives.tsv"),
        predictions=write(make_predictions(generator, windows, labels, folds), folder / "predictions.tsv.gz"),
        curves=write(make_curves(generator, labels), folder / "curves.tsv"),
        histories=histories,
        **make_motifs(generator, labels, filters, folder),
    )


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[..., SimpleNamespace]:
    """Return a function that writes the artifacts of one experiment and returns their paths."""
    return lambda **options: make_experiment(tmp_path / "experiment", **options)


@pytest.fixture(autouse=True)
def every_figure_can_be_read() -> Iterator[None]:
    """Fail where a figure that a test draws has text that is small, outside, or over other text."""
    with legibility.reading() as found:
        yield
    lines = [f"{title}: {line}" for title, every in found.items() for line in every]
    assert not lines, "\n".join(lines)
