import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from convoscope.dataset import load, require_match, rows, split_names
from convoscope.errors import InputError

HEADER = "id\tchrom\tstart\tend\tstrand\torigin\tparent\tgroup\tfold\tA\tNA\n"
CARD = {
    "labels": ["NA", "A"],
    "folds": {
        "0": {"test": ["0"], "validation": ["1"], "train": ["2"]},
        "1": {"test": ["1"], "validation": ["2"], "train": ["0"]},
    },
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Three examples, one per fold; a contig is named NA, an id looks like a number, one label is unknown."""
    windows, codes, card = tmp_path / "windows.tsv", tmp_path / "codes.npy", tmp_path / "card.json"
    lines = ["1\tNA\t0\t4\t.\tsite\t\tg\t0\t1.0\t0.0\n", "2\tNA\t4\t8\t.\tsite\t\tg\t1\t\t1.0\n"]
    windows.write_text(HEADER + "".join(lines) + "3\tNA\t8\t12\t.\tflanks\t1\tg\t2\t0.0\t0.0\n")
    np.save(codes, np.arange(12, dtype=np.uint8).reshape(3, 4))
    card.write_text(json.dumps(CARD))
    return windows, codes, card


def test_examples_by_hand(files: tuple[Path, Path, Path]) -> None:
    dataset = load(*files)
    assert dataset.table["id"].tolist() == ["1", "2", "3"]
    assert dataset.table["chrom"].tolist() == ["NA"] * 3
    assert dataset.table["parent"].tolist() == ["", "", "1"]
    assert isinstance(dataset.codes, np.memmap)
    np.testing.assert_array_equal(dataset.labels, np.array([[0, 1], [1, np.nan], [0, 0]], dtype=np.float32))


def test_every_fold_sees_each_example_once(files: tuple[Path, Path, Path]) -> None:
    dataset = load(*files)
    for fold in CARD["folds"]:
        parts = [rows(dataset, fold, [split]) for split in ("train", "validation", "test")]
        assert sorted(np.concatenate(parts)) == [0, 1, 2]
    assert rows(dataset, "0", ["train", "validation"]).tolist() == [1, 2]
    assert split_names(dataset, "1").tolist() == ["train", "test", "validation"]


def test_files_that_do_not_belong_together(files: tuple[Path, Path, Path]) -> None:
    _, codes, card = files
    with pytest.raises(InputError, match="fold: '7'; this data has 0, 1"):
        rows(load(*files), "7", ["test"])
    card.write_text(json.dumps({**CARD, "labels": ["B"]}))
    with pytest.raises(InputError, match=r"no column 'B'; it has .* A, NA"):
        load(*files)
    card.write_text(json.dumps(CARD))
    np.save(codes, np.zeros((2, 4), dtype=np.uint8))
    with pytest.raises(InputError, match=r"2 examples, but .* has 3; encode again"):
        load(*files)


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"", lambda content: b"noise" * 9])
def test_damaged_codes_are_refused(files: tuple[Path, Path, Path], damage: Callable[[bytes], bytes]) -> None:
    files[1].write_bytes(damage(files[1].read_bytes()))
    with pytest.raises(InputError, match=r"codes\.npy: damaged, or no array \(.*\); give the codes") as caught:
        load(*files)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("array", [np.zeros(3), np.array([["a"], ["b"], ["c"]])])
def test_codes_that_are_no_rows_of_numbers(files: tuple[Path, Path, Path], array: np.ndarray) -> None:
    np.save(files[1], array)
    with pytest.raises(InputError, match=r"codes\.npy: .*; numbers with an example a row are read"):
        load(*files)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "no labels; it has no key; give the data's card.json"),
        ("{}", "no labels; it has no key"),
        ('{"labels": ["A"], "x": 1}', "no folds; it has labels, x"),
        ('{"labels": [], "folds": {}}', r"labels \[\]; a list of at least one name"),
        ("{", "not JSON"),
    ],
)
def test_cards_that_are_none(files: tuple[Path, Path, Path], text: str, message: str) -> None:
    files[2].write_text(text)
    with pytest.raises(InputError, match=rf"card\.json: {message}"):
        load(*files)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ["A"]}, "m: labels A; this data has NA, A, and needs its own networks"),
        ({"modality": "image"}, "m: modality image; this data has sequence"),
        ({"alphabet": "rna"}, "m: alphabet rna; this data has dna"),
        ({"space": [5]}, "m: window 5; this data has 4"),
    ],
)
def test_networks_of_other_data(files: tuple[Path, Path, Path], change: dict, message: str) -> None:
    facts = {"labels": ["NA", "A"], "modality": "sequence", "alphabet": "dna", "space": [4]}
    dataset = load(*files)
    card = dataset.card | {"modality": "sequence", "alphabet": "dna"}
    require_match(Path("m"), facts, card, dataset.codes)
    require_match(Path("m"), facts, card | {"window": 4})
    with pytest.raises(InputError, match=message):
        require_match(Path("m"), facts | change, card, dataset.codes)


def test_crops_are_compared_without_their_channels() -> None:
    facts = {"modality": "image", "space": [5, 5], "channel_names": ["r", "g"]}
    require_match(Path("m"), facts, facts, np.zeros((3, 2, 5, 5)))
    with pytest.raises(InputError, match="m: channel_names r, g; this data has r"):
        require_match(Path("m"), facts, facts | {"channel_names": ["r"]}, np.zeros((3, 1, 5, 5)))
