"""Files of sites by label, as the command line names them."""

from pathlib import Path

import pytest

from convoscope.draft.site_files import find_site_files
from convoscope.errors import InputError

ROW = "c1\t5\t6\n"


@pytest.fixture
def peaks(tmp_path: Path) -> Path:
    folder = tmp_path / "peaks"
    folder.mkdir()
    for name in ("A.bed", "B_peaks.narrowPeak.gz", "readme.txt"):
        (folder / name).write_text(ROW)
    return folder


def test_labels_of_words_of_names_and_of_a_folder(peaks: Path) -> None:
    a, b = peaks / "A.bed", peaks / "B_peaks.narrowPeak.gz"
    assert find_site_files([f"X={a}", str(b)]) == {"X": a, "B": b}
    assert find_site_files([str(peaks)]) == {"A": a, "B": b}


@pytest.mark.parametrize("text", ["Label,Path\nx y,peaks/A.bed\n", "path\tsample\npeaks/A.bed\tx_y\n"])
def test_a_sample_sheet_names_files_from_its_own_folder(tmp_path: Path, peaks: Path, text: str) -> None:
    (tmp_path / "samples.tsv").write_text(text)
    assert find_site_files([str(tmp_path / "samples.tsv")]) == {"x_y": peaks / "A.bed"}


def test_refusals(tmp_path: Path, peaks: Path) -> None:
    with pytest.raises(InputError, match=r"^--sites: nothing given; LABEL=FILE"):
        find_site_files([])
    with pytest.raises(InputError, match=r"^--sites: X: no file 'absent\.bed'"):
        find_site_files(["X=absent.bed"])
    with pytest.raises(InputError, match=r"^--sites: label 'A' is .* give each a label of its own$"):
        find_site_files([str(peaks / "A.bed"), f"A={peaks / 'A.bed'}"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: no file that ends in \.bed, \.narrowpeak"):
        find_site_files([str(tmp_path / "empty")])
