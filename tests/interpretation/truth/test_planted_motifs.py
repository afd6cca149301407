"""Planted motifs are found by the filters that resemble them, and decoys are told by their effect."""

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.interpretation.motifs.database import Target, load_jaspar
from convoscope.interpretation.motifs.meme import Motif
from convoscope.interpretation.truth.planted_motifs import (
    COLUMNS,
    Planted,
    best_filter,
    planted_motifs,
    recover,
    signed_influence,
    with_planted,
)

pytestmark = pytest.mark.usefixtures("few_comparisons")

IDS = {"CTCF": "MA0139.2", "GABPA": "MA0062.4", "USF1": "MA0093.4", "decoy": "MA0510.3"}


@pytest.fixture(scope="module")
def database():
    return load_jaspar("JASPAR2026", ["vertebrates"])


@pytest.fixture(scope="module")
def planted(database):
    matrices = {target.id: target.matrix for target in database}
    roles = {name: "decoy" if name == "decoy" else "planted" for name in IDS}
    return [Planted(name, matrix_id, roles[name], matrices[matrix_id]) for name, matrix_id in IDS.items()]


@pytest.fixture(scope="module")
def learned(planted):
    """As filters see them: the other strand of CTCF, a part of GABPA, the decoy, and noise; nothing of USF1."""
    ctcf, gabpa, _, decoy = [motif.matrix for motif in planted]
    noise = np.random.default_rng(1).dirichlet(np.full(4, 0.5), size=8)
    matrices = {"f0": noise, "f1": 0.9 * ctcf[::-1, ::-1] + 0.025, "f2": gabpa[:-1], "f3": 0.9 * decoy + 0.025}
    return [Motif(name, "", matrix, 50) for name, matrix in matrices.items()]


def filters(decoy_influence):
    values = {"CTCF": [0, 2, 0, 0], "GABPA": [0, 0, 1.5, 0], "USF1": [0.1, 0, 0, decoy_influence]}
    columns = {f"influence:{label}": value for label, value in values.items()}
    return pd.DataFrame({"filter": ["f0", "f1", "f2", "f3"], "information": [4.0, 12, 10, 15], **columns})


def test_what_was_planted_is_found(learned, planted, database):
    table = recover(learned, filters(0.4), planted, database).set_index("factor")
    assert list(table.reset_index().columns) == COLUMNS
    assert table["found"].to_dict() == {"CTCF": "yes", "GABPA": "yes", "USF1": "no", "decoy": "yes"}
    assert table["filter"].drop("USF1").to_dict() == {"CTCF": "f1", "GABPA": "f2", "decoy": "f3"}
    assert (table.loc[["CTCF", "GABPA", "decoy"], "q_value"] < 1e-4).all() and table.loc["USF1", "q_value"] > 0.05
    assert table["matrix_name"].to_dict() == {"CTCF": "CTCF", "GABPA": "GABPA", "USF1": "USF1", "decoy": "RFX5"}
    assert table["role"].to_list() == ["planted"] * 3 + ["decoy"]
    assert table.loc["CTCF", ["information", "influence"]].to_list() == [12, 2]


@pytest.mark.parametrize(("influence", "effect"), [(0.4, "raises"), (-0.4, "lowers")])
def test_a_decoy_is_judged_by_what_its_filter_does(learned, planted, database, influence, effect):
    table = recover(learned, filters(influence), planted, database).set_index("factor")
    assert table.loc["decoy", ["found", "influence", "effect"]].to_list() == ["yes", influence, effect]
    assert table.loc["CTCF", "effect"] == "raises"


def test_the_threshold_decides(learned, planted, database):
    table = recover(learned, filters(1), planted, database, threshold=1e-300)
    assert set(table["found"]) == {"no"}


def test_without_motifs_nothing_is_found(planted, database):
    table = recover([], filters(1), planted, database)
    assert set(table["found"]) == {"no"} and table["filter"].isna().all()


def test_order_of_the_filters_does_not_matter(learned, planted, database):
    first = recover(learned, filters(1), planted, database)
    second = recover(learned, filters(1).iloc[::-1], planted, database)
    pd.testing.assert_frame_equal(first, second)
    assert second.set_index("factor").loc["CTCF", "filter"] == "f1"


def test_a_motif_without_a_row_is_refused(learned, planted, database):
    with pytest.raises(InputError, match="filters: no row for motif f3"):
        recover(learned, filters(1).iloc[:3], planted, database)


def test_signed_influence_by_hand():
    table = pd.DataFrame({"influence:a": [1.0, -3.0, np.nan], "influence:b": [-2.0, 1.0, 0.5]})
    assert signed_influence(table, "a").tolist() == [1, -3, 0]
    assert signed_influence(table, "decoy").tolist() == [-2, -3, 0.5]
    assert signed_influence(pd.DataFrame(index=range(2)), "a").tolist() == [0, 0]


def test_best_filter_by_hand():
    q_values, influence = np.array([0.5, 0.01, 0.001, 0.001]), np.array([9.0, 1.0, -1.0, -2.0])
    assert best_filter("planted", q_values, influence, 0.05) == 3
    assert best_filter("decoy", q_values, influence, 0.05) == 1
    assert best_filter("decoy", q_values, -np.abs(influence), 0.05) == 3
    assert best_filter("decoy", np.ones(4), influence, 0.05) == 0


def test_planted_motifs_join_both_files():
    motifs = [Motif("MA1.1", "a", np.eye(4), 1), Motif("MA2.1", "decoy", np.eye(4), 1)]
    truth = pd.DataFrame(
        {"factor": ["a", "a", "decoy"], "matrix_id": ["MA1.1", "MA1.1", "MA2.1"], "kind": ["strong", "false", "decoy"]}
    )
    assert [(motif.factor, motif.role) for motif in planted_motifs(motifs, truth)] == [
        ("a", "planted"),
        ("decoy", "decoy"),
    ]
    with pytest.raises(InputError, match=r"truth: no site of MA2.1 decoy; take both files"):
        planted_motifs(motifs, truth[:2])


def test_the_database_gets_what_it_lacks():
    database = [Target("MA1.1", "A", np.eye(4))]
    planted = [Planted("a", "MA1.1", "planted", np.eye(4)), Planted("b", "MA9.1", "planted", np.eye(4))]
    assert [(target.id, target.name) for target in with_planted(database, planted)] == [("MA1.1", "A"), ("MA9.1", "b")]
