"""The signature of a function, read from its source: the libraries that its module needs are not imported."""

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def read_function(path: Path, name: str) -> tuple[list[ast.stmt], ast.FunctionDef]:
    """Return the statements of a module before a function, and that function.

    Raises
    ------
    LookupError
        If the module has no function of the name.
    """
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for number, node in enumerate(body):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return body[:number], node
    raise LookupError(f"{path}: no function {name}")


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


def _only(node: ast.stmt, wanted: set[str]) -> ast.stmt:
    """Return an import of the wanted names alone; every other statement as it is."""
    if not isinstance(node, ast.ImportFrom):
        return node
    kept = [alias for alias in node.names if (alias.asname or alias.name) in wanted]
    return ast.copy_location(ast.ImportFrom(node.module, kept, node.level), node)


def outline_function(path: Path, name: str, module: str, constants: Sequence[str] = ()) -> Callable[..., None]:
    """Return a function with the signature and docstring of one in a file, which does nothing.

    Of the file only what the signature and the named ``constants`` need is run.

    Parameters
    ----------
    path, name
        Where the function is.
    module
        Name that the function says it comes from.
    constants
        Names of the file that its ``__globals__`` hold as well, where the file has them.
    """
    before, function = read_function(path, name)
    wanted, kept = _used_names(function.args) | set(constants), list[ast.stmt]()
    for node in reversed(before):
        if _bound_names(node) & wanted:
            kept.insert(0, _only(node, wanted))
            wanted |= _used_names(node)
    function.body, function.returns = function.body[:1], None  # the docstring
    found: dict[str, Any] = {"__name__": module}
    exec(compile(ast.Module([*kept, function], []), str(path), "exec"), found)
    return found[name]
