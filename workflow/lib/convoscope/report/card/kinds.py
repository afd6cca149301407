"""The only differences between cards of kinds of data: what goes in, how it was split, how to use the networks."""

from collections.abc import Callable
from typing import Any, NamedTuple

from convoscope.config.strands import strand_facts
from convoscope.config.strategies import CELL_SPLIT_STRATEGIES, NEGATIVE_STRATEGIES, SPLIT_STRATEGIES
from convoscope.models.symmetry import knows_strand
from convoscope.prediction.notices import card_sentences
from convoscope.report.card.facts import Facts, counted, named, values_by_fold
from convoscope.report.document import Code

Say = Callable[[Facts], str]


class Kind(NamedTuple):
    """What a card says of one kind of data.

    ``example`` is the word for one example; ``use`` says what the networks are for, ``limits`` what follows from the
    input alone, ``commands`` and ``snippet`` how to use them from the model files.
    """

    example: str
    reads: Say
    split: Say
    negatives: Say
    use: Say
    limits: Callable[[Facts], list[str]]
    commands: Callable[[Facts], list[str]]
    snippet: Callable[[Facts], Code]


STRANDS = {
    ("both", "forward"): "",
    ("single", "forward"): " of one strand",
    ("single", "site"): " of the strand of their site",
}


def window_input(facts: Facts) -> str:
    """Say what a network for sequences reads."""
    card = facts.card
    unknown = {"uniform": "equal parts of what they stand for", "zero": "zeros"}[card["unknown"]]
    known = strand_facts(card)
    strands = STRANDS.get((known["strands"], known["direction"]), "")
    return f"{card['window']} letters of {card['alphabet'].upper()}{strands}, one-hot; ambiguous letters are {unknown}"


def crop_input(facts: Facts) -> str:
    """Say what a network for images reads."""
    card, settings = facts.card, facts.card["normalise"]
    side = " × ".join(str(number) for number in card["space"])
    scope = {"crop": "each crop alone", "training": "by the training split"}
    how = scope.get(settings["scope"], f"each {settings['scope']} alone")
    return (
        f"crops of {side} pixels, {card['dtype']}, channels {named(card['channel_names'])}; "
        f"normalised {how} ({settings['strategy']})"
    )


def window_split(facts: Facts) -> str:
    """Say how windows were split, and which contigs are where."""
    split = facts.spec["split"]
    words = SPLIT_STRATEGIES[split["strategy"]].words.format(**split)
    places = contigs(facts)
    return words + (f" ({'; '.join(f'{fold}: {named(values, 20)}' for fold, values in places)})." if places else ".")


def contigs(facts: Facts) -> list[tuple[str, list[str]]]:
    """Return the contigs of every fold; nothing for sequences without a place, or where folds share contigs."""
    if "chrom" not in facts.examples or not facts.examples["chrom"].astype(str).any():
        return []
    found = values_by_fold(facts, "chrom")
    return found if all(values for _, values in found) else []


def crop_split(facts: Facts) -> str:
    """Say how crops were split, and how many groups are where."""
    split = facts.spec["split"]
    columns = split["by"]
    words = CELL_SPLIT_STRATEGIES[split["strategy"]].words.format(**split)
    if not columns:
        return words + "; no column of groups was kept together."
    places = "; ".join(f"{fold}: {len(values)} groups" for fold, values in values_by_fold(facts, "group"))
    return f"{words}; cells with the same {' or '.join(columns)} are in one split ({places})."


def window_negatives(facts: Facts) -> str:
    """Say where negatives come from."""
    settings = facts.spec["negatives"]
    ratio = "" if settings["strategy"] == "none" else f", {settings['ratio']:g} per positive"
    return f"Negatives: {NEGATIVE_STRATEGIES[settings['strategy']].words}{ratio} (`{settings['strategy']}`)."


def crop_negatives(facts: Facts) -> str:
    """Say what is not of a class."""
    return f"Negatives: none were added; crops are compared with each other, by {named(facts.spec['labels'])}."


def window_use(facts: Facts) -> str:
    """Say what the networks for sequences are for."""
    return (
        f"Scoring and ranking stretches of {facts.card['alphabet'].upper()} of {facts.card['window']} letters that are "
        "like the examples, predicting along a genome, and comparing the alleles of a variant."
    )


def crop_use(facts: Facts) -> str:
    """Say what the networks for images are for."""
    return (
        "Classifying crops that were taken, cut and normalised like the examples: the same channels in the same order, "
        "about the same magnification, one cell in the middle."
    )


def window_limits(facts: Facts) -> list[str]:
    """Say what follows from the input of networks for sequences."""
    found = [f"Nothing outside of the {facts.card['window']} letters is seen; no other length can be read."]
    if strands_switch(facts, "used"):
        found.append("The networks read one strand; use `--both-strands` to average with the reverse complement.")
    found += card_sentences(facts.first)
    seen = [contig for fold, values in contigs(facts) if fold != "test" for contig in values]
    if seen and facts.spec["split"]["strategy"] == "chromosomes":
        found.append(
            f"Predictions on contigs that trained or stopped the networks ({named(seen, 20)}) are too good there: only "
            "those on the test contigs are honest."
        )
    settings = facts.spec["negatives"]["strategy"]
    if settings != "none":
        found.append(
            f"Figures hold against these negatives (`{settings}`: {NEGATIVE_STRATEGIES[settings].words}), not against "
            "whole genomes, where sites are far rarer."
        )
    return found


def crop_limits(facts: Facts) -> list[str]:
    """Say what follows from the input of networks for images."""
    settings = facts.card["normalise"]
    found = ["Another magnification, camera, stain or way of cutting is another kind of input: test it first."]
    if settings["scope"] not in ("crop", "training"):
        found.append(
            f"Crops of a new {settings['scope']} need figures of their own to be normalised: the networks know those "
            f"of {counted(len(settings['figures']), settings['scope'])} only."
        )
    return found


def pattern(facts: Facts) -> str:
    """Return a pattern of the weights' paths that the shell and Python understand alike."""
    folds = {str(network["fold"]) for network in facts.networks}
    return f"{folds.pop() if len(folds) == 1 else '[0-9]*'}/*/model.safetensors"


def strands_switch(facts: Facts, switch: str) -> str:
    """Return a switch for networks that read one strand of DNA where both mean the same, else nothing."""
    two = facts.card["alphabet"] == "dna" and not knows_strand(facts.first)
    return switch if two and not facts.both_strands else ""


def window_commands(facts: Facts) -> list[str]:
    """Return the commands for networks on sequences."""
    given = f"--models {pattern(facts)} --genome genome.fa" + strands_switch(facts, " --both-strands")
    sites = " --sites sites.bed" if card_sentences(facts.first) else ""
    return [
        f"predict-bed {given} --bed regions.bed --predictions predictions.tsv.gz --dropped dropped.tsv",
        f"predict-genome {given} --folder tracks",
        f"predict-variants {given} --vcf variants.vcf.gz{sites} --scores scores.tsv.gz --annotated annotated.vcf.gz"
        " --dropped dropped.tsv",
    ]


def crop_commands(facts: Facts) -> list[str]:
    """Return the command for networks on images: one network, on crops that the verb ``crops`` has cut."""
    views = " --average-views" if facts.spec["average_views"] else ""
    one = facts.files[0].name
    return [
        f"predict --model {one} --examples crops.tsv --codes codes.npy --card card.json{views}"
        " --predictions predictions.tsv.gz"
    ]


SEQUENCE_SNIPPET = """
from pathlib import Path

from convoscope.prediction import ensemble
from convoscope.sequence.alphabet import encode_many

networks = ensemble.load(sorted(Path().glob("{names}")))
codes = encode_many(["N" * networks.window], networks.alphabet)  # your sequences, upper or lower case
scores = ensemble.scores(networks, codes{strands})
print(networks.labels, ensemble.predictions(networks, scores).mean(0))  # mean over the networks
""".strip()
IMAGE_SNIPPET = """
from pathlib import Path

import torch

from convoscope import modelfile
from convoscope.modality import MODALITIES
from convoscope.training.objectives import objective

network, facts = modelfile.load(Path("{name}"))
encode = MODALITIES["image"].encode(facts, torch.device("cpu"))
crops = torch.zeros(1, facts["channels"], *facts["space"])  # your crops, camera counts as floats
with torch.inference_mode():
    print(facts["labels"], objective(facts["task"]).predict(network(encode(crops))))
""".strip()


def window_snippet(facts: Facts) -> Code:
    """Return the lines of Python for networks on sequences."""
    strands = strands_switch(facts, ", both_strands=True")
    return Code(SEQUENCE_SNIPPET.format(names=pattern(facts), strands=strands), "python")


def crop_snippet(facts: Facts) -> Code:
    """Return the lines of Python for networks on images."""
    return Code(IMAGE_SNIPPET.format(name=facts.files[0].name), "python")


KINDS: dict[Any, Kind] = {
    "sequence": Kind(
        "window", window_input, window_split, window_negatives, window_use, window_limits, window_commands,
        window_snippet,
    ),
    "image": Kind(
        "crop", crop_input, crop_split, crop_negatives, crop_use, crop_limits, crop_commands, crop_snippet
    ),
}  # fmt: skip
