"""Write what a user of the trained networks must know."""

from pathlib import Path

from convoscope import modelfile
from convoscope.artifacts import read_choices, read_metrics
from convoscope.config import ImageExperiment, Section, SequenceExperiment
from convoscope.dataset import read_card, require_match
from convoscope.errors import InputError
from convoscope.files import digest, replacing, write_json
from convoscope.options import Input, read_section
from convoscope.report.card import write_card
from convoscope.report.card.facts import AUDIT, HISTORY, LAYERS, MATCHES, Facts, ModelFile
from convoscope.tables import read_table

EXPERIMENTS: dict[str, type[Section]] = {"sequence": SequenceExperiment, "image": ImageExperiment}


def model_card(
    *,
    name: str,
    models: list[Input],
    exchanged: list[Input] | None = None,
    examples: Input,
    card: Input,
    dropped: Input,
    metrics: Input,
    layers: Input,
    histories: list[Input],
    matches: Input | None = None,
    audit: Input | None = None,
    best: Input | None = None,
    simulated: bool = False,
    spec: str,
    markdown: Path,
    html: Path,
    overview: Path | None = None,
) -> None:
    """Write the model card of one experiment, as Markdown and as a page.

    Parameters
    ----------
    name
        Name of the experiment.
    models
        Trained networks, model.safetensors.
    exchanged
        The same networks as model.onnx, if there are any.
    dropped
        Table of the rows that are not used, dropped.tsv.
    layers
        Table of the layers, layers.tsv.
    histories
        Loss and metric by epoch, a history.tsv per network.
    matches
        Motifs and the known motifs most similar to them, motifs.tsv, for sequences.
    audit
        Findings of the verb audit, audit.tsv, for images.
    best
        Settings that a search chose in every fold, best.json of the verb search-table.
    simulated
        Say that the data are simulated.
    spec
        Configuration of the experiment as JSON.
    markdown
        Card to write, Markdown.
    html
        Card to write, HTML.
    overview
        What the first page of the report says of the experiment, to write as JSON.
    """
    content = read_card(card, "modality", "task", "counts", "inputs", "versions")
    if not models:
        raise InputError("--models: none given; at least one model.safetensors")
    networks = [modelfile.describe(path, ["fold", "versions"]) for path in models]
    for path, network in zip(models, networks, strict=True):
        require_match(path, network, content)
    checked = read_section(EXPERIMENTS[content["modality"]], "--spec")(spec)
    facts = Facts(
        name=name,
        card=content,
        spec=checked.model_dump(mode="json"),
        metrics=read_metrics(metrics),
        networks=networks,
        files=[ModelFile("/".join(path.parts[-3:]), path.stat().st_size, digest(path))
               for path in [*models, *(exchanged or [])]],
        layers=read_table(layers, "layers", LAYERS),
        histories=[read_table(path, "history", HISTORY) for path in histories],
        examples=read_table(examples, "examples", real=content["labels"]),
        dropped=read_table(dropped, "dropped", ("reason",))["reason"],
        simulated=simulated,
        matches=None if matches is None else read_table(matches, "matches", MATCHES),
        search=None if best is None else read_choices(best),
        audit=None if audit is None else read_table(audit, "audit", AUDIT),
    )  # fmt: skip
    written = write_card(facts)
    with replacing(markdown, html, *([overview] if overview else [])) as [first, second, *third]:
        first.write_text(written.markdown, encoding="utf-8")
        second.write_text(written.page, encoding="utf-8")
        for path in third:
            write_json(path, written.overview)
