"""The page of classic filters: its numbers are those of the library, its panels those of the table."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import scipy.ndimage
from matplotlib.figure import Figure

from convoscope.report import filtering, filtering_study
from convoscope.report.filtering import direction_colours, draw_panel, filtering_finding, filtering_table, wheel
from convoscope.report.filtering_study import crop_limits, likeness, middle, study


def cell(size: int = 48) -> np.ndarray:
    """Return a bright disc with a dark hole on a camera's offset."""
    v, u = np.mgrid[:size, :size] - size / 2
    clean = 400 + 3000.0 * (np.hypot(u, v) < size / 3) - 1500 * (np.hypot(u - 4, v - 3) < size / 9)
    smooth = scipy.ndimage.gaussian_filter(clean, 1.0)
    return np.random.default_rng(1).normal(smooth, 20).astype(np.uint16)


@pytest.fixture(scope="module")
def found() -> filtering.Study:
    return study(cell())


def pixels(table: pd.DataFrame, row: int, panel: int) -> np.ndarray:
    part = table[(table["row"] == row) & (table["panel"] == panel)]
    return part[[str(x) for x in range(48)]].to_numpy()


def test_table_holds_the_pixels_of_every_panel(found: filtering.Study) -> None:
    table, crop = filtering_table(found), cell()
    assert len(table) == 4 * 7 * 48
    np.testing.assert_array_equal(pixels(table, 0, 0), crop)
    expected = scipy.ndimage.uniform_filter(crop.astype(float), 3, mode="mirror")
    np.testing.assert_allclose(pixels(table, 0, 1), expected)
    np.testing.assert_allclose(pixels(table, 1, 1), scipy.ndimage.sobel(crop.astype(float), 1, mode="mirror") / 8)
    np.testing.assert_allclose(pixels(table, 1, 3), np.hypot(pixels(table, 1, 1), pixels(table, 1, 2)))
    steep = pixels(table, 1, 3) > filtering_study.STEEP * pixels(table, 1, 3).max()
    np.testing.assert_array_equal(~np.isnan(pixels(table, 1, 4)), steep)
    angle = np.deg2rad(pixels(table, 1, 4))
    np.testing.assert_allclose((pixels(table, 1, 3) * np.cos(angle))[steep], pixels(table, 1, 1)[steep], atol=1e-9)
    np.testing.assert_allclose((pixels(table, 1, 3) * np.sin(angle))[steep], pixels(table, 1, 2)[steep], atol=1e-9)
    assert set(np.unique(pixels(table, 1, 6))) == {0, 1}


def test_every_panel_names_its_kernel_once(found: filtering.Study) -> None:
    for panels in found.rows.values():
        assert all(panel.title and panel.kernel for panel in panels)
        assert len({(panel.title, panel.kernel) for panel in panels}) == len(panels) == 7


def test_smoothing_first_saves_gradient_and_edges(found: filtering.Study) -> None:
    assert 1 > found.smooth > 0.99
    assert 1 - found.raw > 10 * (1 - found.smooth)
    smoothing, clean, noisy, rescued = found.rows.values()
    edges = {name: panels[6].values.mean() for name, panels in
             (("clean", clean), ("noisy", noisy), ("rescued", rescued))}  # fmt: skip
    assert edges["noisy"] > 4 * edges["rescued"]
    assert edges["rescued"] < 2 * edges["clean"]
    spread = [panel.values.std() for panel in smoothing[:4]]
    assert all(wider < narrower for narrower, wider in pairwise(spread))


def test_noise_is_what_the_sentence_says(found: filtering.Study) -> None:
    _, clean, noisy, _ = found.rows.values()
    low, high = crop_limits(cell())
    added = (noisy[0].values - clean[0].values).std()
    assert added == pytest.approx(0.1 * (high - low), rel=0.05)
    assert "10% of the crop's range of intensities" in list(found.rows)[2]
    np.testing.assert_array_equal(study(cell()).rows[list(found.rows)[2]][0].values, noisy[0].values)


def test_theorem_is_a_number_beside_its_scale(found: filtering.Study) -> None:
    sentence = list(found.rows)[3]
    gap = float(sentence.split(" = ")[1].split(",")[0].replace("−", "-"))
    assert 0 < gap < 1e-9
    assert sentence.endswith(f", of slopes up to {found.rows[sentence][3].values.max():,.0f} counts/px")


def test_finding_gives_both_correlations(found: filtering.Study) -> None:
    sentence = filtering_finding(found._replace(raw=0.314, smooth=float("nan")), "crop 7, channel GFP")
    assert sentence == (
        "Under noise of 10% of its range of intensities, the gradient of crop 7, channel GFP keeps r = .31 "
        "with its noise-free self; smoothed first, r = –"
    )


def test_likeness_of_flat_maps_is_not_defined() -> None:
    ramp = np.arange(12.0).reshape(3, 4)
    assert likeness(ramp, 5 - 2 * ramp) == pytest.approx(-1)
    assert np.isnan(likeness(ramp, np.ones((3, 4))))


def test_middle_of_a_crop() -> None:
    crop = np.arange(30).reshape(5, 6)
    assert middle(crop, 3).tolist() == [[7, 8, 9], [13, 14, 15], [19, 20, 21]]
    assert middle(crop, 5).shape == (5, 5)
    np.testing.assert_array_equal(middle(crop), crop)


def test_hues_turn_with_the_direction() -> None:
    colours = direction_colours(np.array([0.0, 360.0, -180.0, 180.0, np.nan]))
    light = colours[:, :3] @ [0.299, 0.587, 0.114]  # what a reader sees who sees no hues
    assert light[0] - light[3] > 0.5 and light[0] < 0.95
    np.testing.assert_allclose(colours[0], colours[1])
    np.testing.assert_allclose(colours[2], colours[3])
    np.testing.assert_allclose(colours[4], [1, 1, 1, 1])
    disc = wheel(21)
    assert disc[0, 0, 3] == 0
    np.testing.assert_allclose(disc[10, 20], colours[0])
    np.testing.assert_allclose(disc[20, 10], direction_colours(np.array([90.0]))[0])


def test_panels_show_the_table(found: filtering.Study) -> None:
    table = filtering_table(found)
    shown: dict[str, list[str]] = {kind: [] for kind in filtering.DRAW}
    for row, panel in np.ndindex(4, 7):
        part = table[(table["row"] == row) & (table["panel"] == panel)]
        axes = Figure().subplots()
        draw_panel(part, axes)
        kind = part["kind"].iloc[0]
        shown[kind].append(axes.get_xlabel().splitlines()[-1])
        if kind != "direction":
            np.testing.assert_array_equal(axes.images[0].get_array(), pixels(table, row, panel))
            assert axes.images[0].get_clim() == (part["low"].iloc[0], part["high"].iloc[0])
        assert axes.get_xlabel().replace("\n", " ").startswith(part["kernel"].iloc[0])
    assert {kind: len(captions) for kind, captions in shown.items()} == {
        "brightness": 10, "size": 3, "signed": 9, "direction": 3, "edges": 3}  # fmt: skip
    assert shown["signed"][0].startswith("±")
    assert shown["signed"][0].endswith(" counts/px")
    assert all(caption.endswith("% of the pixels") for caption in shown["edges"])


@pytest.mark.parametrize(
    "crop", [np.full((20, 20), 4096, np.uint16), cell(8), cell()[:, :9] // 256], ids=["flat", "tiny", "8 bit"]
)
def test_odd_crops_are_drawn_too(crop: np.ndarray) -> None:
    found = study(crop)
    for _, part in filtering_table(found).dropna(axis=1, how="all").groupby(["row", "panel"]):
        figure = Figure()
        draw_panel(part, figure.subplots())
        figure.canvas.draw()
    assert filtering_finding(found, "crop 0")
