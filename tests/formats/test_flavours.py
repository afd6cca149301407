"""Every flavour of input in `flavours` is read, or refused, as the documentation says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flavours import FLAVOURS, Flavour, Refused

from convoscope.errors import InputError
from convoscope.sequence.sites import read_sites


def sites(path: Path) -> list[tuple[Any, ...]]:
    """Return contig, centre base, strand and score (None for none) of every site."""
    table = read_sites(path)
    scores = table["score"].astype(object).where(table["score"].notna(), None)
    return list(zip(table["chrom"], table["center"].tolist(), table["strand"], scores, strict=True))


READERS: dict[str, Callable[[Path], Any]] = {"sites": sites}


@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: f"{flavour.kind}: {flavour.name}")
def test_a_flavour_is_read_as_documented(flavour: Flavour, tmp_path: Path) -> None:
    path = tmp_path / f"given{flavour.suffix}"
    path.write_bytes(flavour.content if isinstance(flavour.content, bytes) else flavour.content())
    if isinstance(flavour.expected, Refused):
        with pytest.raises(InputError, match=flavour.expected.said) as refusal:
            READERS[flavour.kind](path)
        assert "\n" not in str(refusal.value)
    else:
        assert READERS[flavour.kind](path) == flavour.expected


def test_every_kind_of_file_has_flavours_of_both_sorts() -> None:
    for kind in READERS:
        refused = {isinstance(one.expected, Refused) for one in FLAVOURS if one.kind == kind}
        assert refused == {True, False}, kind
