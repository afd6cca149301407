"""Calls of whole groups, and cells as the last layer sees them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from convoscope.report import embedding, votes
from convoscope.report.embedding import embedding_finding, kinship, spread_out
from convoscope.report.votes import collect, votes_finding, votes_table


def made(classes: int, groups: int, cells: int = 4) -> dict[str, Any]:
    """Return what both figures are drawn from: test groups of one class each, some called wrong; two plates."""
    generator = np.random.default_rng(0)
    labels = [f"class {number}" for number in range(classes)]
    n = groups * cells
    number = np.repeat(np.arange(groups), cells)
    truth = np.eye(classes)[number % classes]
    table = pd.DataFrame({"id": [f"c{row}" for row in range(n)], "fold": np.where(number < classes, "train", "test")})
    table = table.assign(group=[f"p{row}" for row in number], protein=[f"p{row}" for row in number],
                         plate=[f"plate{row % 2}" for row in range(n)])  # fmt: skip
    table = table.assign(**{label: truth[:, place] for place, label in enumerate(labels)})
    values = generator.dirichlet(np.ones(classes), n) + 0.3 * truth
    tested = table.index[table["fold"] == "test"]
    predictions = pd.DataFrame({
        "id": np.repeat(table["id"][tested], classes), "fold": "holdout", "split": "test",
        "label": labels * len(tested), "prediction": values[tested].ravel(),
    })  # fmt: skip
    fold = {"column": "fold", "group": "group", "train": ["train"], "validation": [], "test": ["test"]}
    card = {"labels": labels, "groups": ["protein", "plate"], "by": "protein", "folds": {"holdout": fold}}
    features = {"cells": np.hstack([truth, generator.normal(0, 0.1, (n, 3))]), "ids": table["id"].to_numpy(str)}
    return {"card": card, "examples": table, "predictions": predictions, "embeddings": features}


def test_groups_are_called_by_the_mean_of_their_cells() -> None:
    examples = pd.DataFrame({"id": list("abcd"), "protein": ["p", "p", "q", "q"], "plate": ["1", "2", "1", "2"],
                             "x": [1.0, 1, 0, 0], "y": [0.0, 0, 1, 1]})  # fmt: skip
    predictions = pd.DataFrame({
        "id": np.repeat(list("abcd"), 2), "split": "test", "label": ["x", "y"] * 4,
        "prediction": [0.9, 0.1, 0.4, 0.6, 0.6, 0.4, 0.8, 0.2],
    })  # fmt: skip
    found = collect({"labels": ["x", "y"], "groups": ["protein", "plate"]}, examples, predictions)
    table = votes_table(found, ["x", "y"], {"protein": 0.67})
    assert list(found) == ["protein"]  # plates hold both classes
    assert table.drop(columns=["confidence"]).values.tolist() == [
        ["protein", "p", 2, "x", "x", "yes", "no"], ["protein", "q", 2, "y", "x", "no", "yes"],
    ]  # fmt: skip
    assert table["confidence"].tolist() == pytest.approx([0.65, 0.7])
    assert votes_finding(table, "protein") == (
        "1 of 2 proteins that no network saw are called right by their cells; not q (y called x)"
    )


def test_without_groups_of_one_class_it_says_so(tmp_path: Path) -> None:
    content = made(2, 8)
    content.pop("embeddings")
    content["card"]["groups"] = ["plate"]
    votes.draw(tmp_path / "votes.svg", metrics={}, **content)
    assert "no column has groups of one class each" in (tmp_path / "votes.svg").read_text()
    assert (tmp_path / "votes.tsv").read_text().startswith("column\tgroup\tcells\ttrue\tcalled\tright\tconfidence")


@pytest.mark.parametrize(("classes", "groups"), [(2, 6), (12, 48), (40, 200)])
def test_few_and_many_classes_are_drawn(classes: int, groups: int, tmp_path: Path) -> None:
    content = made(classes, groups)
    features = content.pop("embeddings")
    votes.draw(tmp_path / "votes.svg", metrics={"votes": {"protein": {"least_confidence": 0.2}}}, **content)
    table = pd.read_csv(tmp_path / "votes.tsv", sep="\t")
    assert len(table) == groups - classes and set(table["column"]) == {"protein"}
    content.pop("predictions")
    embedding.draw(tmp_path / "embedding.svg", embeddings=features, **content)
    shown = pd.read_csv(tmp_path / "embedding.tsv", sep="\t")
    assert len(shown) == min(4 * (groups - classes), 1000) and list(shown) == [
        "id",
        "pc1",
        "pc2",
        "class",
        "plate",
        "protein",
    ]


def test_umap_has_axes_of_its_own(tmp_path: Path) -> None:
    content = made(3, 9)
    content.pop("predictions")
    points = np.random.default_rng(2).normal(size=(len(content["examples"]), 2))
    embedding.draw(tmp_path / "e.svg", **content | {"embeddings": {**content["embeddings"], "umap": points}})
    shown = pd.read_csv(tmp_path / "e.tsv", sep="\t")
    assert list(shown) == ["id", "pc1", "pc2", "umap1", "umap2", "class", "plate", "protein"]
    rows = content["examples"]["id"].isin(shown["id"]).to_numpy()
    np.testing.assert_allclose(shown["umap1"], points[rows, 0], rtol=1e-4)
    assert (tmp_path / "e.svg").read_text().count("UMAP 1") == 3


def test_neighbours_are_counted_between_held_out_and_training_cells_alone() -> None:
    cells = np.array([[0.0], [0.1], [5.0], [4.9]])
    columns = {"class": np.array(["x", "y", "y", "y"]), "protein": np.array(["p", "q", "r", "s"])}
    kin = kinship(cells, np.array([0, 2]), np.array([1, 3]), columns)
    assert kin.values.tolist() == [["class", 0.5, 0.5]]  # no protein is on both sides
    said = "2 test cells: the nearest training cell has the same class in 50% (50% by chance)"
    assert embedding_finding(kin, 2) == said
    assert spread_out(np.arange(4, 7), 9).tolist() == [4, 5, 6]
