"""What networks that know position or strand cannot tell, word by word."""

import pytest

from convoscope.prediction.notices import ON_REGIONS, ON_VARIANTS, card_sentences, known, variants_cannot_tell

BASE = {"architecture": "deepbind", "options": {"strands": "single"}, "space": [80], "alphabet": "dna"}
NEITHER = {**BASE, "strands": "both"}
STRAND = {**BASE, "strands": "single"}
POSITION = {**NEITHER, "options": {"strands": "single", "knots": 3}}
BOTH = {**STRAND, "options": {"strands": "single", "knots": 3}}


@pytest.mark.parametrize(
    ("facts", "names", "said"),
    [
        (NEITHER, [], ""),
        (STRAND, ["strand"], "know strand, and these windows lie on the forward strand"),
        (POSITION, ["position"], "know position, and these windows are centred on the variant"),
        (
            BOTH,
            ["position", "strand"],
            "know position and strand, and these windows are centred on the variant and lie on the forward strand",
        ),
    ],
)
def test_each_sentence_names_what_is_known(facts, names, said):
    sentence = f"size and sign of an effect at a site: the networks {said}" if said else ""
    assert known(facts) == names
    assert variants_cannot_tell(facts) == sentence
    whole = [f"{ON_VARIANTS}{sentence}."] if said else []
    assert card_sentences(facts) == whole + [ON_REGIONS[name] for name in names]
