import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convoscope.dataset import filled_rows, load_dataset, require_match, rows, split_names
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
    dataset = load_dataset(*files)
    assert dataset.table["id"].tolist() == ["1", "2", "3"]
    assert dataset.table["chrom"].tolist() == ["NA"] * 3
    assert dataset.table["parent"].tolist() == ["", "", "1"]
    assert isinstance(dataset.codes, np.memmap)
    np.testing.assert_array_equal(dataset.labels, np.array([[0, 1], [1, np.nan], [0, 0]], dtype=np.float32))


def test_every_fold_sees_each_example_once(files: tuple[Path, Path, Path]) -> None:
    dataset = load_dataset(*files)
    for fold in CARD["folds"]:
        parts = [rows(dataset, fold, [split]) for split in ("train", "validation", "test")]
        assert sorted(np.concatenate(parts)) == [0, 1, 2]
    assert rows(dataset, "0", ["train", "validation"]).tolist() == [1, 2]
    assert split_names(dataset.table, dataset.card, "1").tolist() == ["train", "test", "validation"]


def test_files_that_do_not_belong_together(files: tuple[Path, Path, Path]) -> None:
    _, codes, card = files
    with pytest.raises(InputError, match="fold: '7'; this data has 0, 1"):
        rows(load_dataset(*files), "7", ["test"])
    card.write_text(json.dumps({**CARD, "labels": ["B"]}))
    with pytest.raises(InputError, match=r"no column 'B'; it has .* A, NA"):
        load_dataset(*files)
    card.write_text(json.dumps(CARD))
    np.save(codes, np.zeros((2, 4), dtype=np.uint8))
    with pytest.raises(InputError, match=r"2 examples, but .* has 3; encode again"):
        load_dataset(*files)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: b"",
        lambda content: b"noise" * 9,
        lambda content: content.replace(b"}", b" "),
    ],
)
def test_damaged_codes_are_refused(files: tuple[Path, Path, Path], damage: Callable[[bytes], bytes]) -> None:
    files[1].write_bytes(damage(files[1].read_bytes()))
    with pytest.raises(InputError, match=r"codes\.npy: damaged, or no array \(.*\); give the codes") as caught:
        load_dataset(*files)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("array", [np.zeros(3), np.array([["a"], ["b"], ["c"]])])
def test_codes_that_are_no_rows_of_numbers(files: tuple[Path, Path, Path], array: np.ndarray) -> None:
    np.save(files[1], array)
    with pytest.raises(InputError, match=r"codes\.npy: .*; numbers with an example a row are read"):
        load_dataset(*files)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", r"'\[\]'; a block of keys is expected"),
        ("{}", "no labels; it has no key"),
        ('{"labels": ["A"], "x": 1}', "no folds; it has labels, x"),
        ('{"labels": [], "folds": {}}', r"labels: .*; found \[\]"),
        ('{"labels": ["A", "A"], "folds": {}}', "a label is there twice; A, A"),
        ('{"labels": ["A"], "folds": {"0": {"train": ["2"], "test": ["0"]}}}', "folds.0.validation: Field required"),
        ('{"labels": ["A"], "folds": {}, "task": ["x"]}', "task: .*found"),
        ('{"labels": ["A"], "folds": {}, "window": 0}', "window: .*found 0"),
        ('{"labels": ["A"], "folds": {}, "window": NaN}', r"not JSON \(NaN is no number\)"),
        ("{", "not JSON"),
        ("1" * 5000, "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_cards_that_are_none(files: tuple[Path, Path, Path], text: str, message: str) -> None:
    files[2].write_text(text)
    with pytest.raises(InputError, match=rf"card\.json: {message}"):
        load_dataset(*files)


def test_a_key_that_a_card_lacks_is_an_error_of_the_card(files: tuple[Path, Path, Path]) -> None:
    dataset = load_dataset(*files)
    with pytest.raises(InputError, match=r"card\.json: no task; it has labels, folds; remove the file"):
        dataset.card["task"]
    with pytest.raises(InputError, match=r"card\.json: no spare; it has test, validation, train"):
        dataset.card["folds"]["0"]["spare"]
    assert dataset.card.get("task") is None and "task" not in dataset.card


@pytest.mark.parametrize(
    ("codes", "facts", "message"),
    [
        (np.full((3, 4), 15, np.uint8), {"window": 4, "alphabet": "dna"}, "code 15; dna has 15, from 0 on"),
        (np.zeros((3, 4), np.int64), {"window": 4}, r"int64 \(4,\) each; its card says uint8 \(4,\)"),
        (np.zeros((3, 5), np.uint8), {"window": 4}, r"uint8 \(5,\) each; its card says uint8 \(4,\)"),
        (np.zeros((3, 1, 4, 4), np.uint8), {"channel_names": ["a", "b"], "space": [4, 4], "dtype": "uint8"}, "2, 4, 4"),
    ],
)
def test_codes_that_are_not_what_the_card_says(
    files: tuple[Path, Path, Path], codes: np.ndarray, facts: dict[str, Any], message: str
) -> None:
    np.save(files[1], codes)
    files[2].write_text(json.dumps({**CARD, **facts}))
    with pytest.raises(InputError, match=rf"codes\.npy: .*{message}"):
        load_dataset(*files)


def test_the_last_letter_of_an_alphabet_is_one(files: tuple[Path, Path, Path]) -> None:
    np.save(files[1], np.full((3, 4), 14, np.uint8))
    files[2].write_text(json.dumps({**CARD, "window": 4, "alphabet": "dna"}))
    assert load_dataset(*files).codes.max() == 14


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_split_needs_examples_and_known_labels(files: tuple[Path, Path, Path], split: str) -> None:
    dataset = load_dataset(*files)._replace(labels=np.zeros((3, 2), np.float32))
    place = {"test": 0, "validation": 1, "train": 2}[split]
    assert filled_rows(dataset, "0", split).tolist() == [place]
    unknown = dataset.labels.copy()
    unknown[place, 1] = np.nan
    name = dataset.card["labels"][1]
    with pytest.raises(InputError, match=f"fold 0: {name} is unknown in all 1 examples of {split}; leave it out"):
        filled_rows(dataset._replace(labels=unknown), "0", split)
    with pytest.raises(InputError, match=f"fold 0: no example is in its {split} split"):
        filled_rows(dataset._replace(table=dataset.table.assign(fold="7")), "0", split)


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
    dataset = load_dataset(*files)
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
