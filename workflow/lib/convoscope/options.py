"""The signature of a step as a command line, with help from its docstring."""

import argparse
import difflib
import inspect
import json
import re
import types
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, TypeAdapter, ValidationError

from convoscope.config import known_keys
from convoscope.config.base import Seed
from convoscope.download.addresses import redacted_json
from convoscope.errors import InputError, first_error
from convoscope.files import open_text

# A file or folder that a step reads: it has to be there before the libraries of the step are imported.
Input = Annotated[Path, "read"]

# Options that mean the same in every verb that has them; a docstring's own words come first.
COMMON = {
    "models": "Trained networks, .safetensors or .onnx; their predictions are averaged.",
    "model": "Trained network, model.safetensors.",
    "aliases": "Table of contig synonyms, such as UCSC's chromAlias.txt.",
    "rename": "Contigs that have another name in the genome, OLD=NEW each.",
    "genome": "Reference genome, FASTA: plain, gzipped or bgzipped.",
    "spec": "Section of the configuration as JSON; config/README.md describes the keys.",
    "naming": "Section motifs of the configuration as JSON; config/README.md describes the keys.",
    "examples": "Table of the examples, windows.tsv or crops.tsv.",
    "windows": "Table of the examples, windows.tsv.",
    "codes": "The examples as integers, codes.npy.",
    "card": "Description of the examples, card.json.",
    "metrics": "Metrics of the experiment, metrics.json.",
    "motifs": "Learned motifs, motifs.meme, or those of single filters, filters.meme.",
    "matches": "What the motifs resemble: motifs.tsv, for filters.meme matches.tsv.",
    "dropped": "Table to write of the rows that are not used, with the reason.",
    "fold": "Fold of the card: holdout, or the name of one of several.",
    "device": "Where torch computes; auto takes a GPU if there is one.",
    "gpus": "Number of GPUs that may be used; 0 keeps everything on the CPU.",
    "threads": "Number of threads on the CPU.",
    "both_strands": "Average the scores of both strands.",
    "max_unknown": "Largest share of unknown letters in a window.",
    "figure": "Figure to write, SVG; its data are written next to it as .tsv.",
    "html": "Page to write, HTML.",
}


def describe_options(docstring: str) -> dict[str, str]:
    """Return what the section *Parameters* of a numpydoc docstring says of each name."""
    _, _, section = docstring.partition("Parameters\n----------\n")
    section = re.split(r"\n\n\w+\n-+\n", section)[0]
    blocks = re.findall(r"^(\S.*)\n((?:[ ]+.*\n?|\n)+)", section, flags=re.MULTILINE)
    return {name.strip(): " ".join(text.split()) for names, text in blocks for name in names.split(",")}


def _read_path(text: str) -> Path:
    """Read a path of this machine; addresses are for the configuration, or for the verb ``download``."""
    if "://" in text and not text.startswith("file://"):
        raise argparse.ArgumentTypeError(f"{text}: an address; fetch it with the verb download, and give the file")
    return Path(text.removeprefix("file://"))


READERS: dict[Any, Callable[[str], Any]] = {Path: _read_path}


def flag_of(parameter: inspect.Parameter) -> str:
    """Return the flag of a keyword of a step; the name alone of what needs none, because it is no keyword only."""
    needs_flag = parameter.kind is inspect.Parameter.KEYWORD_ONLY
    return "--" + parameter.name.replace("_", "-") if needs_flag else parameter.name


def _add_option(parser: argparse.ArgumentParser, parameter: inspect.Parameter, annotation: Any, text: str) -> None:
    """Turn one parameter of a step into one option; into an argument without a flag if it is no keyword only.

    ``Path``, ``str``, ``int``, ``float`` take one value, ``Literal`` one of a few, ``list[…]`` several,
    ``bool`` is a switch, a pydantic model takes JSON, and ``… | None`` or a default makes the option optional.
    """
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(kind for kind in typing.get_args(annotation) if kind is not type(None))
    required = parameter.default is inspect.Parameter.empty
    default = None if required else parameter.default
    shown = "" if required or default in (None, "") or annotation is bool else f" (default: {default})"
    options: dict[str, Any] = {"dest": parameter.name, "help": (text + shown).strip().replace("%", "%%") or None}
    flag = flag_of(parameter)
    if annotation is bool:
        options |= {"action": "store_true"}
    elif typing.get_origin(annotation) is list:
        [kind] = typing.get_args(annotation)
        options |= {"nargs": "*", **_reader(kind, flag), "required": required, "default": default}
    elif inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        options |= {"type": read_section(annotation, flag), "required": required, "default": default, "metavar": "JSON"}
    else:
        options |= {**_reader(annotation, flag), "required": required, "default": default}
    if not flag.startswith("-"):
        options = {name: value for name, value in options.items() if name not in ("dest", "required")}
    parser.add_argument(flag, **options)


def _reader(kind: Any, flag: str) -> dict[str, Any]:
    """Return what argparse is given to read one value of a kind, one of a few words or any."""
    if typing.get_origin(kind) is not Literal:
        return {"type": READERS.get(kind, kind)}
    choices = typing.get_args(kind)
    return {"type": _read_choice(choices, flag), "metavar": "{" + ",".join(choices) + "}"}


def _read_choice(choices: Sequence[str], flag: str) -> Callable[[str], str]:
    """Return a reader of one of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            raise InputError(f"{flag}: {text!r}; one of {', '.join(choices)}")
        return text

    return read


def read_section(section: type[BaseModel], flag: str) -> Callable[[str], BaseModel]:
    """Return a reader of one JSON section of the configuration, without credentials unless it is fetched from there."""
    fetched = "mirrors" in section.model_fields

    def read(text: str) -> BaseModel:
        try:
            return section.model_validate_json(text if fetched else _without_credentials(text))
        except ValidationError as error:
            raise InputError(f"{flag}: {first_error(error, known_keys())}") from None

    return read


def _without_credentials(text: str) -> str:
    """Return JSON with the addresses in it redacted; what is no JSON as it is."""
    try:
        return redacted_json(json.loads(text))
    except ValueError:
        return text


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse unknown options first: a misspelt one is also a missing one."""
        words = [re.sub("=.*", "", word, flags=re.DOTALL) for word in args or []]
        options = [word for word in words if re.fullmatch(r"--[\w-]+", word)]
        unknown = [option for option in options if option not in self._option_string_actions]
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Refuse a command line; for an unknown option propose the most similar one."""
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        known = re.findall(r"--[\w-]+", self.format_usage())
        close = difflib.get_close_matches(unknown.group(1), known, 1) if unknown else []
        raise InputError(
            f"{self.prog}: {message}; " + (f"did you mean {close[0]}?" if close else "--help lists the options")
        )


def _paths_of(value: Any) -> list[Path]:
    """Return the paths among the values of an option, each once."""
    return list(dict.fromkeys(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Path)))


def refuse_shared_paths(options: dict[str, Any]) -> None:
    """Refuse one file for two options: one of them would be written over the other."""
    owners: dict[Path, str] = {}
    for name, value in options.items():
        for path in _paths_of(value):
            if path in owners:
                both = " and ".join("--" + one.replace("_", "-") for one in (owners[path], name))
                raise InputError(f"{both}: both are {path}; give each a file of its own")
            owners[path] = name


def is_input(annotation: Any) -> bool:
    """Tell whether an option names what is read: ``Input``, also in a list or optional."""
    return annotation == Input or any(is_input(part) for part in typing.get_args(annotation))


def _refuse_missing(step: Callable[..., None], options: dict[str, Any]) -> None:
    """Refuse an `Input` that is not there."""
    hints = typing.get_type_hints(step, include_extras=True)
    for name, parameter in inspect.signature(step).parameters.items():
        for path in _paths_of(options.get(name)) if is_input(hints[name]) else []:
            if not path.exists():
                raise InputError(f"{flag_of(parameter)}: {path}: no such file or folder; give an existing one")


def _refuse_seeds(step: Callable[..., None], options: dict[str, Any]) -> None:
    """Refuse a seed that the configuration would refuse."""
    hints = typing.get_type_hints(step, include_extras=True)
    for name, parameter in inspect.signature(step).parameters.items():
        if hints[name] == Seed:
            try:
                TypeAdapter(Seed).validate_python(options[name])
            except ValidationError as error:
                raise InputError(f"{flag_of(parameter)}: {first_error(error)}") from None


def expand_files(arguments: Sequence[str]) -> list[str]:
    """Replace every argument ``@FILE`` by what the file holds: the words of a JSON list or one a line, or a section.

    One argument of a command may have 128 KiB, of which a thousand labels take more. An argument that begins with
    ``@`` but names no file is left as it is.
    """
    expanded = list[str]()
    for argument in arguments:
        path = Path(argument[1:])
        if argument.startswith("@") and path.is_file():
            with open_text(path) as stream:
                expanded += _words_of(stream.read())
        else:
            expanded.append(argument)
    return expanded


def _words_of(text: str) -> list[str]:
    r"""Return the arguments that the content of a file stands for.

    >>> _words_of('["a.bed", "b c.bed"]'), _words_of("a.bed\nb c.bed\n"), _words_of('{"filters": 8}')
    (['a.bed', 'b c.bed'], ['a.bed', 'b c.bed'], ['{"filters": 8}'])
    """
    if text.lstrip().startswith("{"):
        return [text]
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    return [str(word) for word in content] if isinstance(content, list) else text.splitlines()


def read_options(name: str, step: Callable[..., None], arguments: Sequence[str]) -> dict[str, Any]:
    """Read the command line of one verb, whose step may be an outline; the files that it reads are there."""
    options = vars(build_parser(name, step).parse_args(expand_files(arguments)))
    refuse_shared_paths(options)
    _refuse_missing(step, options)
    _refuse_seeds(step, options)
    return options


def build_parser(name: str, step: Callable[..., None]) -> argparse.ArgumentParser:
    """Build the command line of one verb from the signature and the docstring of its step."""
    docstring = (inspect.getdoc(step) or "").replace("`", "")
    parser = Parser(
        prog=f"convoscope {name}",
        description=docstring.split("\n\n")[0],
        epilog=step.__globals__.get("EPILOG"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    hints, texts = typing.get_type_hints(step), COMMON | describe_options(docstring)
    for parameter in inspect.signature(step).parameters.values():
        _add_option(parser, parameter, hints[parameter.name], texts.get(parameter.name, ""))
    return parser
