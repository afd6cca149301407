import gzip

import numpy as np
import pytest

from convoscope.config.image import CropsSpec
from convoscope.errors import InputError
from convoscope.image.cells import read_cells


def spec(form="crops", **options):
    cells = {"path": "cells.tsv", "form": form, **options.pop("cells", {})}
    return CropsSpec.model_validate({"cells": cells, **options})


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "cells.tsv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_columns_of_ready_crops(table):
    text = "cell\timage\tlabel\tplate\tx\nA/1\tc/1.tif\tER\t01\t7\n2\tc/2.tif\tNA\t1\t?\n"
    cells = read_cells(table(text), spec(groups=["plate"]))
    assert cells.lines.tolist() == [2, 3]
    assert cells.ids.tolist() == ["A/1", "2"]
    assert cells.images["image"].tolist() == ["c/1.tif", "c/2.tif"]
    assert cells.described.astype(str).to_numpy().tolist() == [
        ["01", "ER"],
        ["1", "NA"],
    ]  # names are no numbers, NA may be a class
    np.testing.assert_array_equal(cells.places.to_numpy(), [[7], [np.nan]])
    assert cells.reasons.tolist() == ["", ""]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: gzip.compress(text.encode(), mtime=0),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n").replace("\t", " \t "),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("ER", '"ER"').replace("label", '"label"'),
        lambda text: text.replace("\t", ","),
        lambda text: text.replace("\t", ";").replace("\n", "\r\n"),
        lambda text: text.replace("\t", ",").replace("ER", '"ER"'),
    ],
)
def test_ways_to_write_a_table(change, table):
    cells = read_cells(
        table(change("cell\timage\tx\ty\tlabel\n1\tf\t1.5\t2\tER\n2\tf\t3\t4e0\tGolgi\n")), spec("centres")
    )
    assert (cells.ids.tolist(), cells.images["image"].tolist()) == (["1", "2"], ["f", "f"])
    assert cells.places.to_numpy().tolist() == [[1.5, 2], [3, 4]]
    assert cells.described["label"].tolist() == ["ER", "Golgi"]


def test_quotation_marks_and_commas_within_names(table, caplog):
    caplog.set_level("INFO")
    rows = 'cell\timage\tlabel\n1\ta,b.tif\t5" disc\n2\tc;d.tif\t"the ""ER"""\n'
    cells = read_cells(table(rows), spec())
    assert cells.images["image"].tolist() == ["a,b.tif", "c;d.tif"]
    assert cells.described["label"].tolist() == ['5" disc', 'the "ER"']
    assert caplog.messages == []
    cells = read_cells(table('cell,image,label\n1,"a,b.tif",5" disc\n'), spec())
    assert (cells.images["image"].tolist(), cells.described["label"].tolist()) == (["a,b.tif"], ['5" disc'])
    assert caplog.messages == [f"{table('')}: read as a table separated by commas"]


@pytest.mark.parametrize("header", ['cell;image;label;"a,b"', "cell;image;label;a,b", 'cell,image,label,"a;b;c;d;e"'])
def test_the_sign_that_makes_more_columns_separates_them(header, table):
    cells = read_cells(table(header + "\n" + "1?f?ER?2".replace("?", header[4]) + "\n"), spec())
    assert cells.described["label"].tolist() == ["ER"]


def test_lines_are_those_of_the_file(table):
    text = "cell\timage\tlabel\n\n1\ta\tER\n\t\t\n2\tb\tER\n"
    assert read_cells(table(text), spec()).lines.tolist() == [3, 5]


def test_what_a_table_says_against_its_cells(table):
    rows = [
        "1\tf\t1\t2\tER\tp",
        "2\t\t1\t2\tER\tp",
        "3\tf\t\t2\tER\tp",
        "4\tf\t1\tNaN\tER\tp",
        "5\tf\t1,5\t2\tER\tp",
        "6\tf\t1\tinf\tER\tp",
        "7\tf\t1\t2\tnan\tp",
        "8\tf\t1\t2\tER\t",
        "9\tf\t1\t2\tER",
    ]
    text = "\n".join(["cell\timage\tx\ty\tlabel\tplate", *rows])
    assert read_cells(table(text), spec("centres", groups=["plate"])).reasons.tolist() == [
        "",
        "unreadable: image empty, no file is named",
        "out of frame: x is '', not a number",
        "out of frame: y is '', not a number",
        "out of frame: x is '1,5', not a number",
        "out of frame: y is 'inf', not a number",
        "no label: label empty",
        "no group: plate empty",
        "no group: plate empty",
    ]


def test_masks_and_boxes(table):
    text = "cell\timage\tm\to\tlabel\n1\tf\tm.tif\t3\tER\n2\tf\t\t3\tER\n3\tf\tm.tif\tx\tER\n"
    cells = read_cells(table(text), spec("masks", cells={"mask": "m", "object": "o"}))
    assert cells.places["mask"].tolist() == ["m.tif", "", "m.tif"]
    assert cells.places["object"].tolist()[:2] == [3, 3]
    assert cells.reasons.tolist() == [
        "", "unreadable: m empty, no file is named", "no object: o is 'x', not a number"
    ]  # fmt: skip
    text = "cell\timage\ta\tb\tc\td\tlabel\n1\tf\t1\t2\t3\t4\tER\n"
    cells = read_cells(table(text), spec("boxes", cells={"box": ["a", "b", "c", "d"]}))
    assert cells.places.to_dict("records") == [{"left": 1, "top": 2, "right": 3, "bottom": 4}]


def test_several_labels(table):
    text = "cell\timage\tER\tGolgi\n1\tf\t1\t0\n2\tg\t\t1.0\n3\th\tNaN\t\n"
    cells = read_cells(table(text), spec(labels=["ER", "Golgi"], task="multilabel"))
    assert cells.described.astype(str).to_numpy().tolist() == [["1", "0"], ["", "1.0"], ["", ""]]
    assert cells.reasons.tolist() == ["", "", "no label: ER and Golgi empty"]


@pytest.mark.parametrize(("form", "header"), [("centres", "x\ty"), ("boxes", "left\ttop\tright\tbottom")])
def test_places_that_are_shares_of_the_image_are_refused(form, header, table):
    names = header.split("\t")
    rows = "".join(f"{n}\ta.tif\tER" + f"\t0.{n}5" * len(names) + "\n" for n in range(1, 4))
    with pytest.raises(
        InputError, match=f"{', '.join(names)} from 0.15 to 0.35, as shares of the image are; places are"
    ):
        read_cells(table(f"cell\timage\tlabel\t{header}\n{rows}"), spec(form))
    whole = rows.replace("0.35", "17")
    assert len(read_cells(table(f"cell\timage\tlabel\t{header}\n{whole}"), spec(form)).ids) == 3


def test_one_column_may_serve_twice(table):
    cells = read_cells(table("image\tlabel\na.tif\tER\nb.tif\tER\n"), spec(cells={"id": "image"}))
    assert cells.ids.tolist() == cells.images["image"].tolist() == ["a.tif", "b.tif"]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", {}, "cells.tsv:1: no header"),
        ("cell\timage\tlabel\n", {}, "no row; at least one cell"),
        ("cell\timage\tlabel\n\n\t\t\n", {}, "no row; at least one cell"),
        ("cell image label\n1 a ER\n", {}, "no column 'cell'; its columns are cell image label; columns are separated"),
        ("cell\timage\tclass\n1\ta\tER\n", {}, "no column 'label'; its columns are cell, image, class$"),
        ("\t".join("abcdefghijkl") + "\n", {}, "its columns are a, b, c, d, e, f, g, h, i, j, k, l$"),
        ("\t".join("abcdefghijklm") + "\n", {}, "its columns are a, b, c, d, e, f, g, h, i, j, k, l, …$"),
        ("cell\timage\tlabel\n1\ta\tER\n", {"groups": ["plate"]}, "no column 'plate'"),
        ("cell\timage\tlabel\tlabel\n1\ta\tER\tER\n", {}, "column 'label' stands twice"),
        ("cell\timage\tlabel\n1\ta\tER\n2\tb\tER\n1\tc\tER\n", {}, "cells.tsv:4: cell '1' stands already on line 2"),
        ("cell\timage\tlabel\n1\ta\tER\n\tb\tER\n", {}, "cells.tsv:3: no cell"),
        ("cell\timage\tlabel\n1\ta\tER\n2\tb\tER\tx\ty\n", {}, "cells.tsv:3: 5 columns; the header has 3"),
        ("cell\timage\tlabel\n1\ta\tyes\n", {"task": "multilabel"}, "cells.tsv:2: label is 'yes'; task multilabel"),
        ("cell\timage\tlabel\n1\ta\t2\n", {"task": "multilabel"}, "cells.tsv:2: label is '2'; task multilabel"),
        ('cell\timage\tlabel\n1\ta\t"ER\n', {}, "cells.tsv:2: unexpected end of data; a field that begins with a quot"),
        ('cell\timage\tlabel\n1\ta\t"ER\n2\tb\tER"\n', {}, "cells.tsv:2: a field of several lines; a field that"),
        ('cell\timage\tlabel\n1\ta\tER\n2\tb\t"E"R\n', {}, "cells.tsv:3: .* expected after .*; a field that begins"),
        ('cell\timage\tlabel\n1\ta\t"E\tR"\n', {}, "cells.tsv:2: a field holds a tab; fields are read without"),
        ("cell\timage\tlabel\n1\ta\t" + "E" * 131073, {}, "cells.tsv:2: field larger than field limit"),
        ("c" * 131073 + "\timage\tlabel\n1\ta\tE", {}, "cells.tsv:1: field larger than field limit"),
        (b"\xff\xfe\x00", {}, "not text"),
    ],
)
def test_bad_tables(text, options, said, table):
    with pytest.raises(InputError, match=said):
        read_cells(table(text), spec(**options))


def test_the_longest_field(table):
    name = "E" * 131072
    assert read_cells(table(f"cell\timage\tlabel\n1\ta\t{name}\n"), spec()).described["label"].tolist() == [name]


def test_a_missing_table(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_cells(tmp_path / "cells.tsv", spec())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"groups": ["image"]}, "image: reserved"),
        ({"labels": ["fold"]}, "fold: reserved"),
        ({"groups": ["label"]}, "label: named twice"),
        ({"groups": ["plate", "plate"]}, "plate: named twice"),
    ],
)
def test_columns_that_would_collide(options, said):
    with pytest.raises(ValueError, match=said):
        spec(**options)
