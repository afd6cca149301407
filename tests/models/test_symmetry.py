"""What metadata say of position and strand is what networks do: laws on every row of the zoo."""

import inspect
from typing import Any

import pytest
import torch
from torch import nn

from convoscope.models import SEQUENCES, build, factory
from convoscope.models.symmetry import knows_position, knows_strand, tells_strands
from convoscope.nn.strand import opposite_strand

LENGTH = 96
MOTIF = torch.tensor([2, 1, 0, 3, 2, 2, 0, 1])
SMALL: dict[str, dict[str, Any]] = {
    "deepbind": {"filters": 8, "length": 10},
    "basset": {"filters": [8, 8], "lengths": [9, 5], "pools": [3, 4], "hidden": [16]},
    "deepsea": {"filters": [8, 8], "lengths": [8, 8], "pools": [4, 1], "dropout": [0.0, 0.0], "hidden": [16]},
    "danq": {"filters": 8, "length": 10, "units": 8, "hidden": 16},
    "cnnprom": {"filters": [8], "hidden": [16]},
}
CASES = [
    *((name, {}) for name in SEQUENCES),
    ("deepbind", {"knots": 5}),
    ("deepbind", {"pool": "max+average"}),
    ("deepbind", {"strands": "filter", "knots": 5}),
    ("deepbind", {"strands": "single", "pool": "max+average", "knots": 5}),
    *((name, {"strands": strands}) for name in SEQUENCES for strands in ("single", "mean")),
    ("tower", {"blocks": 1, "length": 9, "pool": "max"}),
    ("tower", {"blocks": 4, "length": 25, "size": 2}),
    ("tower", {"blocks": 5, "length": 25}),
]


def facts_of(name: str, options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"architecture": name, "options": SMALL.get(name, {}) | options, "space": [LENGTH], "alphabet": "dna"} | more


def window(start: int) -> torch.Tensor:
    one_hot = torch.full((1, 4, LENGTH), 0.25)
    one_hot[0, :, start : start + len(MOTIF)] = nn.functional.one_hot(MOTIF, 4).T.float()
    return one_hot


def scores(facts: dict[str, Any], *windows: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(3)
    network = build(facts["architecture"], 4, facts["space"], 4, facts["options"])
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)
    with torch.inference_mode():
        return network.double().eval()(torch.cat(windows).double())


@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_shifted_motif_changes_the_score_where_position_is_known(name, options):
    facts = facts_of(name, options)
    middle, *others = scores(facts, window(44), window(43), window(56))
    moved = max(float((middle - other).abs().max()) for other in others)
    assert (moved > 1e-9) == knows_position(facts)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_reverse_complement_changes_the_score_where_one_strand_is_read(name, options):
    facts = facts_of(name, options)
    forward, reverse = scores(facts, window(44), opposite_strand(window(44)))
    assert bool((forward - reverse).abs().max() > 1e-9) == tells_strands(facts)
    assert knows_strand(facts | {"strands": "single"}) == tells_strands(facts)
    assert not knows_strand(facts | {"strands": "both"})


def test_files_that_do_not_say_have_the_strands_of_their_alphabet():
    facts = facts_of("cnnprom", {})
    assert not knows_strand(facts)
    assert knows_strand(facts | {"alphabet": "rna"})
    assert not knows_strand(facts_of("deepbind", {}, strands="single"))


@pytest.mark.parametrize("name", SEQUENCES)
def test_defaults_are_those_of_the_architectures(name):
    usual = inspect.signature(factory(name)).parameters["strands"].default
    assert tells_strands({"architecture": name, "options": {}}) == (usual == "single")
