import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from convoscope.config import load_config

SCRIPT = Path(__file__).parents[1] / "config" / "examples" / "configure.py"
make = runpy.run_path(str(SCRIPT))


def rows(separator: str, groups: int) -> str:
    """Write two classes of 24 cells in some groups each, and one cell whose class is not known."""
    cells = [("c", "a.tif", "ER", "01"), ("d", "a.tif", "", "01")]
    cells += [(f"{k}", f"{k}.tif", "5" if k % 2 else "ER", f"{k % 2}{k % groups}") for k in range(48)]
    return "\n".join(separator.join(row) for row in [("cell", "image", "class", "well"), *cells])


@pytest.mark.parametrize(("name", "separator"), [("cells.tsv", "\t"), ("cells.csv", ",")])
@pytest.mark.parametrize(("groups", "folds"), [(4, 3), (2, 3)])
def test_a_folder_of_cells_leaves_the_size_to_its_images(name, separator, groups, folds, tmp_path) -> None:
    (tmp_path / name).write_text(rows(separator, groups))
    content = make["cells"](tmp_path, "class", "well")
    [experiment] = load_config(content).experiments.image.values()
    assert experiment.crops.size is None
    assert experiment.cells is not None and experiment.cells.path == str((tmp_path / name).resolve())
    assert (experiment.split.folds, experiment.normalise.scope) == (folds, "auto")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cell\timage\tclass\n1\ta\tER\n", "no column 'well'; its columns are cell, image, class"),
        ("cell\timage\tclass\twell\n1\ta\tER\t\n", "no cell has a class and a well"),
        ("", "no header"),
        (None, "cells.tsv: no such file"),
    ],
)
def test_a_folder_that_cannot_be_used_is_one_line(text, said, tmp_path) -> None:
    if text is not None:
        (tmp_path / "cells.tsv").write_text(text)
    command = [sys.executable, SCRIPT, "cells", tmp_path, "class", "well"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("ERROR: make cells: ") and said in done.stderr


def test_it_prints_a_configuration(tmp_path) -> None:
    (tmp_path / "cells.tsv").write_text(rows("\t", 4))
    done = subprocess.run([sys.executable, SCRIPT, "cells", tmp_path, "class", "well"], capture_output=True, check=True)
    assert yaml.safe_load(done.stdout)["results"] == "results/cells"


def test_the_calibration_of_deepbind_has_its_draws_and_folds(tmp_path) -> None:
    for end in ("AC", "B"):
        (tmp_path / f"ELK1_GM12878_{end}.seq.gz").touch()
    done = subprocess.run([sys.executable, SCRIPT, "deepbind-search", tmp_path], capture_output=True, check=True)
    content = yaml.safe_load(done.stdout)
    assert content["results"] == "results/deepbind-search"
    experiment = load_config(content).experiments.sequence["ELK1"]
    search = experiment.search
    assert search is not None and (search.trials, search.folds, search.sizes, len(experiment.seeds)) == (30, 3, [30], 6)
    rates = [search.ranges["training.learning_rate"].at(share) for share in (0, 1)]
    assert rates == [0.0005, 0.05] and experiment.sanity
