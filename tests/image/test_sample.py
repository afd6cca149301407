import numpy as np
import pytest
import tifffile

from convoscope.config.image import CropsSpec
from convoscope.errors import InputError
from convoscope.image.sample import TRIED, first_crops


@pytest.fixture
def crops(tmp_path):
    """Write a table of cells and return what its first images are."""

    def call(names, crops=None, header="image", **cells):
        rows = [f"{number}\t{name}\tER" for number, name in enumerate(names)]
        (tmp_path / "cells.tsv").write_text("\n".join([f"cell\t{header}\tlabel", *rows]))
        spec = CropsSpec.model_validate({"cells": {"path": "cells.tsv", **cells}, "crops": crops or {}})
        return first_crops(tmp_path / "cells.tsv", spec, tmp_path)

    for side in (20, 78):
        tifffile.imwrite(tmp_path / f"{side}.tif", np.ones((2, side, side), np.uint16), photometric="minisblack")
    return call


def test_channels_and_size_of_the_first_that_can_be_used(crops):
    assert crops(["missing.tif", "78.tif", "20.tif"]) == (2, 78)
    assert crops(["78.tif", "20.tif"], {"size": 20}) == (2, 20)
    assert crops(["78.tif\t1\t1"], header="image\tx\ty", form="centres") == (2, 64)
    assert crops(["78.tif\t1\t1"], {"size": 9}, header="image\tx\ty", form="centres") == (2, 9)
    assert crops([*(f"{number}.tif" for number in range(TRIED - 1)), "20.tif"]) == (2, 20)


@pytest.mark.parametrize(
    ("names", "options", "said"),
    [
        (["a.tif", "b.tif"], {}, r"no image of its first 2 can be used, line 2: unreadable: no file .*a\.tif"),
        (["20.tif"], {"size": 78}, "line 2: wrong size: the image is 20 x 20 pixels; crops.size is 78"),
        (["20.tif"], {"channels": ["DNA"]}, r"wrong channels: the image has 2; crops\.channels has 1"),
        ([""], {}, "no image of its first 1 can be used, unreadable: image empty"),
        ([f"{number}.tif" for number in range(100, 100 + TRIED)] + ["20.tif"], {}, f"first {TRIED} can be used"),
    ],
)
def test_tables_without_an_image_that_can_be_used(names, options, said, crops):
    with pytest.raises(InputError, match=f"^.*cells.tsv: .*{said}"):
        crops(names, options)
