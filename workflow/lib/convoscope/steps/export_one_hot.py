"""Codes for other tools."""

from pathlib import Path

from convoscope.dataset import check_codes, load_codes, read_card
from convoscope.files import replacing
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.codes import write_one_hot


def export_one_hot(*, codes: Path, card: Path, one_hot: Path) -> None:
    """Write all windows as float32 one-hot ``(examples, letters, length)``, row i as row i of windows.tsv."""
    content = read_card(card, "alphabet", "unknown")
    array = load_codes(codes)
    check_codes(codes, array, content)
    with replacing(one_hot) as [scratch]:
        write_one_hot(scratch, array, ALPHABETS[content["alphabet"]], content["unknown"])
