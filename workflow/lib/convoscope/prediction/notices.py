"""What predictions of networks that know position or strand cannot tell, in one sentence each."""

from collections.abc import Mapping
from typing import Any

from convoscope.models.symmetry import knows_position, knows_strand

Facts = Mapping[str, Any]


def known(facts: Facts) -> list[str]:
    """Return which of position and strand the networks know."""
    asked = {"position": knows_position, "strand": knows_strand}
    return [name for name, knows in asked.items() if knows(facts)]


def variants_cannot_tell(facts: Facts) -> str:
    """Say what scores in windows around the variants do not mean; empty where they mean all that they can.

    >>> facts = {"architecture": "cnnprom", "options": {}, "space": [80], "strands": "single"}
    >>> variants_cannot_tell(facts)  # doctest: +ELLIPSIS
    'size and sign of an effect at a site: the networks know position and strand, and these windows are centred on ...'
    """
    found = known(facts)
    windows = {"position": "are centred on the variant", "strand": "lie on the forward strand"}
    return (
        f"size and sign of an effect at a site: the networks know {' and '.join(found)}, and these windows "
        f"{' and '.join(windows[name] for name in found)}"
        if found
        else ""
    )


ON_VARIANTS = "Scores of variants without `--sites` (`variants.<name>.sites`) cannot tell the "
ON_REGIONS = {
    "position": "Intervals to predict must be centred as the sites of the training were.",
    "strand": "Intervals to predict need their strand, and predictions along a genome come once per strand.",
}


def card_sentences(facts: Facts) -> list[str]:
    """Return what a model card says of variants, intervals and tracks."""
    found = variants_cannot_tell(facts)
    return [f"{ON_VARIANTS}{found}.", *(ON_REGIONS[name] for name in known(facts))] if found else []
