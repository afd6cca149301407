"""Arguments of commands: those that are too long for a command are a file, which the command names as ``@FILE``.

The name of the file holds the checksum of its content, so that Snakemake sees a change of the content as one of the
parameter, and nothing is ever written twice.
"""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from convoscope.download.addresses import redact
from convoscope.files import replacing

# Bytes that one argument, or all words of one option, may have in the command. Linux gives an argument 128 KiB and a
# command 2 MiB, of which a thousand labels or networks take more. Much less than that no one reads in a log, while the
# sections of most experiments are shorter, and are best seen where they are used.
LONGEST = 4000


class Words(list[str]):
    """Words of a command. Snakemake's report shows them as a sentence, in which it cannot escape any quotes.

    >>> print(Words(["--spec", '{"rule": "basset", "splits": ["train"]}']))
    --spec {rule: basset, splits: [train]}
    """

    def __str__(self) -> str:
        return " ".join(self).replace('"', "")


class Arguments:
    """Writes long arguments below a folder of results, if ``writes()``: where commands are run, not only printed."""

    def __init__(self, results: str, writes: Callable[[], bool] = lambda: False) -> None:
        self.results = results
        self.writes = writes

    def section(self, name: str, content: Any, wildcards: Any = None) -> str:
        """Return a section of the configuration, without credentials, as JSON or as the file that holds it."""
        text = json.dumps(redact(content), ensure_ascii=False)
        return text if len(text.encode(errors="replace")) <= LONGEST else self._file(name, text, wildcards)

    def words(self, name: str, words: Sequence[Any], wildcards: Any = None) -> Words:
        """Return the words of an option, or the one word that names the file of them all."""
        plain = [str(word) for word in ([words] if isinstance(words, str) else words)]
        size = sum(len(word.encode(errors="replace")) + 1 for word in plain)
        short = size <= LONGEST and not any(word.startswith("@") for word in plain)
        return Words(plain if short else [self._file(name, json.dumps(plain), wildcards)])

    def option(self, name: str, value: Any, wildcards: Any = None) -> Words:
        """Return an option with its words, or nothing for None and for an empty list.

        >>> arguments = Arguments("results")
        >>> arguments.option("max_unknown", 0.1), arguments.option("shifts", [-5, 5]), arguments.option("strand", None)
        (['--max-unknown', '0.1'], ['--shifts', '-5', '5'], [])
        """
        values = value if isinstance(value, list) else [] if value is None else [value]
        return Words([f"--{name.replace('_', '-')}", *self.words(name, values, wildcards)] if values else [])

    def _file(self, name: str, text: str, wildcards: Any) -> str:
        """Return the argument that names a file of this text."""
        experiment = getattr(wildcards, "experiment", ".")
        folder = Path(self.results, experiment, "settings")
        path = folder / f"{name}.{sha256(text.encode(errors='replace')).hexdigest()[:12]}.json"
        if self.writes() and not path.is_file():
            with replacing(path) as [scratch]:
                scratch.write_text(text, encoding="utf-8")
        return f"@{path}"
