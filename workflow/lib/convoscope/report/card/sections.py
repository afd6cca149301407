"""The sections of a model card, each from facts to blocks of a document."""

from collections.abc import Callable, Mapping

import pandas as pd

from convoscope.config.tasks import TASKS
from convoscope.reasons import DELIBERATE, kinds
from convoscope.report.card.facts import Facts, counted, named
from convoscope.report.card.kinds import KINDS
from convoscope.report.card.limits import limits
from convoscope.report.card.performance import performance
from convoscope.report.document import Block, Bullets, Code, Grid, Heading, Text
from convoscope.report.frames import counts_frame, flatten
from convoscope.report.html import integer, probability, seconds
from convoscope.report.measures import chief_metrics, differences_table, measures_table, performance_finding
from convoscope.report.style import fold_name, fold_order

MOTIFS = 20  # rows of the table of motifs


def pairs(rows: Mapping[str, str]) -> Grid:
    """Return a table of names and what they are."""
    return Grid(pd.DataFrame(list(rows.items()), columns=["fact", "value"]))


def summary(facts: Facts) -> list[Block]:
    """Say in a sentence what the networks do and how well."""
    kind, task = KINDS[facts.card["modality"]], facts.card["task"]
    several, one = counted(len(facts.networks), "network"), len(facts.networks) == 1
    finding = performance_finding(
        measures_table(facts.metrics), differences_table(facts.metrics), chief_metrics(facts.metrics["task"])[0]
    )
    return [
        Heading(f"Model card: {facts.name}", 1),
        Text(f"{several} of the architecture `{facts.first['architecture']}`. Input: {kind.reads(facts)}."),
        Text(f"{'It predicts' if one else 'They predict'} {TASKS[task].output}: {named(facts.labels)}."),
        Text(f"**{finding}.**"),
        Text("Written from the experiment's files, after Mitchell et al. 2019 (doi:10.1145/3287560.3287596)."),
    ]


def model(facts: Facts) -> list[Block]:
    """Say what exactly the networks are."""
    kind, work = KINDS[facts.card["modality"]], facts.layers[["parameters", "multiply_adds"]].sum()
    options = ", ".join(f"{name} {value}" for name, value in flatten(facts.options)) or "the architecture's defaults"
    seeds = named([str(seed) for seed in facts.spec["seeds"]])
    folds = list(dict.fromkeys(str(network["fold"]) for network in facts.networks))
    strands = {"strands": "both, one score"} if facts.both_strands else {}
    return [
        Heading("The model"),
        pairs(
            {"architecture": f"`{facts.first['architecture']}`; options: {options}", "input": kind.reads(facts)}
            | strands
            | {
                "output": f"{TASKS[facts.card['task']].output} (`{facts.card['task']}`): {named(facts.labels, 30)}",
                "parameters": f"{integer(work['parameters'])} per network",
                "multiply-adds": f"{integer(work['multiply_adds'])} per {kind.example}",
                "networks": f"{len(facts.networks)} (seeds: {seeds}; folds: {named(folds)}), averaged over seeds",
                "versions": ", ".join(f"{name} {value}" for name, value in facts.first["versions"].items()),
            }
        ),
    ]


def data(facts: Facts) -> list[Block]:
    """Say what the networks learned from and how it was split."""
    kind = KINDS[facts.card["modality"]]
    ordered = {fold: facts.card["counts"][fold] for fold in fold_order(list(facts.card["counts"]))}
    counts = counts_frame(ordered).set_index("fold").rename(index=fold_name).T
    written = counts.map(lambda value: integer(value) if value == round(value) else f"{value:,.4g}")
    written = written.rename_axis(index="count", columns=None).reset_index()
    inputs = pd.DataFrame([(f"`{name}`", f"`{value}`") for name, value in facts.card["inputs"].items()])
    unused = unused_rows(facts.dropped)
    blocks: list[Block] = [
        Heading("Data"),
        Text(f"{kind.split(facts)} {kind.negatives(facts)} {unused}"),
        Grid(written, list(written.columns[1:])),
    ]
    return [*blocks, Grid(inputs.set_axis(["input", "sha256"], axis=1))] if len(inputs) else blocks


def unused_rows(reasons: pd.Series) -> str:
    """Say how many input rows could not be used, and how many were left out because the configuration asks for it."""
    asked = int(kinds(reasons).isin(DELIBERATE).sum())
    lost = len(reasons) - asked
    said = f"{counted(lost, 'input row')} could not be used." if lost else "Every row was used."
    return f"{said} {counted(asked, 'input row')} left out: below `min_score`." if asked else said


def training(facts: Facts) -> list[Block]:
    """Say how the networks were trained."""
    settings = {name: value for name, value in facts.spec["training"].items() if value is not None}
    epochs = [int(history["epoch"].max()) for history in facts.histories if len(history)]
    span = "–".join(str(end) for end in dict.fromkeys([min(epochs), max(epochs)])) if epochs else "0"
    spent = sum(float(history["seconds"].sum()) for history in facts.histories)
    devices = sorted({str(device) for history in facts.histories for device in history["device"].dropna()})
    said = f"{span} epochs per network, {seconds(spent)} in all on {named(devices)}."
    return [
        Heading("Training"),
        Text(said),
        Text("; ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings.items()) + "."),
    ]


def use(facts: Facts) -> list[Block]:
    """Say what the networks are for and what not to believe."""
    kind = KINDS[facts.card["modality"]]
    return [
        Heading("Intended use"),
        Text(kind.use(facts) + " Not tested on anything but the data above, nor for any decision about a patient."),
        Heading("Limits"),
        Bullets(limits(facts)),
    ]


def motifs(facts: Facts) -> list[Block]:
    """Name the known motifs that filters resemble, one row per motif."""
    if facts.matches is None:
        return []
    named_ones = facts.matches[facts.matches["q_value"] <= facts.spec["motifs"]["q_value"]]
    rows = []
    for (name, matrix), part in named_ones.groupby(["motif_name", "motif_id"], sort=False):
        best = part.loc[part["q_value"].idxmin()]
        row = {"motif": str(name), "matrix": str(matrix), "filters": str(len(part)), "q": probability(best["q_value"])}
        if "reproducible" in part:
            row["reproducible"] = "yes" if (part["reproducible"] == "yes").any() else "no"
        rows.append(row)
    said = f"{len(named_ones)} of {len(facts.matches)} filters resemble a known motif"
    more = f"; the first {MOTIFS} of {len(rows)} motifs, the most influential first." if len(rows) > MOTIFS else "."
    table: list[Block] = [Grid(pd.DataFrame(rows[:MOTIFS]), ["filters", "q"])] if rows else []
    return [Heading("Motifs found"), Text(said + more), *table]


def files(facts: Facts) -> list[Block]:
    """List every model file with its checksum."""
    rows = [(f"`{file.name}`", f"{file.size:,}", f"`{file.sha256}`") for file in facts.files]
    said = "Each file holds weights and all metadata; `.onnx` gives the same scores without torch's weights, on a CPU."
    return [
        Heading("Files"),
        Text(f"{said} {TASKS[facts.card['task']].scores}"),
        Grid(pd.DataFrame(rows, columns=["file", "bytes", "sha256"]), ["bytes"]),
    ]


def shell_lines(command: str) -> str:
    """Return a command with every option on a line of its own."""
    return f"python -m convoscope {command}".replace(" --", " \\\n  --")


def how(facts: Facts) -> list[Block]:
    """Show how to use the files on another machine."""
    kind = KINDS[facts.card["modality"]]
    commands = "\n\n".join(shell_lines(command) for command in kind.commands(facts))
    return [
        Heading("How to use it"),
        Text("With the package (`pip install .` in a checkout), beside the files above; `.onnx` works as well:"),
        Code(commands),
        kind.snippet(facts),
    ]


SECTIONS: tuple[Callable[[Facts], list[Block]], ...] = (
    summary, model, data, training, performance, use, motifs, files, how,
)  # fmt: skip


def model_card(facts: Facts) -> list[Block]:
    """Return the whole card."""
    return [block for section in SECTIONS for block in section(facts)]
