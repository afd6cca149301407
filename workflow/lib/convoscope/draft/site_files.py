"""The file of sites of every label: ``LABEL=FILE``, files, a folder of them, or a sample sheet."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from convoscope.draft import safe_name
from convoscope.errors import InputError
from convoscope.image.columns import read_columns, read_header

SUFFIXES = (".bed", ".narrowpeak", ".broadpeak", ".gappedpeak")
PACKED = ("", ".gz", ".bgz", ".bz2", ".xz")
ENDINGS = tuple(suffix + packed for suffix in SUFFIXES for packed in PACKED)
# Names of the columns of a sample sheet, in lower case.
LABEL_COLUMNS = ("label", "sample", "factor", "target", "name")
PATH_COLUMNS = ("path", "sites", "peaks", "bed", "file")
FORMS = "LABEL=FILE for every label, a folder of BED and narrowPeak files, or a table with the columns label and path"


def find_site_files(given: Iterable[str]) -> dict[str, Path]:
    """Return the file of every label, in the order in which they are given.

    Raises
    ------
    InputError
        If a file is not there, a folder holds none, a label stands twice, or none is named.
    """
    found: dict[str, Path] = {}
    for word in given:
        for label, path in _read_word(word):
            if not path.is_file():
                raise InputError(f"--sites: {label}: no file {str(path)!r}; {FORMS}")
            if label in found:
                raise InputError(f"--sites: label {label!r} is {found[label]} and {path}; give each a label of its own")
            found[label] = path
    if not found:
        raise InputError(f"--sites: nothing given; {FORMS}")
    return found


def _read_word(word: str) -> Iterator[tuple[str, Path]]:
    """Yield labels and files of one word of the command line."""
    path = Path(word)
    label, equals, file = word.partition("=")
    if equals and not path.exists():
        yield safe_name(label), Path(file)
    elif path.is_dir():
        files = sorted(one for one in path.iterdir() if one.name.lower().endswith(ENDINGS))
        if not files:
            raise InputError(f"--sites: {path}: no file that ends in {', '.join(SUFFIXES)}, plain or compressed")
        yield from ((label_of(one), one) for one in files)
    elif columns := _sheet_columns(path):
        rows = read_columns(path, columns)
        yield from ((safe_name(name), path.parent / file) for name, file in zip(*map(rows.get, columns), strict=True))
    else:
        yield label_of(path), path


def label_of(path: Path) -> str:
    """Return the label that a file's name suggests.

    >>> label_of(Path("CTCF_peaks.narrowPeak.gz")), label_of(Path("Reb1.bed"))
    ('CTCF', 'Reb1')
    """
    ending = next((ending for ending in ENDINGS[::-1] if path.name.lower().endswith(ending)), "")
    return safe_name(path.name[: len(path.name) - len(ending)].removesuffix("_peaks"))


def _sheet_columns(path: Path) -> list[str]:
    """Return the columns of label and path of a sample sheet; none where a file is no such sheet."""
    try:
        header = read_header(path)
    except InputError:  # no table with names; its own reader says what is wrong
        return []
    lower = {name.lower(): name for name in header}
    chosen = [next((lower[name] for name in names if name in lower), "") for names in (LABEL_COLUMNS, PATH_COLUMNS)]
    return chosen if all(chosen) else []
