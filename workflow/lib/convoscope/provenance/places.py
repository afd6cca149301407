"""Paths as a manifest shows them: relative to the working directory, and outside of it the name alone."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class Places:
    """How paths are shown of a run in a working directory, which read some files elsewhere.

    >>> shown = Places(Path("/home/me/run"), ["/data/lab/peaks.bed"], Path("/home/me"))
    >>> shown.text("--sites /data/lab/peaks.bed /home/me/run/own.bed --log /home/me/run2")
    '--sites peaks.bed own.bed --log ~/run2'
    """

    def __init__(self, working: Path, inputs: Iterable[str], home: Path | None = None) -> None:
        outside = {path: Path(path).name for path in inputs if self._is_outside(path, working)}
        home = home or _home_of(working)
        replaced = {**outside, f"{working}/": "", str(working): ".", **({str(home): "~"} if home else {})}
        self.replaced = dict(sorted(replaced.items(), key=lambda pair: -len(pair[0])))

    @staticmethod
    def _is_outside(path: str, working: Path) -> bool:
        """Tell whether a path leads out of the working directory."""
        return not Path(working, path).resolve().is_relative_to(working.resolve())

    def text(self, text: str) -> str:
        """Return a text, such as a command, without the places of this machine."""
        for path, shown in self.replaced.items():
            whole = re.escape(path) + ("" if path.endswith("/") else r"(?![\w.-])")
            text = re.sub(whole, shown.replace("\\", r"\\"), text)
        return text

    def content(self, content: Any) -> Any:
        """Return JSON types without the places of this machine."""
        if isinstance(content, str):
            return self.text(content)
        if isinstance(content, dict):
            return {self.text(key): self.content(value) for key, value in content.items()}
        return [self.content(value) for value in content] if isinstance(content, list) else content


def _home_of(working: Path) -> Path | None:
    """Return the home folder, unless it is the root of the file system."""
    home = Path.home()
    return home if len(home.parts) > 1 and home != working else None
