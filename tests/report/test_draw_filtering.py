"""From the crops' array to the page of classic filters."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.report import filtering as step

Words = Callable[..., list[object]]


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    crops = np.random.default_rng(1).normal(1000, 20, (6, 2, 32, 32))
    crops[4, 0, 8:24, 8:24] += 3000
    crops[2, 1, 4:12, 8:24] += 3000
    np.save(tmp_path / "codes.npy", crops.astype(np.uint16))
    return tmp_path / "codes.npy"


def test_most_contrasted_crop_is_drawn_as_when_it_is_named(
    run: Callable[..., None], drawing: Words, codes: Path
) -> None:
    chosen, named = codes.with_name("chosen.svg"), codes.with_name("named.svg")
    run(*drawing({"filtering": chosen}, '{"channels": ["RFP", "GFP"]}', codes=codes))
    assert "the gradient of crop 2, channel GFP keeps r = ." in chosen.read_text()
    table = pd.read_csv(chosen.with_suffix(".tsv"), sep="\t")
    drawn = table[(table["row"] == 0) & (table["panel"] == 0)][[str(x) for x in range(32)]].to_numpy()
    np.testing.assert_array_equal(drawn, np.load(codes)[2, 1])
    step.draw_crop(named, np.load(codes), row=2, channel=1, names=["RFP", "GFP"])
    assert named.read_bytes() == chosen.read_bytes()


def test_contrast_is_that_of_the_channel(codes: Path) -> None:
    assert [step.most_contrasted(np.load(codes), channel) for channel in (0, 1)] == [4, 2]


def test_middle_of_large_crops_is_drawn(run: Callable[..., None], drawing: Words, tmp_path: Path) -> None:
    crops = np.random.default_rng(1).integers(0, 255, (1, 1, 135, 130), dtype=np.uint8)
    np.save(tmp_path / "codes.npy", crops)
    run(*drawing({"filtering": tmp_path / "filtering.svg"}, "{}", codes=tmp_path / "codes.npy"))
    table = pd.read_csv(tmp_path / "filtering.tsv", sep="\t")
    assert table["y"].max() == 127
    assert table["0"].iloc[0] == crops[0, 0, 3, 1]
    assert "channel 0 (its middle 128 px) keeps" in (tmp_path / "filtering.svg").read_text()


def test_search_for_contrast_looks_at_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    crops = np.zeros((100, 1, 4, 4))
    crops[:, 0, 0, 0] = np.arange(100)
    assert step.most_contrasted(crops, 0) == 99
    monkeypatch.setattr(step, "SAMPLE", 3)
    crops[50, 0, 0, 0], crops[98, 0, 0, 0] = 1000, 2000
    assert step.most_contrasted(crops, 0) in (49, 50, 99)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"row": 6}, "row: 6; 0 to 5"),
        ({"row": -1}, "row: -1; 0 to 5"),
        ({"channel": 2}, "channel: 2; 0 to 1"),
    ],
)
def test_refusals(codes: Path, options: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        step.draw_crop(codes.with_name("a.svg"), np.load(codes), **options)
    assert not codes.with_name("a.svg").exists()


def test_codes_of_another_kind_are_refused(refuse: Callable[..., str], drawing: Words, tmp_path: Path) -> None:
    np.save(tmp_path / "codes.npy", np.zeros((3, 100), np.uint8))
    line = refuse(*drawing({"filtering": tmp_path / "a.svg"}, "{}", codes=tmp_path / "codes.npy"))
    assert "codes.npy: an array (3, 100); crops (cells, channels, height, width), at least one" in line


def test_of_many_crops_the_extremes_are_passed_over() -> None:
    crops = np.zeros((400, 1, 4, 4), dtype=np.uint16)
    crops[:, 0, 0, 0] = np.arange(400)
    assert step.most_contrasted(crops, 0) == 379
    assert step.most_contrasted(crops[:100], 0) == 99
