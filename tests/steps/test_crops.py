import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import tifffile


@pytest.fixture
def arguments(tmp_path):
    """Return the command line for a table in the folder ``in``."""

    def call(table=None, **spec):
        cells = {"path": "in/cells.tsv", **spec.pop("cells", {})}
        out = tmp_path / "out"
        names = {"cut": "cut.tsv", "codes": "codes.npy", "dropped": "dropped.tsv"}
        outputs = [part for name, file in names.items() for part in (f"--{name}", out / file)]
        source = table or tmp_path / "in" / "cells.tsv"
        return ["crops", "--table", source, "--spec", json.dumps({"cells": cells, **spec}), *outputs]

    return call


@pytest.fixture
def fields(tmp_path):
    """Write fields with cells of known pixels, in a shuffled table."""

    def call(count, cells, size=64):
        folder, generator = tmp_path / "in", np.random.default_rng(8)
        folder.mkdir(exist_ok=True)
        rows = []
        for number in range(count):
            image = generator.integers(0, 5000, (2, size, size), dtype=np.uint16)
            tifffile.imwrite(folder / f"f{number}.tif", image)
            places = generator.integers(8, size - 8, (cells, 2))
            rows += [(f"{number}.{cell}", f"f{number}.tif", x, y, "ER") for cell, (x, y) in enumerate(places)]
        table = pd.DataFrame(rows, columns=["cell", "image", "x", "y", "label"]).sample(frac=1, random_state=1)
        table.to_csv(folder / "cells.tsv", sep="\t", index=False)
        return table.reset_index(drop=True)

    return call


CENTRES = {"cells": {"form": "centres"}, "crops": {"size": 9}}


def results(folder):
    tables = [
        pd.read_csv(folder / name, sep="\t", keep_default_na=False, dtype={"id": str})
        for name in ("cut.tsv", "dropped.tsv")
    ]
    return np.load(folder / "codes.npy", mmap_mode="r"), *tables


def test_rows_stay_in_the_order_of_the_table(fields, arguments, run, tmp_path):
    table = fields(5, 20)
    (tmp_path / "in" / "f3.tif").write_bytes(b"II*\0damaged")
    run(*arguments(**CENTRES))
    codes, cut, dropped = results(tmp_path / "out")
    kept = table[table["image"] != "f3.tif"]
    assert cut["id"].tolist() == kept["cell"].tolist()
    assert list(cut) == ["id", "image", "x", "y", "status", "label"]
    assert (codes.shape, codes.dtype) == ((80, 2, 9, 9), np.uint16)
    images = {name: tifffile.imread(tmp_path / "in" / name) for name in kept["image"].unique()}
    for crop, (image, x, y) in zip(codes, kept[["image", "x", "y"]].itertuples(index=False), strict=True):
        np.testing.assert_array_equal(crop, images[image][:, y - 4 : y + 5, x - 4 : x + 5])
    lost = table[table["image"] == "f3.tif"]
    assert dropped["line"].tolist() == (lost.index + 2).tolist()
    assert dropped["reason"].str.startswith("unreadable: f3.tif: ").all()
    assert dropped["row"].iloc[0] == " ".join(map(str, lost.iloc[0]))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["codes.npy", "cut.tsv", "dropped.tsv"]


def test_a_channel_of_one_value_is_warned_of(fields, arguments, run, tmp_path, caplog):
    fields(4, 20)
    run(*arguments(**CENTRES))
    assert "one value" not in caplog.text
    for number in range(4):
        image = tifffile.imread(tmp_path / "in" / f"f{number}.tif")
        image[1] = number  # another value in every field
        tifffile.imwrite(tmp_path / "in" / f"f{number}.tif", image)
    run(*arguments(**{**CENTRES, "crops": {"size": 9, "channels": ["GFP", "RFP"]}}))
    assert "channel RFP has one value in 100% of the crops; look at its files and at crops.channels" in caplog.text
    assert "GFP" not in caplog.text


def test_the_same_twice_is_the_same(fields, arguments, run, tmp_path):
    fields(3, 10)
    run(*arguments(**CENTRES))
    first = [path.read_bytes() for path in sorted((tmp_path / "out").iterdir())]
    run(*arguments(**CENTRES))
    assert [path.read_bytes() for path in sorted((tmp_path / "out").iterdir())] == first


def test_images_may_be_in_another_folder(fields, arguments, run, tmp_path):
    fields(1, 5)
    moved = tmp_path / "elsewhere.tsv"
    (tmp_path / "in" / "cells.tsv").rename(moved)
    run(*arguments(moved, cells={"form": "centres", "folder": str(tmp_path / "in")}, crops={"size": 9}))
    assert len(results(tmp_path / "out")[0]) == 5


def test_too_many_losses_leave_only_their_reasons(fields, arguments, refuse, tmp_path):
    fields(4, 10)
    (tmp_path / "in" / "f2.tif").unlink()
    line = refuse(*arguments(**CENTRES))
    assert line.startswith("ERROR: crops.max_dropped: 10 of 40 cells cannot be used: 10 unreadable, such as cells.tsv:")
    assert "at most 20% of the cells may be lost" in line
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dropped.tsv"]
    assert len(pd.read_csv(tmp_path / "out" / "dropped.tsv", sep="\t")) == 10


@pytest.mark.parametrize("name", ["missing", "text", "nan"])
def test_nothing_can_be_read(name, fields, arguments, refuse, tmp_path):
    fields(1, 3)
    image = tmp_path / "in" / "f0.tif"
    image.unlink()
    if name == "text":
        image.write_text("hello")
    if name == "nan":
        tifffile.imwrite(image, np.full((2, 64, 64), np.nan, dtype=np.float32))
    line = refuse(*arguments(cells={"form": "centres"}, crops={"size": 9, "max_dropped": 1.0}))
    found = {"missing": "3 unreadable", "text": "neither TIFF nor PNG", "nan": "f0.tif is float32"}[name]
    assert found in line
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dropped.tsv"]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"labels": ["class"]}, "no column 'class'; its columns are cell, image, x, y, label"),
        ({"groups": ["image"]}, "--spec: image: reserved for a column of crops.tsv"),
        ({"task": "multilabel"}, "label is 'ER'; task multilabel reads 0, 1 or nothing"),
        ({"cells": {"form": "circles"}}, "--spec: cells.form"),
        ({"cells": {"images": []}}, "--spec: cells.images"),
    ],
)
def test_bad_settings_end_in_one_line(spec, said, fields, arguments, refuse, tmp_path):
    fields(1, 3)
    assert said in refuse(*arguments(**spec))
    assert not (tmp_path / "out").exists()


def peak_memory(*calls):
    """Return the largest memory, in MiB, that a process has had after each of several calls of a verb."""
    code = (
        "import json, resource, sys; from convoscope.__main__ import main\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    assert main(words) == 0 and 'torch' not in sys.modules\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    words = json.dumps([list(map(str, call)) for call in calls])
    done = subprocess.run([sys.executable, "-c", code, words], capture_output=True, text=True, check=True)
    return list(map(float, done.stdout.split()))


def test_memory_does_not_hold_the_crops(fields, arguments, tmp_path):
    spec, folder = {"cells": {"form": "centres"}, "crops": {"size": 64}}, tmp_path / "in"
    fields(2, 200, size=128)
    (folder / "cells.tsv").rename(folder / "few.tsv")  # the same fields are the first of the many
    fields(20, 200, size=128)
    few, many = peak_memory(arguments(folder / "few.tsv", **spec), arguments(**spec))
    held = (tmp_path / "out" / "codes.npy").stat().st_size / 2**20
    assert held > 60
    assert many - few < held / 4


@pytest.mark.data
@pytest.mark.parametrize(("name", "group"), [("yeast_pairs", "field"), ("mitosis", "track")])
def test_real_cells(name, group, data, arguments, run, tmp_path):
    folder = data / "cells" / name
    whole = pd.read_csv(folder / "cells.tsv", sep="\t").iloc[::5]
    table = tmp_path / "cells.tsv"
    whole.to_csv(table, sep="\t", index=False)
    run(*arguments(table, cells={"folder": str(folder)}, groups=[group], crops={"saturated": 0.5}))
    codes, cut, dropped = results(tmp_path / "out")
    assert (len(cut), len(dropped)) == (len(whole), 0)
    assert (cut["status"] == "ok").all()
    assert cut[group].tolist() == whole[group].tolist()
    assert (codes.shape[1:], codes.dtype) == {
        "yeast_pairs": ((2, 64, 64), np.uint16), "mitosis": ((3, 64, 64), np.uint8)
    }[name]  # fmt: skip
    if name == "mitosis":
        assert cut[["x", "y"]].to_numpy().tolist() == whole[["x", "y"]].to_numpy().tolist()
    else:
        np.testing.assert_array_equal(codes[7], tifffile.imread(folder / cut["image"][7]))
