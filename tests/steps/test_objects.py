"""From label images and CellProfiler's tables to cells that can be cut."""

import json

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

GENERATOR = np.random.default_rng(4)


@pytest.fixture
def fields(tmp_path):
    """Write two plates, each with an image and Cellpose's files for it, and one image without a mask."""
    for plate, value in (("p1", 7), ("p2", 300)):
        folder = tmp_path / "in" / plate
        folder.mkdir(parents=True)
        tifffile.imwrite(
            folder / "f1.tif", GENERATOR.integers(9, 4000, (2, 40, 50), np.uint16), photometric="minisblack"
        )
        mask = np.zeros((40, 50), np.uint16)
        mask[10:14, 10:16], mask[20:30, 20:31], mask[0:3, 40:44], mask[35, 5] = value, 1, 2, 3
        Image.fromarray(mask).save(folder / "f1_cp_masks.png")
        tifffile.imwrite(folder / "f1_flows.tif", mask)
        np.save(folder / "f1_seg.npy", mask)
    tifffile.imwrite(tmp_path / "in" / "alone.tif", GENERATOR.integers(9, 4000, (40, 50), np.uint16))
    return tmp_path


def given(fields, *more):
    return ["objects", "--cells", fields / "out" / "cells.tsv", "--dropped", fields / "out" / "dropped.tsv", *more]


def tables(fields):
    return [pd.read_csv(fields / "out" / name, sep="\t", dtype=str, keep_default_na=False)
            for name in ("cells.tsv", "dropped.tsv")]  # fmt: skip


def test_every_object_is_a_row_or_left_out(fields, run, caplog):
    with caplog.at_level("INFO"):
        run(*given(fields, "--images", fields / "in", "--min-area", 2, "--max-area", 109, "--exclude-border"))
    cells, dropped = tables(fields)
    assert cells.to_numpy().tolist() == [
        [f"{plate}/f1:{value}", f"../in/{plate}/f1.tif", f"../in/{plate}/f1_cp_masks.png", value, "12.5", "11.5", "24",
         "10", "10", "16", "14", "0"] for plate, value in (("p1", "7"), ("p2", "300"))
    ]  # fmt: skip
    assert list(cells) == [
        "cell", "image", "mask", "object", "x", "y", "area", "left", "top", "right", "bottom", "touches_border"
    ]  # fmt: skip
    assert dropped[["cell", "reason"]].to_numpy().tolist() == [
        ["alone", "no mask"],
        *([f"p{plate}/f1:{value}", reason] for plate in (1, 2) for value, reason in (
            (1, "too large: more than 109 pixels"), (2, "border: it touches the border of the image"),
            (3, "too small: less than 2 pixels"))),
    ]  # fmt: skip
    assert "objects: 2; left out: 1 no mask, 2 too large, 2 border, 2 too small" in caplog.text
    assert "cells.tsv, form: masks, images: [image]}" in caplog.text


@pytest.mark.parametrize(("form", "centre"), [("masks", (25, 24.5)), ("boxes", (25, 24.5)), ("centres", (25, 24.5))])
def test_the_table_does_for_every_form(form, centre, fields, run):
    run(*given(fields, "--images", fields / "in"))
    spec = {"cells": {"path": "cells.tsv", "form": form}, "labels": [], "crops": {"size": 16, "max_dropped": 1}}
    paths = {name: fields / name for name in ("cut.tsv", "codes.npy", "lost.tsv")}
    run("crops", "--table", fields / "out" / "cells.tsv", "--spec", json.dumps(spec), "--cut", paths["cut.tsv"],
        "--codes", paths["codes.npy"], "--dropped", paths["lost.tsv"])  # fmt: skip
    cut = pd.read_csv(paths["cut.tsv"], sep="\t").set_index("id")
    assert len(cut) == 8 and not len(pd.read_csv(paths["lost.tsv"], sep="\t"))
    assert tuple(cut.loc["p2/f1:1", ["x", "y"]]) == centre
    image = tifffile.imread(fields / "in" / "p2" / "f1.tif")
    crop = np.load(paths["codes.npy"])[cut.index.get_loc("p2/f1:1")]
    np.testing.assert_array_equal(crop, image[:, 17:33, 17:33])


def test_a_file_per_channel_and_masks_elsewhere(fields, run):
    image = tifffile.imread(fields / "in" / "p1" / "f1.tif")
    for number, plane in enumerate(image, 1):
        (fields / "planes").mkdir(exist_ok=True)
        tifffile.imwrite(fields / "planes" / f"0012_w{number}.tif", plane)
    tifffile.imwrite(fields / "planes" / "0013_w1.tif", image[0])
    (fields / "labels").mkdir()
    mask = np.asarray(Image.open(fields / "in" / "p1" / "f1_cp_masks.png"))
    tifffile.imwrite(fields / "labels" / "0012.tif", mask)
    run(*given(fields, "--images", fields / "planes", "--masks", fields / "labels", "--channels", "_w2", "_w1"))
    cells, dropped = tables(fields)
    assert cells[["cell", "w2", "w1", "mask"]].iloc[0].tolist() == [
        "0012:1", "../planes/0012_w2.tif", "../planes/0012_w1.tif", "../labels/0012.tif"
    ]  # fmt: skip
    assert (len(cells), dropped[["cell", "reason"]].to_numpy().tolist()) == (4, [["0013", "no mask"]])
    tifffile.imwrite(fields / "labels" / "0013.tif", mask)
    run(*given(fields, "--images", fields / "planes", "--masks", fields / "labels", "--channels", "_w2", "_w1"))
    assert tables(fields)[1]["reason"].tolist() == ["no file of 1 of 2 channels"]


def test_masks_that_cannot_be_used_are_left_out_with_a_reason(fields, run):
    folder = fields / "in" / "p1"
    tifffile.imwrite(folder / "f2.tif", np.ones((4, 4), np.uint16))
    tifffile.imwrite(folder / "f2_masks.tif", np.ones((4, 5), np.uint16))
    for name, pixels in (
        ("f3", np.zeros((4, 4), np.uint8)),
        ("f4", np.eye(4, 5, 2, np.uint8) + np.eye(4, 5, -2, np.uint8)),
    ):
        tifffile.imwrite(folder / f"{name}.tif", np.ones(pixels.shape, np.uint16))
        tifffile.imwrite(folder / f"{name}_masks.tif", pixels)
    (folder / "f5_masks.tif").write_bytes(b"II*\0")
    tifffile.imwrite(folder / "f5.tif", np.ones((4, 5), np.uint16))
    run(*given(fields, "--images", folder))
    found = tables(fields)[1].set_index("cell")["reason"]
    assert found["f2"] == "wrong size: the mask is 5 x 4 pixels, its image 4 x 4 pixels"
    assert found["f3"] == "no object: the mask is empty"
    assert found["f4"].startswith("one object in 2 pieces")
    assert found["f5"].startswith("unreadable: f5_masks.tif")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--images: none given"),
        (["--images", "nowhere"], "nowhere: no such file or folder; give an existing one"),
        (["--images", "in/alone.tif"], "--masks: none found for 1 images; a mask is named as its image"),
        (["--images", "in/alone.tif", "--masks", "in/p1/f1_seg.npy"], "f1_seg.npy is a pickle of Python"),
        (["--images", "in/p1/f1.tif", "--masks", "in/p1/f1_flows.tif"], "--masks: none found for 1 images"),
        (["--images", "in/alone.tif", "--masks", "in/p1"], "f1_cp_masks.png has no image 'f1'"),
        (["--images", "in", "--min-area", "0"], "--min-area 0, --max-area None"),
        (["--images", "in", "--min-area", "9", "--max-area", "8"], "--min-area 9, --max-area 8"),
        (["--images", "in", "--min-area", "900"], "no object is left: 1 no mask, 8 too small, such as alone: no mask"),
        (["--images", "in", "--channels", "_w1", "_w2"], "f1_cp_masks.png has no image 'p1/f1' (2 of 2 have none; "),
        (["--cellprofiler", "in/p1"], "--cellprofiler: give Image.csv and one table of objects"),
        (["--images", "in", "--mask-ending", "_nuclei"], "a mask is named as its image, with _nuclei"),
    ],
)  # fmt: skip
def test_refusals_leave_nothing(options, said, fields, refuse):
    given_paths = [fields / part if part.startswith(("in", "nowhere")) else part for part in options]
    if said.endswith("_nuclei"):
        for path in (fields / "in").rglob("*_masks.png"):
            path.unlink()
        (fields / "in" / "p1" / "f1_seg.npy").unlink()
        (fields / "in" / "p2" / "f1_seg.npy").unlink()
    assert said in refuse(*given(fields, *given_paths))
    assert not (fields / "out").exists() or not list((fields / "out").iterdir())


def test_pickles_alone_are_refused_with_advice(fields, refuse):
    for path in (fields / "in").rglob("*_masks.png"):
        path.unlink()
    assert "f1_seg.npy is a pickle of Python, which can run any code" in refuse(
        *given(fields, "--images", fields / "in")
    )


@pytest.fixture
def profiled(fields):
    """Write CellProfiler's tables of one image in two files; one object has no centre."""
    for number, name in enumerate(("DNA", "ER")):
        tifffile.imwrite(fields / "in" / f"{name}.tif", GENERATOR.integers(9, 4000, (40, 50 + 0 * number), np.uint16))
    folder = str(fields / "in")
    (fields / "MyExpt_Image.csv").write_text(
        "FileName_DNA,FileName_ER,ImageNumber,PathName_DNA,PathName_ER,Metadata_Well\n"
        f"DNA.tif,ER.tif,1,{folder},{folder},NA\nDNA.tif,gone.tif,2,{folder},{folder},A02\n"
    )
    (fields / "MyExpt_Cells.csv").write_text(
        "ImageNumber,ObjectNumber,Location_Center_X,Location_Center_Y\n1,1,20,20.5\n1,2,nan,3\n2,1,4,5\n"
    )
    return ["--cellprofiler", fields / "MyExpt_Image.csv", fields / "MyExpt_Cells.csv"]


def test_cellprofilers_tables_become_cells(profiled, fields, run, caplog):
    with caplog.at_level("INFO"):
        run(*given(fields, *profiled))
    cells, dropped = tables(fields)
    assert cells.to_dict("list") == {
        "cell": ["1:1"], "DNA": ["../in/DNA.tif"], "ER": ["../in/ER.tif"], "x": ["20"], "y": ["20.5"],
        "ImageNumber": ["1"], "ObjectNumber": ["1"], "Metadata_Well": ["NA"],
    }  # fmt: skip
    assert dropped["cell"].tolist() == ["1:2", "2:1"]
    assert dropped["reason"].tolist() == [
        "no centre: its place is not a number", f"unreadable: no file {fields / 'in' / 'gone.tif'}"
    ]  # fmt: skip
    assert "form: centres, images: [DNA, ER]}" in caplog.text
    run(*given(fields, *profiled, "--channels", "DNA", "--images", fields / "in"))
    assert list(tables(fields)[0])[:2] == ["cell", "image"] and len(tables(fields)[0]) == 2


def test_images_of_cellprofiler_are_in_one_folder(profiled, fields, refuse):
    line = refuse(*given(fields, *profiled, "--images", fields / "in" / "DNA.tif"))
    assert "with --cellprofiler one folder that the images are in" in line
