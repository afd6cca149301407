"""The verbs of the command line, read from the source of ``steps/`` and not imported: most import torch.

So help, wrong options and missing files are answered at once.
"""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

STEPS = Path(__file__).with_name("steps")
VERBS = sorted(path.stem.replace("_", "-") for path in STEPS.glob("*.py") if path.stem != "__init__")
# The verbs for users; all others are steps of the workflow.
GROUPS = {
    "use a trained network": (
        "predict-bed",
        "predict-fasta",
        "predict-genome",
        "predict-variants",
        "predict-cells",
        "objects",
        "layers",
        "export-onnx",
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


def _read_step(verb: str) -> tuple[list[ast.stmt], ast.FunctionDef]:
    """Return the statements of ``steps/<verb>.py`` before the function of the same name, and that function."""
    name = verb.replace("-", "_")
    body = ast.parse((STEPS / f"{name}.py").read_text(encoding="utf-8")).body
    number = next(i for i, node in enumerate(body) if isinstance(node, ast.FunctionDef) and node.name == name)
    step = body[number]
    assert isinstance(step, ast.FunctionDef)
    return body[:number], step


def summary(verb: str) -> str:
    """Return the first sentence of a verb's docstring."""
    return (ast.get_docstring(_read_step(verb)[1]) or "").partition("\n")[0].replace("`", "")


def overview() -> str:
    """Return the verbs by group, one a line."""
    width = max(map(len, VERBS)) + 2
    parts = [
        f"{name}:\n" + "\n".join(f"  {verb:{width}}{summary(verb)}" for verb in verbs)
        for name, verbs in grouped().items()
    ]
    return "usage: convoscope VERB …\n       convoscope VERB --help\n\n" + "\n\n".join(parts)


def _bound_names(node: ast.stmt) -> set[str]:
    """Return the names that an import or an assignment binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _used_names(node: ast.AST) -> set[str]:
    """Return the names that code reads.

    >>> sorted(_used_names(ast.parse("x: list[Path] = y.z")))
    ['Path', 'list', 'x', 'y']
    """
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def outline(verb: str) -> Callable[..., None]:
    """Return a function with the signature and docstring of a verb, which does nothing.

    Of its module only what the signature (and a constant ``EPILOG``, which ends the help) needs is run.
    """
    before, step = _read_step(verb)
    wanted, kept = _used_names(step.args) | {"EPILOG"}, list[ast.stmt]()
    for node in reversed(before):
        if _bound_names(node) & wanted:
            kept.insert(0, node)
            wanted |= _used_names(node)
    step.body = step.body[:1]  # the docstring
    found: dict[str, Any] = {"__name__": f"convoscope.steps.{step.name}"}
    exec(compile(ast.Module([*kept, step], []), str(STEPS / f"{step.name}.py"), "exec"), found)
    return found[step.name]
