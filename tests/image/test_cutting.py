import numpy as np
import pandas as pd
import pytest
import tifffile

from convoscope.config.image import CropsSpec
from convoscope.image import cutting
from convoscope.image.cells import PLACES, read_cells
from convoscope.image.cutting import LOCATE, by_image, cut_all


@pytest.fixture
def images():
    return np.random.default_rng(6).integers(100, 4000, (3, 2, 40, 50), dtype=np.uint16)


@pytest.fixture
def cut(images, tmp_path):
    """Cut the cells of a table out of three fields ``f0.tif``, …, and return their outcomes by row."""
    for number, image in enumerate(images):
        tifffile.imwrite(tmp_path / f"f{number}.tif", image)

    def call(header, rows, **options):
        table = tmp_path / "cells.tsv"
        lines = [f"{number}\t{row}\tER" for number, row in enumerate(rows)]
        table.write_text("\n".join([f"cell\t{header}\tlabel", *lines]))
        cells = {"path": "cells.tsv", **options.pop("cells", {})}
        spec = CropsSpec.model_validate({"cells": cells, "crops": {"size": 8, **options}})
        outcomes = sorted(cut_all(read_cells(table, spec), tmp_path, spec), key=lambda outcome: outcome.row)
        assert [outcome.row for outcome in outcomes] == list(range(len(rows)))
        return outcomes

    return call


def test_images_in_the_order_of_the_table_each_once():
    files = pd.DataFrame({"r": list("bababc"), "g": list("xxyxxx")}, dtype=object)
    found = [rows.tolist() for rows in by_image(files, np.array([True, True, True, True, False, True]))]
    assert found == [[0], [1, 3], [2], [5]]
    assert list(by_image(files, np.zeros(6, dtype=bool))) == []


def test_every_image_is_read_once(cut, images, monkeypatch):
    read = []
    monkeypatch.setattr(cutting, "read_image", lambda paths, request: read.append(paths[0].name) or images[0])
    cut("image\tx\ty", ["f1.tif\t20\t20", "f0.tif\t20\t20"] * 5, cells={"form": "centres"})
    assert read == ["f1.tif", "f0.tif"]


def test_centres(cut, images):
    rows = ["f1.tif\t20\t30", "f0.tif\t4\t4", "f1.tif\t3\t20", "f0.tif\t49.4\t0", "f0.tif\t50\t9", "f2.tif\t\t1"]
    found = cut("image\tx\ty", rows, cells={"form": "centres"})
    assert [outcome.status for outcome in found] == [
        "ok", "ok", "padded", "padded", "out of frame: centre 50,9 in an image of 50 x 40 pixels",
        "out of frame: x is '', not a number",
    ]  # fmt: skip
    np.testing.assert_array_equal(found[0].pixels, images[1, :, 26:34, 16:24])
    np.testing.assert_array_equal(found[1].pixels, images[0, :, :8, :8])
    np.testing.assert_array_equal(found[2].pixels[:, :, 1:], images[1, :, 16:24, :7])
    np.testing.assert_array_equal(
        found[2].pixels[:, 3, 0], np.rint(np.percentile(images[1].reshape(2, -1), 10, axis=1))
    )
    assert (found[0].x, found[0].y) == (20, 30)


def test_cells_at_the_border_may_be_dropped(cut):
    found = cut("image\tx\ty", ["f1.tif\t20\t30", "f0.tif\t3\t30"], cells={"form": "centres"}, border="drop")
    assert [outcome.status for outcome in found] == [
        "ok", "border: a crop about 3,30 leaves the image of 50 x 40 pixels"
    ]  # fmt: skip


def test_boxes(cut, images):
    rows = ["f0.tif\t10\t12\t18\t20", "f0.tif\t10\t12\t19\t20", "f0.tif\t10\t12\t10\t20", "f0.tif\t60\t12\t68\t20"]
    rows += ["f0.tif\t12\t13\t14\t16"]
    found = cut("image\tleft\ttop\tright\tbottom", rows, cells={"form": "boxes"})
    assert [outcome.status.split(":")[0] for outcome in found] == [
        "ok", "wrong size", "no object", "out of frame", "ok"
    ]  # fmt: skip
    np.testing.assert_array_equal(found[0].pixels, images[0, :, 12:20, 10:18])
    np.testing.assert_array_equal(found[4].pixels, images[0, :, 10:18, 9:17])
    assert (found[4].x, found[4].y) == (12.5, 14)


@pytest.mark.parametrize("isolate", [False, True])
def test_masks(isolate, cut, images, tmp_path):
    mask = np.zeros((40, 50), dtype=np.uint16)
    mask[10:14, 10:16], mask[10:14, 16:18], mask[0:2, 0:3] = 7, 300, 9
    tifffile.imwrite(tmp_path / "m.tif", mask)
    tifffile.imwrite(tmp_path / "none.tif", np.zeros_like(mask))
    tifffile.imwrite(tmp_path / "small.tif", mask[:5])
    rows = ["f0.tif\tm.tif\t7", "f0.tif\tm.tif\t8", "f0.tif\tnone.tif\t7", "f0.tif\tsmall.tif\t7", "f0.tif\tx.tif\t7"]
    rows += ["f0.tif\tm.tif\t7.5", "f0.tif\tm.tif\t0", "f0.tif\tm.tif\t9"]
    found = cut("image\tmask\tobject", rows, cells={"form": "masks"}, isolate=isolate)
    assert [outcome.status.replace(str(tmp_path), "") for outcome in found] == [
        "ok",
        "no object: 8 is not in the label image, which holds 3 objects",
        "no object: 7 is not in the label image, which holds no object at all",
        "wrong size: mask small.tif is 50 x 5 pixels, its image 50 x 40 pixels",
        "unreadable: no file /x.tif",
        "no object: 7.5 is not in the label image, which holds 3 objects",
        "no object: 0 is not in the label image, which holds 3 objects",
        "padded",
    ]
    expected = images[0, :, 8:16, 9:17].copy()
    background = np.rint(np.median(images[0][:, mask == 0], axis=1)).astype(np.uint16)
    if isolate:
        expected[:, 2:6, 7] = background[:, None]
    np.testing.assert_array_equal(found[0].pixels, expected)
    assert (found[0].x, found[0].y) == (12.5, 11.5)
    np.testing.assert_array_equal(found[7].pixels[:, 0, 0], background)


def test_ready_crops_of_another_size(cut):
    found = cut("image\tx", ["f0.tif\t3"], size=9)
    assert [outcome.status for outcome in found] == ["wrong size: the image is 50 x 40 pixels; crops.size is 9"]


def test_the_size_is_that_of_the_first_ready_crop(cut, images, tmp_path):
    for name, side in (("wide", (9, 10)), ("tiny", (7, 7)), ("a", (9, 9)), ("b", (8, 8)), ("c", (9, 9))):
        tifffile.imwrite(tmp_path / f"{name}.tif", images[0][:, : side[0], : side[1]])
    found = cut("image", [f"{name}.tif" for name in ("wide", "tiny", "a", "b", "c")], size=None)
    assert [outcome.status for outcome in found] == [
        "wrong size: the image is 10 x 9 pixels; squares of at least 8 are read",
        "wrong size: the image is 7 x 7 pixels; squares of at least 8 are read",
        "ok",
        "wrong size: the image is 8 x 8 pixels; the first is 9 x 9, crops.size is not given",
        "ok",
    ]
    assert found[4].pixels.shape == (2, 9, 9)
    tifffile.imwrite(tmp_path / "a.tif", images[0][:, :8, :8])
    assert cut("image", ["a.tif"], size=None)[0].pixels.shape == (2, 8, 8)


def test_crops_around_places_are_of_64_pixels_where_no_size_is_given(cut):
    [found] = cut("image\tx\ty", ["f0.tif\t20\t20"], cells={"form": "centres"}, size=None)
    assert (found.status, found.pixels.shape) == ("padded", (2, 64, 64))


def test_stacks_by_projection_and_positions_by_number(cut, images, tmp_path, caplog):
    caplog.set_level("INFO")
    with tifffile.TiffWriter(tmp_path / "z.ome.tif") as sink:
        for image in images:
            stack = np.stack([image, image[::-1]])
            sink.write(stack, photometric="minisblack", metadata={"axes": "ZCYX"})
    rows = ["z.ome.tif#1\t20\t20", "z.ome.tif\t20\t20"]
    found = cut("image\tx\ty", rows, cells={"form": "centres"}, projection="max", channels=["r", "g"])
    np.testing.assert_array_equal(found[0].pixels[0], images[1][:, 16:24, 16:24].max(axis=0))
    assert found[1].status.startswith("unreadable: z.ome.tif holds 3 images")
    tifffile.imwrite(tmp_path / "signed.tif", images[0].astype(np.int16))
    cut("image\tx\ty", ["signed.tif\t20\t20"] * 2, cells={"form": "centres"})
    assert caplog.messages == [
        "images: int16 that holds whole numbers read as uint16: 1 file(s), such as signed.tif",
        "images: an axis without a name is read as that of the channels: 1 file(s), such as signed.tif",
    ]


def test_ready_crops_keep_their_place_in_the_field(cut, images, tmp_path):
    tifffile.imwrite(tmp_path / "c.tif", images[0][:, :9, :9])
    [found] = cut("image\tx\ty", ["c.tif\t700\t-3"], size=9)
    np.testing.assert_array_equal(found.pixels, images[0][:, :9, :9])
    assert (found.status, found.x, found.y) == ("ok", 700, -3)


def test_depth_and_channels_are_those_of_the_first_that_can_be_read(cut, images, tmp_path):
    (tmp_path / "broken.tif").write_bytes(b"II*\0 not a TIFF")
    tifffile.imwrite(tmp_path / "one.tif", images[0, 0])
    tifffile.imwrite(tmp_path / "byte.tif", (images[0] // 20).astype(np.uint8))
    rows = [f"{name}.tif\t20\t20" for name in ("broken", "f0", "one", "byte", "missing", "f1")]
    found = cut("image\tx\ty", rows, cells={"form": "centres"})
    assert [outcome.status.split(";")[0].split(" ", 2)[:2] for outcome in found] == [
        ["unreadable:", "broken.tif:"], ["ok"], ["wrong", "channels:"], ["wrong", "depth:"], ["unreadable:", "no"],
        ["ok"],
    ]  # fmt: skip
    named = cut("image\tx\ty", ["one.tif\t20\t20", "f0.tif\t20\t20"], cells={"form": "centres"}, channels=["r", "g"])
    assert [outcome.status for outcome in named] == [
        "wrong channels: the image has 1; crops.channels has 2", "ok"
    ]  # fmt: skip


def test_worthless_crops_name_the_channel(cut, images, tmp_path):
    image = images[0].copy()
    image[1, :20] = 65535
    image[:, 30:] = 3
    tifffile.imwrite(tmp_path / "over.tif", image)
    rows = ["over.tif\t20\t10", "over.tif\t20\t36", "over.tif\t20\t26"]
    found = cut("image\tx\ty", rows, cells={"form": "centres"}, channels=["RFP", "GFP"])
    assert [outcome.status for outcome in found] == [
        "saturated: 100.0% of GFP is at 65535; crops.saturated is 0.25",
        "empty: every pixel of every channel is the same: RFP 3, GFP 3",
        "ok",
    ]


def test_every_form_is_located():
    assert set(LOCATE) == {"crops", "centres", "boxes", "masks"} == set(PLACES)


def test_objects_that_are_counted_from_0_are_not_those_of_their_image(cut, images, tmp_path):
    mask = np.zeros((40, 50), np.uint8)
    for number in (1, 2, 3):
        mask[10 * number : 10 * number + 4, 20:24] = number
    tifffile.imwrite(tmp_path / "m.tif", mask)
    header, cells = "image\tmask\tobject", {"form": "masks"}
    found = cut(header, [f"f0.tif\tm.tif\t{number}" for number in (0, 1, 2)], cells=cells)
    said = "no object: numbers from 0 to 2 in the table, from 1 to 3 in the label image, where 0 is the background"
    assert [outcome.status.split(";")[0] for outcome in found] == [said] * 3
    found = cut(header, [f"f0.tif\tm.tif\t{number}" for number in (0, 1, 3)], cells=cells)  # 0: a cell without object
    assert [outcome.status.split(":")[0] for outcome in found] == ["no object", "ok", "ok"]


def test_places_in_micrometres_are_suspected(cut, caplog):
    caplog.set_level("WARNING")
    cells = {"form": "centres"}
    cut("image\tx\ty", [f"f0.tif\t{2 * number + 5}\t{number + 5}" for number in range(20)], cells=cells)
    assert not caplog.messages
    cut("image\tx\ty", [f"f0.tif\t{number + 4.5}\t{(number + 5) / 2}" for number in range(20)], cells=cells)
    said = "crops: all 20 cells lie in the upper left quarter of their images, x up to 23.5 and y up to 12"
    assert [message.split(";")[0] for message in caplog.messages] == [said]
