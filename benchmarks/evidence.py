"""What a newcomer gets on real data: `evidence.py run DATA CORES [SET]`, `evidence.py draw`.

`run` trains the block that the README shows, and nothing more, on every set of a folder, or on one of them, each with
its published test split or in folds, into `build/evidence/<kind>/<set>`. It puts a row for each into
`benchmarks/evidence.tsv`: the networks, the best baseline on the same test examples with the paired difference, the
best motif, and the seconds of all trainings together. `draw` makes the picture and the table of `docs/measured.md` of
that table.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TABLE, PAGE, PICTURE = HERE / "evidence.tsv", ROOT / "docs/measured.md", ROOT / "docs/evidence.svg"
FOLDER = ROOT / "build" / "evidence"
KEY = ["kind", "set"]
Sets = Iterator[tuple[str, dict[str, Any]]]

GENOME = "sacCer3"
YEAST = {
    "reference": GENOME,
    "split": {"strategy": "chromosomes", "validation": ["chrII", "chrXII"], "test": ["chrIV", "chrIX", "chrXIII"]},
    "motifs": {"taxa": ["fungi"]},
}
LEAST_SCORE = {"Reb1": 500}  # as in the README; all sites of the others
UNITS = ("track", "field", "well", "plate")  # columns of cells that are alike, the first that a table has
CONTROLS = {"prom": "non_prom", "tata": "non_prom"}  # end of a file of promoters to that of its negatives


def yeast(folder: Path) -> Sets:
    """Yield the README's block for every factor: `sacCer3.fa.gz`, `peaks/<factor>.bed`."""
    references = {GENOME: {"mirrors": [str(folder / "sacCer3.fa.gz")]}}
    for path in sorted((folder / "peaks").glob("*.bed")):
        sites = {"path": str(path)} | ({"min_score": LEAST_SCORE[path.stem]} if path.stem in LEAST_SCORE else {})
        yield path.stem, {"references": references, "experiment": YEAST | {"sites": {path.stem: sites}}}


def deepbind(folder: Path) -> Sets:
    """Yield the published split of every pair `<name>_AC.seq.gz`, `<name>_B.seq.gz`."""
    columns = {"sequence_column": "seq", "id_column": "EventID", "label_columns": {"bound": "Bound"}}
    for path in sorted(folder.glob("*_AC.seq.gz")):
        pair = {"train": path, "test": path.with_name(path.name.replace("_AC.", "_B."))}
        files = [{"path": str(file), "split": split, **columns} for split, file in pair.items()]
        experiment = {"sequences": files, "negatives": {"strategy": "dinucleotide_shuffle"}}
        yield path.name.split("_")[0], {"experiment": experiment | {"motifs": {"taxa": ["vertebrates"]}}}


def promoters(folder: Path) -> Sets:
    """Yield five folds of every pair `<name>_prom.fa.gz` or `<name>_tata.fa.gz`, `<name>_non_prom.fa.gz`."""
    for path in sorted(folder.glob("*.fa.gz")):
        name, _, end = path.name.removesuffix(".fa.gz").partition("_")
        if end in CONTROLS:
            pair = {1: path, 0: path.with_name(f"{name}_{CONTROLS[end]}.fa.gz")}
            files = [{"path": str(file), "labels": {"promoter": value}} for value, file in pair.items()]
            yield name, {"experiment": {"sequences": files, "split": {"strategy": "random_folds"}}}


def cells(folder: Path) -> Sets:
    """Yield folds of every `<name>/cells.tsv`, five where every class has as many units, which are in one fold each."""
    for path in sorted(folder.glob("*/cells.tsv")):
        table = pd.read_csv(path, sep="\t", dtype=str)
        unit = next(column for column in UNITS if column in table)
        folds = min(5, int(table.groupby("label")[unit].nunique().min()))
        split = {"strategy": "grouped_folds", "by": [unit], "folds": folds}
        experiment = {"cells": {"path": str(path)}, "groups": [unit], "split": split}
        yield path.parent.name, {"data": "image", "experiment": experiment}


# Folder of DATA to the sets in it; `data` is image for those that are not of sequences.
KINDS: dict[str, Callable[[Path], Sets]] = {"yeast": yeast, "deepbind": deepbind, "cnnprom": promoters, "cells": cells}


def run(data: Path, cores: str, wanted: str) -> None:
    """Run all sets, or the wanted one, and put their rows into the table."""
    found = [(kind, name, block) for kind, sets in KINDS.items() for name, block in sets(data / kind)]
    chosen = [one for one in found if wanted in ("", one[1])]
    if not chosen:
        sys.exit(f"SET={wanted}: not in {data}; it has {', '.join(name for _, name, _ in found) or 'none'}")
    for kind, name, block in chosen:
        results = FOLDER / kind / name
        train(results, name, block, cores)
        put({"kind": kind, "set": name, **row(results, name, ROWS[data_of(block)])})
    draw()


def data_of(block: dict[str, Any]) -> str:
    """Return the kind of data of a set's experiment: sequence or image."""
    return block.get("data", "sequence")


def configuration(results: str, name: str, block: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of one set."""
    experiments = {data_of(block): {name: block["experiment"]}}
    return {"results": results, "references": block.get("references", {}), "experiments": experiments}


def train(results: Path, name: str, block: dict[str, Any], cores: str) -> None:
    """Run the workflow as far as the table of scores."""
    results.mkdir(parents=True, exist_ok=True)
    relative = str(results.relative_to(ROOT))
    path = results / "config.yaml"
    path.write_text(yaml.safe_dump(configuration(relative, name, block), sort_keys=False), encoding="utf-8")
    target = f"{relative}/{ROWS[data_of(block)].table}"
    command = ["snakemake", target, "--cores", cores, "--rerun-incomplete", "--show-failed-logs"]
    subprocess.run([*command, "--configfile", str(path)], cwd=ROOT, check=True)


def sequence_row(table: pd.DataFrame) -> dict[str, Any]:
    """Return the figures of `scores.tsv`."""
    scores = table.iloc[0]
    differences = [column for column in scores.index if column.endswith("_difference")]
    best = max((column.removesuffix("_difference") for column in differences), key=lambda method: scores[method])
    same = ["metric", "n", "model", "model_low", "model_high"]
    return {
        **{column: scores[column] for column in same},
        "baseline": best,
        "baseline_value": scores[best],
        **{f"difference{end}": scores[f"{best}_difference{end}"] for end in ENDS},
        "p": scores[f"{best}_p"],
        "mcc": scores.get("model_mcc"),
        "motif": scores.get("motif"),
        "motif_q": scores.get("motif_q"),
    }


def image_row(table: pd.DataFrame) -> dict[str, Any]:
    """Return the figures of `cells.tsv`: of all cells, each tested once."""
    methods = table.set_index("method")
    model = methods.loc["model"]
    best = methods["accuracy"].where(methods["accuracy_difference"].notna()).idxmax()
    return {
        "metric": "accuracy",
        "n": model["n"],
        **{f"model{end}": model[f"accuracy{end}"] for end in ENDS},
        "baseline": best,
        "baseline_value": methods.loc[best, "accuracy"],
        **{f"difference{end}": methods.loc[best, f"accuracy_difference{end}"] for end in ENDS},
        "ece": model["ece_scaled"],
    }


def classic_channels(model: Path) -> tuple[int, int]:
    """Return how many channels of the first layer are nearer to a classic kernel than untrained ones, of how many."""
    from convoscope import modelfile
    from convoscope.interpretation.attribution.image_summary import first_layer_filters, likenesses

    network, facts = modelfile.load(model)
    found = likenesses(first_layer_filters(network), facts, UNTRAINED, seed=1)
    return int((found["q_value"] <= LARGEST_Q).sum()), len(found)


def image_networks(models: list[Path]) -> dict[str, Any]:
    """Return the channels of the first layer that look like a classic kernel, of the network with the fewest."""
    channels, total = min(map(classic_channels, models))
    return {"classic_channels": channels, "channels": total}


class Row(NamedTuple):
    """The table of scores of one kind of data, the function that reads it, and one that looks at the networks."""

    table: str
    read: Callable[[pd.DataFrame], dict[str, Any]]
    look: Callable[[list[Path]], dict[str, Any]]


ENDS = ("", "_low", "_high")
UNTRAINED, LARGEST_Q = 20, 0.05  # untrained networks to compare with, as in the report
ROWS = {
    "sequence": Row("scores.tsv", sequence_row, lambda models: {}),
    "image": Row("cells.tsv", image_row, image_networks),
}


def row(results: Path, name: str, kind: Row) -> dict[str, Any]:
    """Return the figures of one set, from its table of scores, its networks and the histories of their trainings."""
    histories = sorted((results / name).glob("*/*/history.tsv"))
    seconds = sum(pd.read_csv(path, sep="\t")["seconds"].sum() for path in histories)
    found = kind.read(pd.read_csv(results / kind.table, sep="\t"))
    found |= kind.look(sorted((results / name).glob("*/*/model.safetensors")))
    return {**found, "networks": len(histories), "training_s": round(seconds)}


def put(found: dict[str, Any]) -> None:
    """Write a row of the table in place of the one of the same set, in the order of kinds and names."""
    rows = pd.DataFrame([found])
    if TABLE.exists():
        rows = pd.concat([pd.read_csv(TABLE, sep="\t"), rows])
    kept = rows.drop_duplicates(KEY, keep="last").sort_values(KEY, kind="stable")
    kept.to_csv(TABLE, sep="\t", index=False, float_format="%.4g")


def draw() -> None:
    """Draw the paired differences, and write the table into the page."""
    import matplotlib

    from convoscope.report.style import BLUE, MUTED, STYLE, WIDTH

    table = pd.read_csv(TABLE, sep="\t")
    places = range(len(table))[::-1]
    with matplotlib.rc_context(STYLE):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH, 0.8 + 0.25 * len(table)), layout="constrained")
        axes = figure.subplots()
        ends = [table["difference"] - table["difference_low"], table["difference_high"] - table["difference"]]
        axes.errorbar(table["difference"], places, xerr=ends, fmt="o", color=BLUE, markersize=4)
        axes.axvline(0, color=MUTED, linewidth=1)
        axes.set_yticks(places, [f"{one.set} ({one.kind})" for one in table.itertuples()])
        axes.set_xlabel("network − best baseline, with 95 % interval (paired)")
        figure.savefig(PICTURE, metadata={"Date": None})
    fill(markdown(table))


def markdown(table: pd.DataFrame) -> str:
    """Return the table of the page."""
    head = [
        "set",
        "n",
        "metric",
        "network",
        "best baseline",
        "difference",
        "MCC",
        "best motif",
        "first layer",
        "seconds of training",
    ]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for one in table.itertuples():
        interval = f"{one.difference:+.3f} [{one.difference_low:+.3f}, {one.difference_high:+.3f}]"
        motif = "–" if pd.isna(one.motif_q) else f"{one.motif} (q {one.motif_q:.0e})"
        mcc = "–" if pd.isna(one.mcc) else f"{one.mcc:.3f}"
        classic = "–" if pd.isna(one.classic_channels) else f"{one.classic_channels:.0f} of {one.channels:.0f}"
        lines.append([f"{one.set} ({one.kind})", f"{one.n:,}", one.metric, f"{one.model:.3f}",
                      f"{one.baseline_value:.3f} ({one.baseline})", interval, mcc, motif, classic,
                      f"{one.training_s:,} ({one.networks})"])  # fmt: skip
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def fill(content: str) -> None:
    """Replace what is between two comments of the page."""
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition("<!-- evidence -->\n")
    _, end, after = rest.partition("<!-- end -->")
    PAGE.write_text(f"{before}{mark}\n{content}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", data, cores, *names] if len(names) < 2:
            run(Path(data).resolve(), cores, names[0] if names else "")
        case ["draw"]:
            draw()
        case _:
            sys.exit(__doc__)
