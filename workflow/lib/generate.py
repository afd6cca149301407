"""Write what is generated: the JSON schema, the tables of config/README.md, the manifest, docs/formats.md."""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import yaml
from pydantic import TypeAdapter

from convoscope.config import Config
from convoscope.config.recipe import CELLS, DEEPBIND, OTHERS
from convoscope.files import replacing
from convoscope.models import MODELS, factory, option_names
from convoscope.options import describe_options

LIB = Path(__file__).parent
ROOT = LIB.parents[1]
BEGIN, END = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"


def manifest() -> str:
    """List the package's files, one a line, as the Snakefile registers them."""
    kinds = (".py", ".typed", ".j2")
    files = sorted(p.relative_to(LIB).as_posix() for p in (LIB / "convoscope").rglob("*") if p.suffix in kinds)
    return "\n".join(files) + "\n"


def schema() -> str:
    """Render the configuration's JSON schema."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Configuration of Convoscope"}
    return yaml.safe_dump({**head, **Config.model_json_schema(), "title": head["title"]}, sort_keys=False, width=120)


def kind(field: dict[str, Any]) -> str:
    """Describe the type of one key in a few words."""
    if "anyOf" in field:
        return " or ".join(kind(option) for option in field["anyOf"] if option.get("type") != "null")
    if "$ref" in field:
        return f"[{field['$ref'].rsplit('/', 1)[-1]}](#{field['$ref'].rsplit('/', 1)[-1].lower()})"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {kind(field['items'])}"
    if field.get("type") == "object":
        values = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), None)
        return f"name: {kind(values)}" if isinstance(values, dict) else "names and values"
    limits = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {field[key]}" for key, sign in limits.items() if key in field]
    return " ".join([field.get("type", "any"), *bounds])


def row(name: str, field: dict[str, Any], required: bool) -> str:
    """Render one key as a row of a Markdown table."""
    default = field.get("default")
    shown = "**required**" if required else "" if default in (None, {}, []) or "$ref" in field else f"`{default}`"
    shown = shown.replace("`True`", "`true`").replace("`False`", "`false`")
    return f"| `{name}` | {kind(field)} | {shown} | {field.get('description', '')} |".replace(" |  |", " | |")


def referred(schema: dict[str, Any]) -> list[str]:
    """Return the names of the sections that a part of the schema refers to, in its order."""
    if "$ref" in schema:
        return [schema["$ref"].rsplit("/", 1)[-1]]
    inner = [part for value in schema.values() for part in (value if isinstance(value, list) else [value])]
    return [name for part in inner if isinstance(part, dict) for name in referred(part)]


def reading_order(schema: dict[str, Any], sections: dict[str, Any], seen: list[str]) -> list[str]:
    """Return the sections' names so that each follows the one that first refers to it."""
    for name in referred(schema.get("properties", {})):
        if name not in seen:
            seen.append(name)
            reading_order(sections[name], sections, seen)
    return seen


HEAD = "| key | type | default | meaning |\n|---|---|---|---|\n"


def tables() -> str:
    """Render one Markdown table per section of the configuration."""
    whole = Config.model_json_schema()
    sections = {name: whole["$defs"][name] for name in reading_order(whole, whole["$defs"], [])}
    blocks = []
    for name, section in {"Config": whole, **sections}.items():
        required = section.get("required", [])
        rows = [row(key, field, key in required) for key, field in section["properties"].items()]
        blocks.append(f"### {name}\n\n{section.get('description', '')}\n\n{HEAD}" + "\n".join(rows) + "\n")
    return "\n".join(blocks)


def model_options(name: str) -> str:
    """Render what one network is, and its options as a table."""
    build = factory(name)
    text = inspect.getdoc(build) or ""
    first = text.split("\n\n")[0].removeprefix("Build ").replace("\n", " ")
    told, hints = describe_options(text), get_type_hints(build, include_extras=True)
    rows = []
    for option in option_names(name):
        default = inspect.signature(build).parameters[option].default
        field = TypeAdapter(hints[option]).json_schema() | {"description": told[option].replace("``", "`")}
        rows.append(row(option, field | {"default": list(default) if isinstance(default, tuple) else default}, False))
    return f"### {name}\n\n{first[0].upper()}{first[1:]}\n\n{HEAD}" + "\n".join(rows) + "\n"


OPTIONS = """## Options of the networks

Keys of `model.options`. The first six networks are for sequences, the others for images; the defaults are those of the
publication where it gives them.

"""


RECIPE = """## The recipe

Settings of networks that are left out are chosen by the training data of the fold: how many positives it
has, whether windows are centred on sites, whether negatives are shuffles, and, for listed sequences without the key
`strands`, whether positives are *oriented*: whether their base counts by position differ from those of their reverse
complements by more than twice what chance does, as those of promoters do. Oriented sequences, and windows read in the
direction of their site, are *aligned*. Tested examples take no part.

A key that is written has the value that is written; with `epochs` but no `steps`, steps do not end the training. The
log of the training, the model file (`recipe`, `situation`, `training`) and the model card say what was chosen.

"""


def recipe() -> str:
    """Render the rules of the recipe as tables."""
    head = "| key that is left out | value |\n|---|---|\n"
    parts = {
        "`deepbind`, the default network": DEEPBIND,
        "The other networks on sequences": OTHERS,
        "Networks on images": CELLS,
    }
    tables = [
        f"{title}:\n\n{head}" + "".join(f"| `{rule.key}` | {rule.words} |\n" for rule in rules)
        for title, rules in parts.items()
    ]
    return RECIPE + "\n".join(tables)


def readme(text: str) -> str:
    """Replace the generated part of config/README.md."""
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    networks = OPTIONS + "\n".join(map(model_options, MODELS))
    return f"{before}{BEGIN}\n{recipe()}\n## Keys\n\n{tables()}\n{networks}\n{END}{after}"


FORMATS = """# Input files

What is read, what is refused, and how each flavour is understood. Every row is a test (`tests/formats`), from which
this page is generated. What a file was taken for is said in the log of its step; rows that cannot be used are listed
in `dropped.tsv` with their reason.
"""


def formats() -> str:
    """Render one table per kind of input file from the rows that the tests read."""
    sys.path.insert(0, str(ROOT / "tests" / "formats"))
    from flavours import FLAVOURS

    page = FORMATS
    for kind in dict.fromkeys(one.kind for one in FLAVOURS):
        page += f"\n## {kind.capitalize()}\n\n| flavour | from | what happens |\n|---|---|---|\n"
        page += "".join(f"| {one.name} | {one.source} | {one.meaning} |\n" for one in FLAVOURS if one.kind == kind)
    return page


TABLE = ROOT / "config" / "README.md"
# Every generated file, and what makes its content.
GENERATED: dict[Path, Callable[[], str]] = {
    LIB / "MANIFEST": manifest,
    ROOT / "workflow" / "schemas" / "config.schema.yaml": schema,
    ROOT / "docs" / "formats.md": formats,
    TABLE: lambda: readme(TABLE.read_text(encoding="utf-8")),
}


def main() -> int:
    """Write all generated files."""
    for path, content in {path: made() for path, made in GENERATED.items()}.items():
        with replacing(path) as [scratch]:
            scratch.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
