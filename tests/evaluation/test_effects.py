import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from convoscope.evaluation import effects
from convoscope.evaluation.metrics import auroc, mse, spearman


def table(count=300, labels=("a", "b"), seed=1):
    generator = np.random.default_rng(seed)
    made = pd.DataFrame({
        "row": np.arange(1, count + 1), "allele": 1, "chrom": generator.choice(["x", "y", "z"], count),
        "pos": generator.integers(1, 5000, count), "id": ".", "ref": "A", "alt": "C", "padded": 0,
    })  # fmt: skip
    for label in labels:
        difference = generator.normal(size=count)
        made[f"{label}:ref"], made[f"{label}:alt"] = 0.0, difference
        made[f"{label}:difference"] = made[f"{label}:log_odds"] = made[f"{label}:largest"] = difference
        made[f"{label}:spread"] = 0.1
    return made


def test_regions_are_numbered_within_contigs():
    rows = pd.DataFrame({"chrom": ["x", "x", "x", "y", "x"], "pos": [1, 100, 101, 1, 50]})
    assert effects.region_numbers(rows, 100).tolist() == [0, 0, 1, 2, 0]


def test_correlations_agree_with_scipy():
    rows = table()
    measured = rows["a:difference"].to_numpy() + np.random.default_rng(2).normal(size=300)
    measured[:20] = np.nan
    found = effects.compare_measured(rows, measured, 500, seed=1).set_index(["label", "contig"])
    known = np.isfinite(measured)
    for label in ("a", "b"):
        expected = spearmanr(rows.loc[known, f"{label}:difference"], measured[known])[0]
        assert found.loc[(label, "all"), "value"] == pytest.approx(expected)
    assert found.loc[("a", "all"), "n"] == 280
    assert found.loc[("a", "all"), "groups"] == 30
    assert found.loc[("a", "all"), "low"] < found.loc[("a", "all"), "value"] < found.loc[("a", "all"), "high"]
    # Contigs are judged for the label that fits best.
    assert [contig for label, contig in found.index if label == "b"] == ["all"]
    part = known & (rows["chrom"] == "y").to_numpy()
    expected = spearmanr(rows.loc[part, "a:difference"], measured[part])[0]
    assert found.loc[("a", "y"), "value"] == pytest.approx(expected)


def test_on_one_contig_with_few_regions_positions_are_drawn():
    rows = table()
    measured = rows["a:difference"].to_numpy()
    found = effects.compare_measured(rows, measured, 100_000, seed=1).set_index(["label", "contig"])
    assert found.loc[("a", "all"), "groups"] == 3
    assert found.loc[("a", "x"), "groups"] == rows.loc[rows["chrom"] == "x", "pos"].nunique()
    alone = effects.compare_measured(rows.assign(chrom="x"), measured, 500, seed=1)
    assert alone["contig"].tolist() == ["all", "all"]


@pytest.mark.parametrize(("regions", "groups"), [(10, 10), (9, 27)])
def test_ten_regions_of_a_contig_are_enough(regions, groups):
    # Three positions per region, on two contigs.
    rows = table(count=regions * 6)
    rows["chrom"], rows["pos"] = np.repeat(["x", "y"], regions * 3), np.tile(np.arange(regions * 3), 2) // 3 * 100 + 1
    rows["pos"] += np.arange(len(rows)) % 3
    found = effects.compare_measured(rows, rows["a:difference"].to_numpy(), 100, seed=1).set_index(["label", "contig"])
    assert found.loc[("a", "all"), "groups"] == regions * 2
    assert found.loc[("a", "x"), "groups"] == found.loc[("a", "y"), "groups"] == groups


def test_contigs_are_not_judged_for_labels_without_a_correlation():
    found = effects.compare_measured(table(30), np.ones(30), 500, seed=1)
    assert found[["label", "contig"]].to_numpy().tolist() == [["a", "all"], ["b", "all"]]
    assert found["value"].isna().all()


def test_areas_agree_with_sklearn():
    rows = table()
    positive = rows["a:largest"].abs().to_numpy() > 1
    found = effects.compare_classes(rows, positive, 500, seed=1).set_index("label")
    assert list(found.index) == ["all", "a", "b"]
    assert found.loc["a", "value"] == 1
    assert found.loc["b", "value"] == pytest.approx(roc_auc_score(positive, rows["b:largest"].abs()))
    largest = rows[["a:largest", "b:largest"]].abs().max(axis=1)
    np.testing.assert_array_equal(effects.largest_of_all(rows), largest)
    assert found.loc["all", "value"] == pytest.approx(roc_auc_score(positive, largest))
    assert effects.compare_classes(table(labels=["a"]), positive, 500, 1)["label"].tolist() == ["a"]


def test_what_is_not_defined_is_nan():
    rows = table(5)
    none = effects.compare_measured(rows, np.full(5, np.nan), 500, seed=1)
    assert none["n"].tolist() == [0, 0] and none["value"].isna().all()
    one_class = effects.compare_classes(rows, np.zeros(5, dtype=bool), 500, seed=1)
    assert one_class["value"].isna().all()
    assert effects.compare_classes(rows.head(0), np.zeros(0, dtype=bool), 500, seed=1)["value"].isna().all()
    single = effects.judge(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]), np.zeros(3), spearman, 1)
    assert single["value"] == pytest.approx(1)
    assert np.isnan(single["low"])


def test_many_variants_are_resampled_less_often(monkeypatch):
    draws = []
    original = effects.draw_groups
    monkeypatch.setattr(
        effects, "draw_groups", lambda groups, count, seed: draws.append(count) or original(groups, 0, 1)
    )
    monkeypatch.setattr(effects, "WORK", 300_000)
    for count in (10, 1_000, 100_000):
        effects.judge(np.arange(count) % 2, np.arange(count), np.arange(count) % 7, auroc, 1)
    assert draws == [1000, 300, 100]


def test_an_allele_counts_once_by_the_site_where_it_changes_most():
    rows = pd.DataFrame({"row": [7, 7, 7, 2, 7, 7], "allele": [1, 1, 1, 1, 2, 2], "site": list("abcdef")})
    rows = rows.assign(**{"x:difference": [0.1, -0.3, 0.0, 0.0, 0.2, 0.2], "y:difference": [0.2, 0.1, 0.3, 0.0, 0, 0]})
    found = effects.one_row_per_allele(rows)
    # b and c are equal in size, and the first is kept; so are e and f.
    assert found["site"].tolist() == ["b", "d", "e"]
    assert effects.one_row_per_allele(rows.drop(columns="site")).equals(rows.drop(columns="site"))
    assert effects.one_row_per_allele(rows.head(0)).empty
    assert effects.one_row_per_allele(found).equals(found)


def test_the_strongest_come_first_with_their_label():
    rows = table(4).assign(**{"a:largest": [0.1, -0.9, 0.2, 0.0], "b:largest": [0.3, 0.5, -0.1, 0.0]})
    rows["info:EFF"] = [1, 2, 3, 4]
    found = effects.largest_differences(rows, 3, ["EFF"])
    assert found["row"].tolist() == [2, 1, 3]
    assert found["label"].tolist() == ["a", "b", "a"]
    assert found["largest"].tolist() == [-0.9, 0.3, 0.2]
    assert found["with ALT"].tolist() == [rows.loc[1, "a:alt"], rows.loc[0, "b:alt"], rows.loc[2, "a:alt"]]
    assert found["EFF"].tolist() == [2, 1, 3]
    assert effects.largest_differences(rows.head(0), 3).empty


def test_two_groups_have_an_interval_and_variants_are_counted():
    groups = np.repeat([5, 9], 3)
    found = effects.judge(np.array([1.0, 2, 3, 1, 3, 2]), np.arange(6.0), groups, spearman, 1)
    assert (found["n"], found["groups"]) == (6, 2)
    assert found["low"] <= found["value"] <= found["high"]


def test_intervals_are_of_all_resamples_and_not_of_the_sample(monkeypatch):
    monkeypatch.setattr(effects, "draw_groups", lambda *_: np.array([[1, 1], [2, 0], [0, 2]]))
    found = effects.judge(np.zeros(2), np.array([0.0, 1.0]), np.array([5, 9]), mse, 1)
    assert [found[name] for name in ("value", "low", "high")] == pytest.approx([0.5, 0.025, 0.975])
