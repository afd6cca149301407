import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.image.cellprofiler import read_tables

IMAGES = (
    "FileName_DNA,FileName_IllumDNA,FileName_ER,ImageNumber,Metadata_Well,PathName_DNA,PathName_ER,Frame_DNA\n"
    "f1_w1.tif,illum.npy,f1_w2.tif,1,A01,/d,/e,0\nf2_w1.tif,illum.npy,f2_w2.tif,2,NA,/d,/e,0\n"
)
OBJECTS = (
    "ImageNumber,ObjectNumber,AreaShape_Area,Location_Center_X,Location_Center_Y\n"
    '2,1,50,10.5,7\n1,1,40,3,4.25\n1,2,"41",nan,4\n'
)


@pytest.fixture
def read(tmp_path):
    def call(images=IMAGES, objects=OBJECTS, channels=(), folder=None):
        for name, text in (("Image.csv", images), ("Nuclei.csv", objects)):
            (tmp_path / name).write_bytes(text.encode())
        return read_tables(tmp_path / "Image.csv", tmp_path / "Nuclei.csv", channels, folder)

    return call


def test_objects_join_their_images(read):
    found = read()
    assert found.channels == ["DNA", "ER"]  # illumination functions are no images
    assert found.cells.to_dict("list") == {
        "cell": ["2:1", "1:1", "1:2"],
        "DNA": ["/d/f2_w1.tif", "/d/f1_w1.tif", "/d/f1_w1.tif"],
        "ER": ["/e/f2_w2.tif", "/e/f1_w2.tif", "/e/f1_w2.tif"],
        "x": [10.5, 3.0, pytest.approx(np.nan, nan_ok=True)],
        "y": [7.0, 4.25, 4.0],
        "ImageNumber": ["2", "1", "1"],
        "ObjectNumber": ["1", "1", "2"],
        "area": ["50", "40", "41"],
        "Metadata_Well": ["NA", "A01", "A01"],
    }
    assert found.reasons.tolist() == ["", "", "no centre: its place is not a number"]


def test_channels_folder_and_the_other_columns_of_centres(read, tmp_path):
    objects = OBJECTS.replace("Location_", "AreaShape_").replace("AreaShape_Area", "AreaShape_Perimeter")
    found = read(IMAGES.replace("\n", "\r\n"), "\ufeff" + objects, ["ER"], tmp_path)
    assert found.cells["ER"].tolist()[0] == str(tmp_path / "f2_w2.tif")
    assert list(found.cells) == ["cell", "ER", "x", "y", "ImageNumber", "ObjectNumber", "Metadata_Well"]


def test_other_separators_and_metadata_in_the_table_of_objects(read):
    objects = "".join(
        line + end + "\n" for line, end in zip(OBJECTS.splitlines(), (",Metadata_Drug", *",,,"), strict=True)
    )
    for mark in "\t;":
        found = read(IMAGES.replace(",", mark), objects.replace(",", mark))
        assert found.cells["x"].tolist()[:2] == [10.5, 3.0]
        assert list(found.cells)[-2:] == ["Metadata_Drug", "Metadata_Well"]


def test_one_object_whose_place_is_partly_known(read):
    for place, known in (("3,4", True), ("0,0", True), ("3,nan", False), (",4", False), ("inf,4", False)):
        found = read(objects=OBJECTS.splitlines()[0] + f"\n2,1,50,{place}\n")
        assert (found.cells["cell"].tolist(), found.reasons.tolist() == [""]) == (["2:1"], known)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objects": OBJECTS + "3,1,5,1,1\n"}, "ImageNumber 3 is not in .*Image.csv; give the two tables of one run"),
        ({"objects": OBJECTS + "1,1,5,1,1\n"}, "ImageNumber 1, ObjectNumber 1 stands twice"),
        ({"images": IMAGES + IMAGES.splitlines()[1] + "\n"}, "Image.csv: ImageNumber 1 stands twice"),
        ({"objects": OBJECTS.replace("Center", "Mid")}, "no column Location_Center_X or AreaShape_Center_X"),
        (
            {"objects": OBJECTS.replace("ObjectNumber", "Number")},
            "no column 'ObjectNumber'; it has ImageNumber, Number",
        ),
        ({"objects": "Image,Image\n" + OBJECTS}, "Nuclei.csv: column 'Image' stands twice; export each kind"),
        ({"objects": OBJECTS.splitlines()[0]}, "Nuclei.csv: no row; a table of CellProfiler"),
        ({"objects": OBJECTS + "1,9\n"}, "row 5 has 2 of 5 fields"),
        ({"objects": ""}, "no column 'ImageNumber'; it has none"),
        ({"images": IMAGES.replace("/e,0", "/e,3", 1)}, "Frame_DNA is 3, a plane of a stack"),
        ({"images": IMAGES.replace("/e,0", "/e,3", 1).replace("/e,0", "/e,4")}, "Frame_DNA is 3, a plane of a stack"),
        ({"objects": ",".join("abcdefghijkl") + "\n"}, "it has a, b, c, d, e, f, g, h, i, j, k, l$"),
        ({"objects": ",".join("abcdefghijklm") + "\n"}, "it has a, b, c, d, e, f, g, h, i, j, k, l, …$"),
        ({"objects": OBJECTS + "4,1,5,1,1\n3,1,5,1,1\n"}, "ImageNumber 4 is not in"),
        ({"images": IMAGES.replace("FileName_", "URL_")}, "no column of TIFF or PNG files; its images are none"),
        ({"channels": ["AGP"]}, "no image 'AGP'; its images are DNA, IllumDNA, ER"),
        ({"images": IMAGES.replace("_ER", "_x")}, "image 'x' has the name of a column"),
    ],
)
def test_tables_that_do_not_fit_are_refused(change, said, read):
    with pytest.raises(InputError, match=said):
        read(**change)
