"""What follows from the strands that data has: which direction windows have, what training and networks may do."""

from collections.abc import Mapping
from typing import Any, Literal

from convoscope.config.base import AlphabetName

Strands = Literal["both", "single"]
Direction = Literal["forward", "site"]


def default_strands(alphabet: str, direction: str) -> Strands:
    """Return whether data has two strands: DNA that is read forward has, RNA, protein and windows of sites have not."""
    return "both" if alphabet == "dna" and direction == "forward" else "single"


def default_direction(alphabet: AlphabetName, on_genome: bool) -> Direction:
    """Return the direction of windows when none is given: RNA on a genome is transcribed from its site's strand."""
    return "site" if alphabet == "rna" and on_genome else "forward"


def strand_facts(content: Mapping[str, Any]) -> dict[str, str]:
    """Return strands and direction of a card or model; one written before they were noted is read as the default."""
    direction = content.get("direction") or "forward"
    return {
        "strands": content.get("strands") or default_strands(content["alphabet"], direction),
        "direction": direction,
    }


def conflict(strands: str, flip: bool | None, options: Mapping[str, Any]) -> str:
    """Return what of ``training.flip`` and ``model.options`` shows the other strand of data that has one; maybe ''."""
    found = "training.flip: true" if flip else ""
    if options.get("strands", "single") != "single":
        found = f"model.options.strands: {options['strands']}"
    if strands == "both" or not found:
        return ""
    return (
        f"{found} reads the reverse complement, but this data has one strand (RNA, protein, windows.strand: site or "
        "strands: single); remove it, or set strands: both if both strands mean the same"
    )
