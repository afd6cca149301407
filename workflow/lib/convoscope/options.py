"""The signature of a step as a command line, with help from its docstring."""

import argparse
import inspect
import re
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from convoscope.config import known_keys
from convoscope.errors import InputError, first_error

# Options that mean the same in every verb that has them; a docstring's own words come first.
COMMON = {
    "models": "trained networks, .safetensors or .onnx; several are averaged",
    "model": "one trained network",
    "aliases": "table of contig synonyms, such as UCSC's chromAlias.txt",
    "rename": "contigs under another name in the genome, OLD=NEW each",
    "genome": "reference, FASTA: plain, gzipped or bgzipped",
    "spec": "section of the configuration, as config/README.md describes it",
    "examples": "table of the examples, windows.tsv or crops.tsv",
    "windows": "table of the examples, windows.tsv",
    "codes": "the examples as integers, codes.npy",
    "card": "what the examples are, card.json",
    "metrics": "figures of merit of the experiment, metrics.json",
    "motifs": "filters as motifs, motifs.meme",
    "matches": "filters and their best known motifs, matches.tsv",
    "dropped": "table of what is not used, with its reason",
    "device": "auto, cpu or cuda; auto takes a GPU where there is one",
    "gpus": "number of GPUs that may be used; 0 keeps everything on the CPU",
    "threads": "threads on the CPU",
    "both_strands": "average the scores of both strands",
    "max_unknown": "largest share of unknown letters in a window",
    "figure": "figure to write, SVG; the table that it draws goes beside it as .tsv",
    "html": "page to write",
}


def describe_options(docstring: str) -> dict[str, str]:
    """Return what the section *Parameters* of a numpydoc docstring says of each name."""
    _, _, section = docstring.partition("Parameters\n----------\n")
    section = re.split(r"\n\n\w+\n-+\n", section)[0]
    blocks = re.findall(r"^(\S.*)\n((?:[ ]+.*\n?|\n)+)", section, flags=re.MULTILINE)
    return {name.strip(): " ".join(text.split()) for names, text in blocks for name in names.split(",")}


def read_path(text: str) -> Path:
    """Read a path of this machine; addresses are for the configuration, or for the verb ``download``."""
    if "://" in text and not text.startswith("file://"):
        raise argparse.ArgumentTypeError(f"{text}: an address; fetch it with the verb download, and give the file")
    return Path(text.removeprefix("file://"))


READERS: dict[Any, Callable[[str], Any]] = {Path: read_path}


def add_option(parser: argparse.ArgumentParser, parameter: inspect.Parameter, annotation: Any, text: str) -> None:
    """Turn one keyword parameter of a step into one option.

    ``Path``, ``str``, ``int``, ``float`` take one value, ``list[…]`` several, ``bool`` is a switch, a pydantic
    model takes JSON, and ``… | None`` or a default makes the option optional.
    """
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(kind for kind in typing.get_args(annotation) if kind is not type(None))
    required = parameter.default is inspect.Parameter.empty
    default = None if required else parameter.default
    shown = "" if required or default is None or annotation is bool else f" (default: {default})"
    options: dict[str, Any] = {"dest": parameter.name, "help": (text + shown).strip().replace("%", "%%") or None}
    flag = "--" + parameter.name.replace("_", "-")
    if annotation is bool:
        options |= {"action": "store_true"}
    elif typing.get_origin(annotation) is list:
        kind = typing.get_args(annotation)[0]
        options |= {"nargs": "*", "type": READERS.get(kind, kind), "required": required, "default": default}
    elif inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        options |= {"type": read_section(annotation, flag), "required": required, "default": default, "metavar": "JSON"}
    else:
        options |= {"type": READERS.get(annotation, annotation), "required": required, "default": default}
    parser.add_argument(flag, **options)


def read_section(section: type[BaseModel], flag: str) -> Callable[[str], BaseModel]:
    """Return a reader of one JSON section of the configuration."""

    def read(text: str) -> BaseModel:
        try:
            return section.model_validate_json(text)
        except ValidationError as error:
            raise InputError(f"{flag}: {first_error(error, known_keys())}") from None

    return read


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Refuse a command line."""
        raise InputError(f"{self.prog}: {message}; --help lists the options")


def refuse_shared_paths(options: dict[str, Any]) -> None:
    """Refuse one file for two options: one of them would be written over the other."""
    owners: dict[Path, str] = {}
    for name, value in options.items():
        for path in {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Path)}:
            if path in owners:
                both = " and ".join("--" + one.replace("_", "-") for one in (owners[path], name))
                raise InputError(f"{both}: both are {path}; give each a file of its own")
            owners[path] = name


def build_parser(name: str, step: Callable[..., None]) -> argparse.ArgumentParser:
    """Build the command line of one verb from the signature and the docstring of its step."""
    docstring = inspect.getdoc(step) or ""
    parser = Parser(
        prog=f"convoscope {name}",
        description=docstring.split("\n\n")[0],
        epilog=getattr(inspect.getmodule(step), "EPILOG", None),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    hints, texts = typing.get_type_hints(step), COMMON | describe_options(docstring)
    for parameter in inspect.signature(step).parameters.values():
        add_option(parser, parameter, hints[parameter.name], texts.get(parameter.name, ""))
    return parser
