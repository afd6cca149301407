"""Write what is generated: the JSON schema, the tables of config/README.md, the manifest, docs/formats.md."""

import sys
from pathlib import Path
from typing import Any

import yaml

from convoscope.config import Config
from convoscope.files import replacing

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


def tables() -> str:
    """Render one Markdown table per section of the configuration."""
    whole = Config.model_json_schema()
    blocks = []
    for name, section in {"Config": whole, **dict(reversed(whole["$defs"].items()))}.items():
        required = section.get("required", [])
        rows = [row(key, field, key in required) for key, field in section["properties"].items()]
        head = (
            f"### {name}\n\n{section.get('description', '')}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
        )
        blocks.append(head + "\n".join(rows) + "\n")
    return "\n".join(blocks)


def readme(text: str) -> str:
    """Replace the generated part of config/README.md."""
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


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


def generated() -> dict[Path, str]:
    """Return every generated file with its content."""
    table = ROOT / "config" / "README.md"
    return {
        LIB / "MANIFEST": manifest(),
        ROOT / "workflow" / "schemas" / "config.schema.yaml": schema(),
        ROOT / "docs" / "formats.md": formats(),
        table: readme(table.read_text(encoding="utf-8")),
    }


def main() -> int:
    """Write all generated files."""
    for path, content in generated().items():
        with replacing(path) as [scratch]:
            scratch.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
