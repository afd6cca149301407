"""The one exception that the user sees, a collector of several, and the wording of what pydantic finds."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

# What pydantic calls a dictionary or a list, as one writes it in YAML.
SHAPES = {
    "model_type": "should be a block of keys, such as {key: value}",
    "dict_type": "should be a block of names, such as {name: value}",
    "list_type": "should be a list, such as [value]",
}

# What patterns of the configuration allow, in words.
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"
RESULTS = r"^[A-Za-z0-9_./-]+$"
SHA256 = r"^[0-9a-fA-F]{64}$"
PATTERNS = {
    NAME: "a name has letters, digits and _ . + - (no spaces), and begins with a letter or a digit",
    RESULTS: "a path of letters, digits and _ . / - (no spaces)",
    SHA256: "a checksum has 64 hexadecimal digits",
}

ERROR = "ERROR: "
MEMORY = "memory: "  # what an error begins with that more memory mends
MAY_PASS = "; this may pass: run it again"  # what an error ends with that is nobody's fault


class InputError(Exception):
    """Bad input, said in one line: ``where: what was found; what is allowed``; a configuration may have several.

    The command line prints each line as ``ERROR: …`` and exits with 2, without a traceback. It does not inherit
    from ``ValueError`` because argparse and pydantic catch those and replace the message by one of their own.
    """


def error_lines(error: InputError) -> str:
    """Return what is printed of an error: ``ERROR: …`` for every line.

    >>> error_lines(InputError("a: 1; 2 is allowed"))
    'ERROR: a: 1; 2 is allowed'
    """
    return "\n".join(f"{ERROR}{line}" for line in str(error).splitlines())


def is_final(line: str) -> bool:
    """Tell whether a printed line is an error that another attempt on the same input would meet again.

    >>> [is_final(line) for line in ("ERROR: a: 1; 2 is allowed", "ERROR: memory: not enough", "10 examples")]
    [True, False, False]
    """
    return line.startswith(ERROR) and not line.startswith(ERROR + MEMORY) and not line.endswith(MAY_PASS)


class Problems:
    """Collects refusals, so that all mistakes of a configuration are reported at once.

    ``left`` are the places of the blocks that need a library which is not installed here.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.left: list[str] = []

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """Record the refusal of the block, if there is one, as ``where: refusal`` and go on; also without a library."""
        try:
            yield
        except InputError as error:
            self.lines += [f"{where}: {line}" for line in str(error).splitlines()]
        except ImportError as error:
            if (error.name or "").startswith("convoscope"):
                raise
            self.left.append(where)

    def refuse(self) -> None:
        """Raise one `InputError` with a line for every problem, in the order found; nothing if there is none."""
        if self.lines:
            raise InputError("\n".join(dict.fromkeys(self.lines)))


def first_error(error: "ValidationError", keys: Collection[str] = ()) -> str:
    """Return the first problem that pydantic found, as `error_line` words it."""
    return error_line(error.errors(include_url=False)[0], keys)


def error_line(problem: Mapping[str, Any], keys: Collection[str] = ()) -> str:
    """Return one problem that pydantic found as ``dotted.key: what was found; what is allowed``.

    Parameters
    ----------
    problem
        One of ``ValidationError.errors()``.
    keys
        Known keys: the most similar one is proposed for an unknown key.
    """
    key = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = f"unknown key{_suggestion(str(problem['loc'][-1]), keys)}"
    elif problem["type"] == "string_type" and isinstance(problem["input"], bool | int | float):
        message = f"{problem['input']!r} is no text to YAML; put it in quotes"
    elif problem["type"] in ("int_type", "float_type") and _is_number(problem["input"]):
        message = f"{message}; found {problem['input']!r}, which is text: write it without quotes, 1e-3 as 0.001"
    elif problem["type"] == "string_pattern_mismatch" and problem["ctx"]["pattern"] in PATTERNS:
        message = f"{problem['input']!r}; {PATTERNS[problem['ctx']['pattern']]}"
    elif problem["type"] not in ("value_error", "missing"):
        message = f"{SHAPES.get(problem['type'], message)}; found {problem['input']!r}"
    return f"{key}: {message}" if key else message


def _is_number(value: object) -> bool:
    """Tell whether a value is a number that YAML took for text: in quotes, or with an exponent and no point."""
    return isinstance(value, str) and re.fullmatch(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", value) is not None


def _suggestion(word: str, keys: Collection[str]) -> str:
    """Return the most similar of the known keys, as a question."""
    close = difflib.get_close_matches(word, sorted(set(keys) - {word}), 1)
    return f"; did you mean {close[0]}?" if close else "; config/README.md lists the keys"
