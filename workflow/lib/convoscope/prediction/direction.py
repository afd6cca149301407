"""In which direction the windows of intervals are read: as in the training, unless the user says so."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from convoscope.errors import InputError
from convoscope.models.symmetry import knows_strand
from convoscope.sequence.orientation import check_strands

DIRECTIONS = {"ignore": "forward", "site": "site"}


def choose_direction(strand: str | None, facts: Mapping[str, Any], sites: pd.DataFrame, where: str) -> str:
    """Return the direction in which the windows of sites are read, ``forward`` or ``site``.

    Parameters
    ----------
    strand
        What the user chose, a key of `DIRECTIONS`; None for that of the training.
    facts
        Of the networks.
    sites
        Rows of the file, with ``strand``.
    where
        How an error names the file.

    Raises
    ------
    InputError
        If no site has the strand that is needed, or if networks that know the strand were trained on sequences which
        tell none, and sites are on the minus strand.
    """
    direction = DIRECTIONS[strand] if strand else str(facts["direction"])
    check_strands(sites, where, direction, "--strand")
    minus = int((sites["strand"] == "-").sum())
    if strand is None and direction == "forward" and minus and knows_strand(facts):
        raise InputError(
            f"{where}: {minus:,} of {len(sites):,} rows are on the minus strand, and the networks read one strand; "
            "--strand site (key strand: site) reads windows in the direction of their row, ignore on the forward strand"
        )
    return direction
