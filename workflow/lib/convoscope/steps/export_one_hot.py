"""Codes for other tools."""

from pathlib import Path

from convoscope.dataset import check_codes, load_codes, read_card
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.codes import write_one_hot


def export_one_hot(*, codes: Input, card: Input, one_hot: Path) -> None:
    """Write all windows as a one-hot array for other programs.

    Parameters
    ----------
    one_hot
        Array to write, .npy: (windows, letters, length), float32; row i is row i of windows.tsv.
    """
    content = read_card(card, "alphabet", "unknown")
    array = load_codes(codes)
    check_codes(codes, array, content)
    with replacing(one_hot) as [scratch]:
        write_one_hot(scratch, array, ALPHABETS[content["alphabet"]], content["unknown"])
