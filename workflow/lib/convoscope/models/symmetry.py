"""What a network's answer depends on besides the letters: where in the window they are, and on which strand.

Known from a model file's metadata alone, so that a page can say it without loading a network.
"""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]


def _tower_reach(facts: Facts) -> int:
    """Return how many letters one position of a tower sees, with the architecture's defaults where options lack."""
    options, space = facts["options"], facts["space"][0]
    length, blocks, size = (options.get(name, usual) for name, usual in (("length", 25), ("blocks", 9), ("size", 3)))
    dilations = sum(2**number for number in range(1, blocks + 1) if 2**number < space)
    return int(length + (size - 1) * dilations)


# Architectures that may forget positions, each with the condition; all others hand every position to a dense layer. A
# tower's padding tells it where the window ends, so that it knows positions if every one of them sees an end.
WITHOUT_POSITION: dict[str, Callable[[Facts], bool]] = {
    "deepbind": lambda facts: not facts["options"].get("knots", 0),
    "tower": lambda facts: _tower_reach(facts) < facts["space"][0] / 2,
}
# Defaults of the option `strands` that are not "single".
STRANDS = {"deepbind": "max"}


def knows_position(facts: Facts) -> bool:
    """Tell whether a motif's place in the window moves the score of a network with these metadata."""
    forgets = WITHOUT_POSITION.get(facts["architecture"])
    return forgets is None or not forgets(facts)


def tells_strands(facts: Facts) -> bool:
    """Tell whether a sequence and its reverse complement may get different scores."""
    usual = STRANDS.get(facts["architecture"], "single")
    return bool(facts["options"].get("strands", usual) == "single")


def knows_strand(facts: Facts) -> bool:
    """Tell whether a network learned from one strand, so that its scores of the other one mean something else."""
    usual = "both" if facts.get("alphabet", "dna") == "dna" else "single"
    return facts.get("strands", usual) == "single" and tells_strands(facts)
