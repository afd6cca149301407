"""The verbs of the command line, read from the source of ``steps/`` and not imported: most import torch.

So help, wrong options and missing files are answered at once.
"""

import ast
import functools
from collections.abc import Callable
from pathlib import Path

from convoscope.signatures import outline_function, read_function

STEPS = Path(__file__).with_name("steps")
VERBS = sorted(path.stem.replace("_", "-") for path in STEPS.glob("*.py") if path.stem != "__init__")
# The verbs for users; all others are steps of the workflow.
GROUPS = {
    "plan a run, and check it": ("init", "plan", "verify"),
    "use a trained network": (
        "predict-bed",
        "predict-fasta",
        "predict-genome",
        "predict-variants",
        "predict-cells",
        "objects",
        "layers",
        "export-onnx",
        "export-tracks",
        "export-h5ad",
    ),
    "train": ("reference", "windows", "sequences", "encode", "crops", "split-cells", "train", "predict", "evaluate"),
}
OTHERS = "steps of the workflow"
# Names of verbs before version 0.1.0, understood for one release.
FORMER = {
    "assign": "split-cells",
    "cell-scores": "score-table",
    "export": "export-one-hot",
    "scores": "score-table",
    "see": "interpret-images",
    "summarise": "experiment-row",
    "summary": "landing-table",
}


def grouped() -> dict[str, list[str]]:
    """Return the verbs of every group, each verb once."""
    named = {verb for verbs in GROUPS.values() for verb in verbs}
    return {**{name: list(verbs) for name, verbs in GROUPS.items()}, OTHERS: [one for one in VERBS if one not in named]}


def _file_of(name: str) -> Path:
    """Return the file of a step."""
    return STEPS / f"{name}.py"


@functools.cache
def summary(verb: str) -> str:
    """Return the first sentence of a verb's docstring."""
    name = verb.replace("-", "_")
    return (ast.get_docstring(read_function(_file_of(name), name)[1]) or "").partition("\n")[0].replace("`", "")


def overview() -> str:
    """Return the verbs by group, one a line."""
    width = max(map(len, VERBS)) + 2
    parts = [
        f"{name}:\n" + "\n".join(f"  {verb:{width}}{summary(verb)}" for verb in verbs)
        for name, verbs in grouped().items()
    ]
    usage = "usage: convoscope VERB …\n       convoscope VERB --help\n\n"
    files = "An argument @FILE stands for the words in a file, one a line or a JSON list, or for a section of JSON.\n\n"
    return usage + files + "\n\n".join(parts)


@functools.cache
def outline(verb: str) -> Callable[..., None]:
    """Return a function with the signature and docstring of a verb, which does nothing.

    Of its module only what the signature (and a constant ``EPILOG``, which ends the help) needs is run.
    """
    name = verb.replace("-", "_")
    return outline_function(_file_of(name), name, f"convoscope.steps.{name}", ["EPILOG"])
