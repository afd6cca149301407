"""The first page: a card for each experiment, with the questions that its readers have and the pages that answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from convoscope.errors import InputError
from convoscope.report.index.entries import Entry

CODE = re.compile(r"`([^`]+)`")
MOST = 5  # pictures of a card


class Question(NamedTuple):
    """What a reader asks, the items that answer it, the best first, and what to do where there is none."""

    asked: str
    items: tuple[str, ...]
    missing: str


QUESTIONS = {
    "sequence": (
        Question("Is it better than k-mers?", ("forest", "metrics", "sanity"), "no baseline was measured"),
        Question("Which motifs did it learn?", ("gallery", "matches", "modisco", "recovery"), "no motif was read off"),
        Question("Where on the genome?", ("loci", "tracks", "predicted", "places"), "add `tracks` or `regions`"),
        Question("What do my variants do?", ("variants", "variants_table", "second_network", "mutation_maps"),
                 "add `variants` with a VCF file"),
        Question("How sure is it?", ("calibration", "learning", "scores"), "labels are no classes: read the intervals"),
    ),
    "image": (
        Question("Is it better than brightness and simple filters?", ("forest", "metrics", "sanity"),
                 "no baseline was measured"),
        Question("Does it hold on new proteins, wells or plates?", ("ladder", "audit", "class_counts"),
                 "name columns under `ladder`"),
        Question("Which of them, and which cells, fail?", ("votes", "confusion", "mistakes"), "no class was called"),
        Question("What does it look at?", ("image_maps", "patches", "classes", "embedding", "control"),
                 "nothing was looked at"),
        Question("Can I apply it to my cells?", ("model_card", "predicted_cells", "montage"), "there is no model card"),
    ),
}  # fmt: skip
PICTURES = {
    "sequence": ("gallery", "forest", "tracks", "mutation_maps", "variants", "positions", "learning"),
    "image": ("votes", "confusion", "image_maps", "embedding", "ladder", "forest"),
}
# Steps of the workflow: key of overview.json, heading, the pages that show it.
STEPS = (
    ("examples", "Examples", ("counts",)),
    ("splitting", "Split", ("places", "class_counts")),
    ("training", "Training", ("learning",)),
    ("testing", "Test", ("forest",)),
    ("reading", "What it learned", ("gallery", "image_maps")),
)


def cards(
    overviews: Iterable[Mapping[str, Any]], entries: Sequence[Entry], findings: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return what the template shows of every experiment.

    Parameters
    ----------
    overviews
        Content of each ``overview.json``.
    entries
        All sections of the report.
    findings
        What each section finds, by its name.

    Raises
    ------
    InputError
        If an experiment has no section.
    """
    return [_card(overview, entries, findings) for overview in overviews]


def _card(overview: Mapping[str, Any], entries: Sequence[Entry], findings: Mapping[str, str]) -> dict[str, Any]:
    """Return what the template shows of one experiment."""
    own = [entry for entry in entries if entry.experiment == overview["name"]]
    if not own:
        names = ", ".join(dict.fromkeys(entry.experiment for entry in entries if entry.experiment))
        raise InputError(f"--overviews: {overview['name']!r} has no figure or page; one of {names or 'none'}")
    kind = overview["modality"]
    said = {**findings, **{entry.name: overview["use"] for entry in own if entry.item == "model_card"}}
    pictures = [entry for item in PICTURES[kind] for entry in _of(own, (item,))[:1] if entry.path.suffix == ".svg"]
    return {
        **overview,
        "pictures": pictures[:MOST],
        "cautions": [
            {"found": one["found"], "advice": _marked(one["advice"]), "at": _of(own, (one["item"],))[:1]}
            for one in overview["cautions"]
        ],
        "steps": [
            {"heading": heading, "text": overview["steps"][key], "at": _of(own, items)[:1]}
            for key, heading, items in STEPS
        ],
        "questions": [_answered(question, own, said) for question in QUESTIONS[kind]],
    }


def _of(entries: Sequence[Entry], items: Sequence[str]) -> list[Entry]:
    """Return the sections of some items, in the order of these."""
    return [entry for item in items for entry in entries if entry.item == item]


def _answered(question: Question, entries: Sequence[Entry], findings: Mapping[str, str]) -> dict[str, Any]:
    """Return a question with what the first page of its answers finds, and links to all of them."""
    pages = _of(entries, question.items)
    return {
        "asked": question.asked,
        "answer": findings[pages[0].name] if pages else _marked(question.missing),
        "pages": pages,
    }


def _marked(text: str) -> Markup:
    """Return text with words between backquotes as code.

    >>> print(_marked("add `tracks` & wait"))
    add <code>tracks</code> &amp; wait
    """
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))
