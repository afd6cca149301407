import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.prediction.direction import choose_direction

PLUS, BOTH, NONE = (pd.DataFrame({"strand": list(text)}) for text in ("++", "+-", ".."))


def facts(strands="both", direction="forward", architecture="cnnprom"):
    return {"architecture": architecture, "options": {}, "space": [80], "alphabet": "dna", "strands": strands,
            "direction": direction}  # fmt: skip


@pytest.mark.parametrize(
    ("strand", "networks", "sites", "direction"),
    [
        (None, facts(), BOTH, "forward"),
        (None, facts("single", "site"), BOTH, "site"),
        (None, facts("single"), PLUS, "forward"),
        (None, facts("single"), NONE, "forward"),
        (None, facts("single", architecture="deepbind"), BOTH, "forward"),  # reads both strands as one
        ("ignore", facts("single", "site"), NONE, "forward"),
        ("ignore", facts("single"), BOTH, "forward"),
        ("site", facts("single"), BOTH, "site"),
        ("site", facts(), PLUS, "site"),
    ],
)
def test_the_direction_is_that_of_the_training_or_what_is_asked_for(strand, networks, sites, direction):
    assert choose_direction(strand, networks, sites, "a.bed") == direction


def test_what_nobody_said_is_refused():
    message = r"a\.bed: 1 of 2 rows are on the minus strand, and the networks read one strand; --strand site"
    with pytest.raises(InputError, match=message):
        choose_direction(None, facts("single"), BOTH, "a.bed")
    for networks, strand in ((facts("single", "site"), None), (facts(), "site")):
        with pytest.raises(InputError, match=r"a\.bed: no row has a strand .*; --strand ignore reads the forward"):
            choose_direction(strand, networks, NONE, "a.bed")
