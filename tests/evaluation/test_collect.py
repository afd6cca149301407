"""Long tables to matrices."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.evaluation.collect import average_seeds, collect, common_rows, read_predictions, to_matrix

IDS = pd.Index(["a", "b", "c"])


def table(rows: list[tuple], columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def long(*rows: tuple) -> pd.DataFrame:
    return table(list(rows), "id fold split label prediction")


def test_mean_and_spread() -> None:
    seeds = table(
        [("a", "0", "test", "x", 0.2, 1), ("b", "0", "test", "x", 1.0, 1), ("a", "0", "test", "x", 0.6, 2),
         ("b", "0", "test", "x", 1.0, 2)],
        "id fold split label prediction seed",
    )  # fmt: skip
    found = average_seeds(seeds)
    assert list(found) == ["id", "fold", "split", "label", "prediction", "spread"]
    assert found[["id", "prediction", "spread"]].to_numpy().tolist() == [
        ["a", pytest.approx(0.4), pytest.approx(0.2)],
        ["b", 1.0, 0.0],
    ]


def test_one_seed_has_no_spread() -> None:
    assert average_seeds(long(("a", "0", "test", "x", 0.3)).assign(seed=1))["spread"].tolist() == [0.0]


def test_missing_seed() -> None:
    seeds = pd.concat([long(("a", "0", "test", "x", 0.3), ("b", "0", "test", "x", 0.3)).assign(seed=1),
                       long(("a", "0", "test", "x", 0.3)).assign(seed=2)])  # fmt: skip
    with pytest.raises(InputError, match=r"fold 0: 'b', label 'x': 1 predictions; each of the 2 seeds"):
        average_seeds(seeds)


def test_matrix_and_back() -> None:
    wide = pd.DataFrame(np.arange(6.0).reshape(3, 2), index=IDS, columns=["x", "y"])
    rows = wide.rename_axis("id").reset_index().melt("id", var_name="label", value_name="prediction")
    shuffled = rows.sample(frac=1, random_state=1)
    assert (to_matrix(shuffled, IDS, ["x", "y"]) == wide.to_numpy()).all()
    assert np.isnan(to_matrix(rows[rows["id"] != "b"], IDS, ["x", "y"])).tolist() == [
        [False] * 2,
        [True] * 2,
        [False] * 2,
    ]


@pytest.mark.parametrize(("row", "message"), [(("z", "x"), "id 'z'"), (("a", "z"), "label 'z'")])
def test_unknown_names(row: tuple[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        to_matrix(table([(*row, 0.5)], "id label prediction"), IDS, ["x"])


def test_folds_are_pooled() -> None:
    found = collect(
        long(("a", "0", "test", "x", 0.1), ("c", "0", "validation", "x", 0.2), ("b", "1", "test", "x", 0.3)), IDS, ["x"]
    )
    assert found.folds.tolist() == ["0", "1", ""]
    assert found.test[:2].tolist() == [[0.1], [0.3]]
    assert np.isnan(found.test[2, 0])
    assert np.nan_to_num(found.validation["0"], nan=-1).tolist() == [[-1], [-1], [0.2]]
    assert np.isnan(found.validation["1"]).all()


def test_methods_must_test_the_same() -> None:
    model = collect(long(("a", "0", "test", "x", 0.1), ("b", "0", "test", "x", 0.2)), IDS, ["x"])
    assert common_rows({"model": model, "gc": model}).tolist() == [True, True, False]
    for rows in ([("a", "0")], [("a", "0"), ("b", "1")], [("a", "0"), ("b", "0"), ("c", "0")]):
        other = collect(long(*((name, fold, "test", "x", 0.5) for name, fold in rows)), IDS, ["x"])
        with pytest.raises(InputError, match="gc: its test examples or folds are not the model's"):
            common_rows({"model": model, "gc": other})


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "p.tsv"
    path.write_text("id\tsplit\tlabel\tprediction\nNA\ttest\tnan\t0.5\nb\ttrain\tnan\t0.1\n")
    assert read_predictions(path, fold="0", seed=3).to_numpy().tolist() == [["NA", "test", "nan", 0.5, "0", 3]]
