"""Curves, forest, calibration, scores, agreement."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve

from convoscope.report.agreement import agreement_finding, draw_agreement
from convoscope.report.calibration import (
    CALLED,
    calibration_errors,
    calibration_finding,
    calibration_table,
    draw_calibration,
    many_classes,
    normal,
    wilson,
)
from convoscope.report.discrimination import chosen_labels, discrimination_finding, draw_curve, sensitivity_at
from convoscope.report.forest import draw_forest, forest_rows, forest_table
from convoscope.report.measures import ALL, verdict_finding
from convoscope.report.scores import called, class_finding, draw_scores, score_finding, score_table, spread_finding
from convoscope.report.summary import summary_row

MEASURES = pd.DataFrame(
    [("model", "X", "auroc", 0.9, 0.88, 0.92), ("kmer", "X", "auroc", np.nan, np.nan, np.nan)],
    columns=["method", "label", "metric", "value", "low", "high"],
)


def curves(**heights: float) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"method": name, "label": "X", "curve": "roc", "x": [0, 0.1, 1], "y": [0, height, 1]})
        for name, height in heights.items()
    ]
    return pd.concat(parts)


def measured(n: int = 200, seed: int = 1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    chance = generator.random(n)
    truth = (generator.random(n) < chance).astype(float)
    return pd.DataFrame({"id": np.arange(n), "fold": "holdout", "label": "X", "prediction": chance, "measured": truth})


def test_sensitivity_is_read_off_the_curve() -> None:
    assert sensitivity_at(curves(model=0.8), "model") == pytest.approx(0.4)
    assert discrimination_finding(curves(kmer=0.4, model=0.8, gc=0.1)) == (
        "At 5% false positives the CNN finds 40% of the test positives, k-mers 20%"
    )


def test_no_curve_is_said() -> None:
    empty = curves(model=0.8).iloc[:0]
    assert discrimination_finding(empty).startswith("No ROC curve")
    axes = Figure().subplots()
    draw_curve(empty, MEASURES, "roc", 0.5, axes)
    assert [text.get_text() for text in axes.texts] == ["one kind of example only"]


def test_legend_holds_area_and_interval_in_the_order_of_all_figures() -> None:
    axes = Figure().subplots()
    draw_curve(curves(gc=0.1, kmer=0.4, model=0.8), MEASURES, "roc", 0.5, axes)
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == ["CNN .900 (.880–.920)", "k-mers –", "GC alone –"]


def test_forest_leaves_undefined_figures_out() -> None:
    axes = Figure().subplots()
    draw_forest(MEASURES, forest_rows(MEASURES, "auroc"), "auroc", axes, "AUROC")
    drawn = {
        item.get_label(): len(item.get_offsets()) for item in axes.collections if item.get_label() in ("CNN", "k-mers")
    }
    assert drawn == {"CNN": 1, "k-mers": 0}
    nothing = Figure().subplots()
    draw_forest(MEASURES, ["X"], "auprc", nothing, "AUPRC")
    assert nothing.texts[0].get_text() == "AUPRC is not defined on this test split"


def test_forest_of_many_labels_keeps_the_worst_and_the_mean() -> None:
    labels = [f"label{k}" for k in range(100)]
    table = pd.DataFrame({"method": "model", "label": [*labels, "mean"], "metric": "auroc", "value": [*range(100), 50]})
    assert forest_rows(table, "auroc", 3) == ["label0", "label1", "label2", "mean"]


def test_forest_of_exclusive_classes_speaks_of_the_metric_of_the_verdict() -> None:
    figures = {"value": 0.8, "low": 0.7, "high": 0.9, "n": 40}
    ours, theirs = ({"auroc": figures, "sensitivity": figures, "precision": figures} for _ in range(2))
    gain = {"value": 0.3, "low": 0.2, "high": 0.4, "n": 40}
    metrics = {
        "task": "multiclass",
        "model": {"ER": ours, "mean": ours},
        "baselines": {"filters": {"ER": theirs, "mean": theirs}},
        "overall": {
            "model": {"accuracy": figures},
            "filters": {"accuracy": figures | {"value": 0.5}, "accuracy_difference": gain},
        },
    }
    drawn, shown = forest_table(metrics)
    assert list(shown) == ["sensitivity", "precision"] and forest_rows(drawn, "sensitivity") == ["ER", "mean", ALL]
    accuracy = drawn[(drawn["label"] == ALL) & (drawn["metric"] == "precision")]
    assert accuracy[["method", "value"]].values.tolist() == [["model", 0.8], ["filters", 0.5]]
    words = verdict_finding(metrics)
    assert words == "CNN ahead of classic filters by .300 accuracy (.200 to .400) on all test examples"
    assert summary_row(metrics, [pd.DataFrame(columns=["device", "seconds"])])["difference"] == 0.3
    axes = Figure().subplots()
    draw_forest(drawn, ["ER", "mean", ALL], "sensitivity", axes, "recall")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["ER", "mean", "all (accuracy)"]


def test_wilson_agrees_with_scipy() -> None:
    reference = binomtest(7, 30).proportion_ci(method="wilson")
    assert np.allclose(wilson(np.array([1] * 7 + [0] * 23)), reference, atol=1e-6)
    assert np.allclose(normal(np.array([1.0, 3.0])), [2 - 1.959964, 2 + 1.959964])


def test_bins_agree_with_sklearn() -> None:
    data = measured()
    table = calibration_table(data, "multilabel")
    observed, predicted = calibration_curve(data["measured"], data["prediction"], n_bins=10, strategy="quantile")
    assert np.allclose(table["predicted"], predicted)
    assert np.allclose(table["observed"], observed)
    assert table["examples"].tolist() == [20] * 10


def bins(predicted: list[float], observed: list[float], reach: float, **more: object) -> pd.DataFrame:
    table = pd.DataFrame({"label": "X", "examples": [10, 30], "predicted": predicted, "observed": observed} | more)
    return table.assign(low=table["observed"] - reach, high=table["observed"] + reach)


def test_of_many_classes_the_called_one_and_the_worst_are_drawn() -> None:
    labels = [f"c{number}" for number in range(8)]
    table = pd.DataFrame({
        "id": np.repeat([f"e{row}" for row in range(40)], 8), "fold": "test", "label": labels * 40,
        "prediction": np.tile([0.6, 0.2, *[0.2 / 6] * 6], 40),
        "measured": np.repeat(np.arange(40) < 10, 8) * np.tile([1.0, *[0] * 7], 40) + np.tile([0, 0.75, *[0] * 6], 40)
        * np.repeat(np.arange(40) >= 10, 8) / 0.75,
    })  # fmt: skip
    found = many_classes(table, "multiclass")
    called = found[found["label"] == CALLED]
    assert called["examples"].sum() == 40 and called["predicted"].tolist() == pytest.approx([0.6] * len(called))
    assert (called["observed"] * called["examples"]).sum() == 10  # c0 is called each time and is right ten times
    assert list(dict.fromkeys(found["label"])) == [CALLED, "c1", "c0", "c2", "c3", "c4"]
    assert calibration_finding(called, "multiclass").startswith("Predicted and observed differ by .350")


def test_of_many_labels_the_curves_of_the_best_and_the_worst_are_drawn() -> None:
    labels = [f"c{number}" for number in range(9)]
    measures = pd.DataFrame(
        {"method": "model", "metric": "auroc", "label": labels, "value": [*np.arange(8) / 10, np.nan]}
    )
    assert chosen_labels(labels, measures) == ["c7", "c6", "c3", "c2", "c1", "c0"]
    assert chosen_labels(labels[:6], measures) == labels[:6]
    assert chosen_labels(labels, measures.iloc[:0]) == labels[:6]


def test_calibration_error_by_hand() -> None:
    table = bins([0.1, 0.9], [0.2, 0.6], 0.01)
    assert calibration_errors(table)["X"] == pytest.approx((10 * 0.1 + 30 * 0.3) / 40)
    assert calibration_finding(table, "multilabel") == (
        "Predicted and observed differ by .250 on average (too sure: high ones too high, low ones too low); "
        "0 of 2 intervals include the diagonal"
    )


@pytest.mark.parametrize("task", ["multilabel", "multiclass", "regression", "poisson"])
@pytest.mark.parametrize(
    ("observed", "lean"),
    [
        ([0.2, 0.6], "({wide}: high ones too high, low ones too low); 0 of 2"),
        ([0.0, 0.95], "({narrow}: high ones too low, low ones too high); 0 of 2"),
        ([0.0, 0.6], "(too high); 0 of 2"),
        ([0.2, 0.95], "(too low); 0 of 2"),
        ([0.1, 0.6], "(high ones too high); 1 of 2"),
        ([0.13, 0.95], "(high ones too low); 1 of 2"),
        ([0.0, 0.9], "(low ones too high); 1 of 2"),
        ([0.2, 0.9], "(low ones too low); 1 of 2"),
        ([0.14, 0.86], "; 2 of 2"),
        ([0.06, 0.94], "; 2 of 2"),
    ],
)
def test_the_direction_is_told_beyond_chance_alone(task: str, observed: list[float], lean: str) -> None:
    words = ("too sure", "not sure enough") if task.startswith("multi") else ("spread too far", "spread too little")
    said = lean.format(wide=words[0], narrow=words[1])
    told = calibration_finding(bins([0.1, 0.9], observed, 0.045), task)
    assert told.partition(" on average")[2].strip() == f"{said} intervals include the diagonal"


def test_the_end_of_an_interval_towards_the_prediction_counts() -> None:
    none, all_ = ({"observed": [rate], "low": [max(0, rate - 0.16)], "high": [min(1, rate + 0.16)]} for rate in (0, 1))
    cases = ((0.15, none, ""), (0.17, none, " (too high)"), (0.85, all_, ""), (0.83, all_, " (too low)"))
    for predicted, rates, lean in cases:
        table = pd.DataFrame({"label": "X", "examples": [20], "predicted": [predicted], **rates})
        assert f" on average{lean};" in calibration_finding(table, "multilabel")


def test_a_difference_of_little_size_has_no_direction() -> None:
    assert calibration_finding(bins([0.1, 0.9], [0.11, 0.89], 0.001), "multilabel").endswith(
        "differ by .010 on average; 0 of 2 intervals include the diagonal"
    )


def test_calibration_of_few_and_no_examples() -> None:
    few = calibration_table(measured(7), "multilabel")
    assert few["examples"].tolist() == [7]
    draw_calibration(few, "multilabel", Figure().subplots())
    none = calibration_table(measured().iloc[:0], "multilabel")
    assert calibration_finding(none, "multilabel") == "No test prediction to compare with what was measured"
    draw_calibration(none, "multilabel", Figure().subplots())


@pytest.mark.parametrize("task", ["regression", "poisson"])
def test_measured_values_are_drawn_in_their_unit_however_small(task: str) -> None:
    small = measured().assign(measured=lambda data: data["prediction"] * 1e-6, prediction=2e-6)
    table = calibration_table(small, task)
    axes = Figure().subplots()
    draw_calibration(table, task, axes)
    reach = table[["predicted", "low", "high"]].to_numpy()
    width = np.nanmax(reach) - np.nanmin(reach)
    assert axes.get_xlim() == pytest.approx(
        (np.nanmin(reach) - 0.03 * width, np.nanmax(reach) + 0.03 * width), rel=1e-6
    )
    assert axes.get_xlabel() == "predicted (10 bins of 20 examples)"
    error = f"{2e-6 - small['measured'].mean():.3g}"
    assert axes.get_title().endswith(f": error {error}")
    assert calibration_finding(table, task).startswith(f"Predicted and observed differ by {error} on average")


def test_the_direction_of_measured_values_is_told_by_their_range() -> None:
    table = bins([3e-6, 13e-6], [0.0, 10e-6], 1e-8)
    assert "differ by 3e-06 on average (too high); 0 of 2" in calibration_finding(table, "regression")
    small = table.assign(predicted=[1e-7, 10.1e-6])
    assert "differ by 1e-07 on average; 0 of 2" in calibration_finding(small, "regression")
    one = table.iloc[:1].assign(observed=3e-6, low=np.nan, high=np.nan)
    assert calibration_finding(one, "regression") == "Predicted and observed differ by 0 on average"
    axes = Figure().subplots()
    draw_calibration(one, "regression", axes)
    assert axes.get_xlim() == pytest.approx((0.97 * 3e-6, 1.03 * 3e-6))


def test_measured_values_of_several_units_are_not_averaged() -> None:
    table = pd.concat([bins([1000.0, 9000], [1100, 8800], 1), bins([0.1, 0.9], [0.4, 0.6], 0.01, label="Y")])
    said = "Predicted and observed differ most on Y: by 0.3 on average (spread too far: high ones too high, low ones "
    assert calibration_finding(table, "poisson") == f"{said}too low); 0 of 2 intervals include the diagonal"
    rates = table.assign(predicted=[0.1, 0.5, 0.3, 0.7], observed=[0.2, 0.5, 0.3, 0.7], low=0, high=1)
    assert calibration_finding(rates, "multilabel") == (
        "Predicted and observed differ by .013 on average; worst on X: .025; 4 of 4 intervals include the diagonal"
    )


@pytest.mark.parametrize("scale", [1.0, 1e-6, 40_000.0])
def test_good_predictions_of_noisy_values_have_no_direction(scale: float) -> None:
    data = measured(400)
    noise = np.random.default_rng(3).normal(0, 0.5, len(data))
    good = data.assign(measured=(data["prediction"] + noise) * scale, prediction=data["prediction"] * scale)
    said = calibration_finding(calibration_table(good, "regression"), "regression")
    assert said.endswith(
        ("average; 10 of 10 intervals include the diagonal", "average; 9 of 10 intervals include the diagonal")
    )
    flat = good.assign(prediction=good["prediction"] * 0.2 + 0.4 * scale)  # its means are pulled together
    assert "(spread too little: " in calibration_finding(calibration_table(flat, "regression"), "regression")


def test_counts_of_zero_leave_a_small_rate_open() -> None:
    none = measured(20).assign(prediction=0.15, measured=0.0)
    table = calibration_table(none, "poisson")
    assert table["high"].tolist() == pytest.approx([3.689 / 20], rel=1e-3)
    assert calibration_finding(table, "poisson").endswith("on average; 1 of 1 intervals include the diagonal")
    one = calibration_table(none.assign(measured=[1.0] + [0.0] * 19), "poisson")
    assert one["low"].tolist() == [0.0] and one["high"].tolist() == pytest.approx([0.05 + 1.959964 * 0.05])
    assert np.isnan(calibration_table(none.head(1).assign(measured=1.0), "poisson")[["low", "high"]]).all(axis=None)
    more = calibration_table(none.assign(prediction=0.2), "poisson")
    assert calibration_finding(more, "poisson").endswith("(too high); 0 of 1 intervals include the diagonal")


def test_rates_are_drawn_from_0_to_1() -> None:
    axes = Figure().subplots()
    draw_calibration(calibration_table(measured(7), "multilabel"), "multilabel", axes)
    assert axes.get_xlim() == pytest.approx((-0.03, 1.03))


def test_threshold_of_each_fold_is_applied_to_its_own_rows() -> None:
    data = pd.DataFrame(
        {"label": "X", "fold": ["0", "0", "1", "1"], "prediction": [0.6, 0.4, 0.6, 0.4], "measured": [1.0, 0, 1, 0]}
    )
    assert called(data, {"X": {"0": 0.5, "1": 0.3}}) == (1.0, 0.5)
    assert score_finding(1.0, 0.5) == (
        "Of the test split, the threshold chosen on validation calls 100% of the positives and 50% of the negatives"
    )
    with np.errstate(all="raise"):
        assert np.isnan(called(data, {"X": {"2": 0.5}})).all() and np.isnan(called(data, {})).all()
    assert score_finding(float("nan"), 0.5).startswith("The threshold cannot be judged")


def test_classes_are_not_judged_by_a_threshold() -> None:
    table = pd.DataFrame({"measured": [1.0, 0.0, 0.0, 1.0], "prediction": [0.6, 0.3, 0.1, 0.9]})
    assert class_finding(table).startswith("Test examples have a mean probability of .750 of the true class, of .200")
    assert "cannot be compared" in class_finding(table[table["measured"] == 1])


def test_shares_of_scores_sum_to_one() -> None:
    table = score_table(measured(), binary=True)
    assert np.allclose(table.groupby("kind")["share"].sum(), 1)
    axes = Figure().subplots()
    draw_scores(table, {"0": 0.4, "1": 0.6}, axes)
    assert len(axes.lines) == 2


@pytest.mark.parametrize(
    ("binary", "axis", "kinds"),
    [
        (True, "prediction", {"positive", "negative"}),
        (False, "measured or predicted value", {"measured", "predicted"}),
    ],
)
def test_the_axis_of_a_histogram_says_what_is_counted(binary: bool, axis: str, kinds: set[str]) -> None:
    table, axes = score_table(measured(), binary), Figure().subplots()
    draw_scores(table, {}, axes)
    assert axes.get_xlabel() == axis
    assert {text.get_text().split(",")[0] for text in axes.get_legend().get_texts()} == kinds
    assert axes.get_ylim() == pytest.approx((0, 140 * table["share"].max()))


def test_scores_of_one_kind_only() -> None:
    table = score_table(measured().assign(measured=1.0), binary=True)
    assert table.loc[table["kind"] == "negative", "share"].sum() == 0
    draw_scores(table, {}, Figure().subplots())


def test_spread_of_a_regression() -> None:
    data = pd.DataFrame({"label": "X", "prediction": [1.0, 2.0, 3.0], "measured": [2.0, 4.0, 6.0]})
    half = "The standard deviation of the predictions is 50% of that of the measured values"
    assert spread_finding(data) == half
    other = data.assign(label="Y", measured=data["prediction"] / 0.3)
    assert spread_finding(pd.concat([data, other])) == half.replace("50%", "40%") + ", on average over 2 labels"
    assert spread_finding(pd.concat([data, other.assign(measured=1.0)])) == half
    assert spread_finding(data.assign(measured=1.0)).startswith("The measured values do not vary")


def test_agreement() -> None:
    measures = MEASURES.assign(metric="pearson")
    assert agreement_finding(measures) == "Predicted and measured values correlate with r = .900 (.880 to .920) on X"
    assert agreement_finding(measures.assign(value=np.nan)).startswith("Correlation is not defined on X")
    for log in (False, True):
        axes = Figure().subplots()
        draw_agreement(measured(), measures, log, axes)
        assert axes.get_title() == "X: r = .900, n = 200"
