"""Print measures of the package's structure with their targets: ``make structure``.

Lines, names and imports are read from the source alone; the help of options needs the package.
"""

import argparse
import ast
import io
import sys
import tokenize
import tomllib
from collections import Counter
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

LIB = Path(__file__).parent
ROOT = LIB.parents[1]


class Row(NamedTuple):
    """A measure, its value, what it should be, and examples of what it counts."""

    name: str
    value: str
    target: str = ""
    examples: str = ""


class Module(NamedTuple):
    """A module of the package by its dotted name, as text and as a tree."""

    name: str
    path: Path
    text: str
    tree: ast.Module


def read_package(folder: Path) -> list[Module]:
    """Read every module below the folder of a package; names begin with the folder's own."""
    modules = []
    for path in sorted(folder.rglob("*.py")):
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        modules.append(Module(name, path, text, ast.parse(text)))
    return modules


def line_kinds(module: Module) -> Counter[str]:
    """Count lines of code, documentation (docstrings) and comments that have a line to themselves."""
    kinds: Counter[str] = Counter()
    docs = {line for node in ast.walk(module.tree) for line in doc_lines(node)}
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        lines = range(token.start[0], token.end[0] + 1)
        if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip():
            kinds["comment"] += 1
        elif token.type not in BLANK:
            code |= set(lines) - docs
    kinds["code"], kinds["doc"] = len(code), len(docs)
    kinds["all"] = module.text.count("\n")
    return kinds


BLANK = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def doc_lines(node: ast.AST) -> range:
    """Return the lines of the docstring of a module, class or function."""
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) or ast.get_docstring(node) is None:
        return range(0)
    first = node.body[0]
    return range(first.lineno, (first.end_lineno or first.lineno) + 1)


def function_lengths(modules: list[Module]) -> list[int]:
    """Return the lines of every function from ``def`` to its end, without its docstring and blank lines."""
    lengths = []
    for module in modules:
        lines = module.text.splitlines()
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                own = set(range(node.lineno, (node.end_lineno or node.lineno) + 1)) - set(doc_lines(node))
                lengths.append(sum(bool(lines[number - 1].strip()) for number in own))
    return lengths


def definitions(module: Module) -> set[str]:
    """Return the names of the functions and classes that a module defines at its top."""
    return {node.name for node in module.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def shared_names(modules: list[Module]) -> tuple[dict[str, int], int]:
    """Return the public names that several modules define, with their number, and how many definitions there are.

    ``draw``, by which every item of the report is called, is one name on purpose.
    """
    counts = Counter(name for module in modules for name in definitions(module) - {"draw"} if name[0] != "_")
    return {name: count for name, count in counts.most_common() if count > 1}, counts.total()


def private_share(modules: list[Module]) -> float:
    """Return the share of functions and classes whose name begins with an underscore."""
    names = [name for module in modules for name in definitions(module)]
    return sum(name.startswith("_") for name in names) / max(len(names), 1)


def imports(module: Module, known: set[str]) -> set[str]:
    """Return the modules of the package that a module imports, also inside functions, but not for types alone."""
    found, waiting = set[str](), list[ast.AST]([module.tree])
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & known or {node.module}
            found |= {node.module} if inner - known else set()
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr)]  # which import nothing
    return (found & known) - {module.name}


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Return the sets of modules that import each other, directly or through others."""
    reached = {name: reachable(name, graph) for name in graph}
    found = {frozenset({name} | {other for other in reached[name] if name in reached[other]}) for name in graph}
    return [set(group) for group in found if len(group) > 1]


def reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Return all modules that a module imports, directly or through others."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def upward(graph: dict[str, set[str]], layers: list[str]) -> list[str]:
    """Return imports of a layer that is above, or of another room of the same layer (``a | b``, as import-linter)."""
    level = {room.strip(): number for number, line in enumerate(layers) for room in line.split("|")}

    def room(name: str) -> str:
        return [*name.split("."), ""][1]

    return sorted(
        f"{source} → {target}"
        for source, targets in graph.items()
        for target in targets
        if room(source) != room(target) and {room(source), room(target)} <= level.keys()
        and level[room(source)] >= level[room(target)]
    )  # fmt: skip


def read_layers() -> list[str]:
    """Return the layers of the package from the contract in pyproject.toml, the upper first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    return contract["layers"]


def options_without_help() -> list[str]:
    """Return the options of verbs that their help does not explain."""
    from convoscope.__main__ import VERBS, load_verb
    from convoscope.options import build_parser

    return [
        f"{verb} --{action.dest.replace('_', '-')}"
        for verb in VERBS
        for action in build_parser(verb, load_verb(verb))._actions
        if action.option_strings and not action.help
    ]


def repeated_files(modules: list[Module]) -> dict[str, int]:
    """Return the file names that several folders have, but ``__init__.py``."""
    counts = Counter(module.path.name for module in modules if module.path.name != "__init__.py")
    return {name: count for name, count in counts.most_common() if count > 1}


def listed(names: dict[str, int] | list[str], most: int) -> str:
    """Return the first names as text, with their numbers where they have one."""
    words = [f"{name} ×{count}" for name, count in names.items()] if isinstance(names, dict) else names
    return ", ".join(words[:most]) + (", …" if len(words) > most else "")


def size_rows(modules: list[Module], rules: Path) -> list[Row]:
    """Measure how much there is."""
    kinds = sum((line_kinds(module) for module in modules), Counter[str]())
    lengths = function_lengths(modules)
    files = sorted(rules.glob("*.smk"))
    lines = sum(path.read_text(encoding="utf-8").count("\n") for path in files)
    verbs = [module for module in modules if module.name.split(".")[1:2] == ["steps"] and module.name.count(".") == 2]
    ninth = quantiles(lengths, n=10)[-1] if len(lengths) > 1 else 0
    return [
        Row("verbs", str(len(verbs)), "≤ 40"),
        Row("rule files", str(len(files)), "≤ 13"),
        Row("lines of rules", f"{lines:,}", "≤ 1,450"),
        Row("lines of the package", f"{kinds['all']:,}", "≤ 26,500"),
        *(Row(f"  {kind}", f"{kinds[kind]:,}") for kind in ("code", "doc", "comment")),
        Row("lines of functions, p50 / p90 / max", f"{median(lengths):.0f} / {ninth:.0f} / {max(lengths)}"),
    ]


def name_rows(modules: list[Module], most: int) -> list[Row]:
    """Measure how names tell modules apart."""
    shared, every = shared_names(modules)
    files = repeated_files(modules)
    return [
        Row("definitions whose name is shared", f"{sum(shared.values()) / every:.1%}", "< 8 %", listed(shared, most)),
        Row("private functions and classes", f"{private_share(modules):.0%}", "≥ 30 %"),
        Row("file names of several folders", str(len(files)), "", listed(files, most)),
    ]


def import_rows(modules: list[Module], layers: list[str], most: int) -> list[Row]:
    """Measure whether imports point down."""
    known = {module.name for module in modules}
    graph = {module.name: imports(module, known) for module in modules}
    round_trips, up = [" ↔ ".join(sorted(group)) for group in circles(graph)], upward(graph, layers)
    return [
        Row("import circles", str(len(round_trips)), "0", listed(round_trips, most)),
        Row("upward imports", str(len(up)), "0", listed(up, most)),
    ]


def render(rows: list[Row]) -> str:
    """Lay rows out in columns."""
    widths = [max(len(row[number]) for row in rows) for number in range(3)]
    lines = []
    for row in rows:
        cells = f"{row.name:<{widths[0]}}  {row.value:>{widths[1]}}  {row.target:<{widths[2]}}  {row.examples}"
        lines.append(cells.rstrip())
    return "\n".join(lines)


def main() -> int:
    """Print the measures of this repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=3, help="of what a measure counts, at most")
    most = parser.parse_args().examples
    modules = read_package(LIB / "convoscope")
    missing = options_without_help()
    rows = [Row("", "now", "target"), *size_rows(modules, ROOT / "workflow" / "rules"), *name_rows(modules, most)]
    rows += import_rows(modules, read_layers(), most)
    rows += [Row("options without help", str(len(missing)), "0", listed(missing, most))]
    sys.stdout.write(render(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
