"""The table of results and its text."""

import numpy as np
import pandas as pd
import pytest

from convoscope.evaluation.render import align_cells, decimal, render_scores, with_interval
from convoscope.evaluation.scoreboard import gather_scores, motif_row


def estimate(value: float | None, **extra: float | None) -> dict:
    wide = {"low": None, "high": None} if value is None else {"low": value - 0.02, "high": value + 0.02}
    return {"value": value, **wide, **extra}


def metrics(model: float | None = 0.95, labels: tuple[str, ...] = ("x",), headline: str = "auroc") -> dict:
    calls = ("sensitivity", "specificity", "mcc") if headline == "auroc" else ()

    def method(value: float | None) -> dict:
        return {
            label: {headline: estimate(value, n=100), **{c: estimate(0.9, n=100) for c in calls}} for label in labels
        }

    gain = {"kmer": 0.05, "gc": 0.4}
    return {
        "task": "multilabel" if headline == "auroc" else "regression",
        "confidence": 0.9,
        "groups": dict.fromkeys(labels, 40),
        "model": method(model),
        "baselines": {"kmer": method(0.9), "gc": method(0.55)},
        "differences": {
            name: {label: {headline: estimate(value, p=0.004)} for label in labels} for name, value in gain.items()
        },
    }


MATCHES = pd.DataFrame(
    {
        "filter": ["f1", "f2", "f3", "f4"],
        "influence:x": [-0.5, 0.4, 0.3, 0.2],
        "influence:y": [0.0, 0.1, 0.2, 0.3],
        "influence": [0.5, 0.4, 0.3, 0.3],
        "motif_name": ["REB1", "ABF1", "RAP1", "CBF1"],
        "q_value": [1e-3, 1e-8, 0.5, 1e-12],
    }
)


def test_one_row_per_experiment_and_label() -> None:
    table = gather_scores(["a", "b"], [metrics(0.95), metrics(0.85, ("x", "y", "mean"))], [None, None])
    assert table[["experiment", "label"]].to_numpy().tolist() == [
        ["a", "x"], ["b", "x"], ["b", "y"], ["b", "mean"], ["all", "mean"],
    ]  # fmt: skip
    first = table.iloc[0]
    assert (first["model"], first["model_low"], first["model_high"]) == pytest.approx((0.95, 0.93, 0.97))
    assert (first["kmer_difference"], first["kmer_p"], first["gc"], first["n"]) == (0.05, 0.004, 0.55, 100)
    assert (first["model_mcc"], first["kmer_sensitivity_low"]) == pytest.approx((0.9, 0.88))


def test_average_over_experiments() -> None:
    last = gather_scores(["a", "b"], [metrics(0.95), metrics(0.85)], [None, None]).iloc[-1]
    assert (last["model"], last["kmer_difference"]) == pytest.approx((0.9, 0.05))
    assert last[["model_low", "kmer_p", "n"]].isna().all()


def test_no_average_of_unlike_metrics() -> None:
    table = gather_scores(["a", "b"], [metrics(), metrics(headline="pearson")], [None, None])
    assert table["metric"].tolist() == ["auroc", "pearson"]


def test_best_motif_raises_the_label_and_has_a_name() -> None:
    # f1 lowers x and f3 has no name, whatever their influence.
    found = motif_row(MATCHES, "x")
    assert found == {
        "motif": "ABF1",
        "motif_filter": "f2",
        "motif_q": 1e-8,
        "motifs": "REB1:0.001, ABF1:1e-08, RAP1:0.5",
    }
    assert motif_row(MATCHES, "y")["motif"] == "CBF1"
    assert motif_row(MATCHES, "mean")["motif"] == "REB1"


def test_influence_is_summed_over_the_rows_of_a_name() -> None:
    several = MATCHES.assign(motif_name=["REB1", "ABF1", "CBF1", "CBF1"], q_value=[1e-3, 1e-8, 0.04, 1e-12])
    found = motif_row(several, "x")
    assert (found["motif"], found["motif_filter"], found["motif_q"]) == ("CBF1", "f3", 1e-12)


def test_no_best_motif_where_none_is_significant_or_raises() -> None:
    for weak in (MATCHES.assign(q_value=0.051), MATCHES.assign(**{"influence:x": -0.1})):
        assert set(motif_row(weak, "x")) == {"motif", "motifs"} and motif_row(weak, "x")["motif"] == "–"
    text = render_scores(gather_scores(["one"], [metrics(0.95)], [MATCHES.assign(q_value=0.5)]))
    assert "best motif" in text and "ABF1" not in text


def test_no_matches() -> None:
    for nothing in (MATCHES.iloc[:0], MATCHES.assign(q_value=np.nan)):
        assert motif_row(nothing, "x") == {"motif": "–", "motifs": ""}
    text = render_scores(gather_scores(["rna"], [metrics(0.95)], [MATCHES.assign(q_value=np.nan)]))
    assert text.splitlines()[2].endswith("  –")


def test_the_ceiling_stands_below_the_comparison() -> None:
    known = {**metrics(0.95), "ceiling": {"x": {"auroc": estimate(0.97)}}}
    table = gather_scores(["one", "two"], [known, metrics(0.9)], [MATCHES, MATCHES])
    assert table["ceiling"].tolist()[:1] == [0.97] and table["ceiling_low"].tolist()[:1] == [0.95]
    assert table["ceiling"].isna().tolist()[1:] == [True, True]
    without = render_scores(gather_scores(["one", "two"], [metrics(0.95), metrics(0.9)], [MATCHES, MATCHES]))
    line = "Ceiling of one, x, which nobody can pass: .970\n"
    assert line not in without and render_scores(table).replace(line, "") == without


def test_text_by_eye() -> None:
    text = render_scores(gather_scores(["one", "two"], [metrics(0.95), metrics(None)], [MATCHES, None]))
    assert text == (
        "AUROC on the test split [90% interval, resampling groups]\n"
        "experiment  label    n             model    gc  kmer         model - kmer     p      best motif\n"
        "one         x      100  .950 [.930–.970]  .550  .900  +.050 [+.030–+.070]  .004  ABF1 (q 1e-08)\n"
        "two         x      100                 -  .550  .900  +.050 [+.030–+.070]  .004               -\n"
        "all         mean     -                 -  .550  .900                +.050     -               -\n"
        "\n"
        "Calls at the threshold with the highest MCC on the validation split\n"
        "experiment  label                Sn                Sp               MCC       MCC of kmer\n"
        "one         x      .900 [.880–.920]  .900 [.880–.920]  .900 [.880–.920]  .900 [.880–.920]\n"
        "two         x      .900 [.880–.920]  .900 [.880–.920]  .900 [.880–.920]  .900 [.880–.920]\n"
        "all         mean               .900              .900              .900              .900\n"
    )


def test_lines_of_a_terminal_have_a_hundred_signs_at_most() -> None:
    matches = MATCHES.assign(motif_name="HNF1A").rename(columns={"influence:x": "influence:HNF1A"})
    content = metrics(0.95, ("HNF1A",))
    text = render_scores(gather_scores(["synthetic"], [content], [matches]))
    assert "HNF1A (q" in text and max(map(len, text.splitlines())) <= 100


def test_difference_is_to_the_strongest() -> None:
    content = metrics()
    content["baselines"]["gc"]["x"]["auroc"]["value"] = 0.92
    header = render_scores(gather_scores(["a"], [content], [None])).split("\n")[1].split("  ")
    assert [name.strip() for name in header if name][-4:-1] == ["kmer", "gc", "model - gc"]


def test_text_of_regression_has_no_calls() -> None:
    text = render_scores(gather_scores(["a"], [metrics(0.5, headline="pearson")], [None]))
    assert text.startswith("Pearson correlation on the test split")
    assert "MCC" not in text


def test_unlike_metrics_stand_apart() -> None:
    text = render_scores(gather_scores(["a", "b"], [metrics(), metrics(headline="pearson")], [None, None]))
    assert text.count("experiment") == 3


@pytest.mark.parametrize(
    ("value", "sign", "text"),
    [(0.9514, "", ".951"), (-0.0204, "+", "-.020"), (1.0, "", "1.000"), (-12.5, "", "-12.500")],
)
def test_decimal(value: float, sign: str, text: str) -> None:
    assert decimal(value, sign) == text


def test_interval_only_where_there_is_one() -> None:
    assert with_interval(pd.Series({"a": 0.5, "a_low": 0.4, "a_high": 0.6}), "a") == ".500 [.400–.600]"
    assert with_interval(pd.Series({"a": 0.5, "a_low": np.nan, "a_high": np.nan}), "a") == ".500"
    assert with_interval(pd.Series({"b": 0.5}), "a") == "-"


def test_columns_line_up() -> None:
    lines = align_cells(["name", "n"], [["a", "1"], ["longer", "100"]], 1).split("\n")
    assert {len(line) for line in lines} == {len("longer  100")}


def test_a_single_experiment_has_no_average_and_of_several_labels_the_last_counts() -> None:
    assert gather_scores(["a"], [metrics(0.9, ("x", "y"))], [None])["label"].tolist() == ["x", "y"]
    several = metrics(0.8, ("x", "mean"))
    several["model"]["x"]["auroc"]["value"] = 0.1
    last = gather_scores(["a", "b"], [several, metrics(0.9)], [MATCHES, None]).iloc[-1]
    assert (last["experiment"], last["label"], last["metric"]) == ("all", "mean", "auroc")
    assert last["model"] == pytest.approx(0.85)
    assert pd.isna(last["motif"]) and pd.isna(last["groups"])


def test_a_figure_that_one_experiment_lacks_has_no_mean() -> None:
    last = gather_scores(["a", "b"], [metrics(None), metrics(0.9)], [None, None]).iloc[-1]
    assert pd.isna(last["model"]) and last["kmer"] == pytest.approx(0.9)


def test_filters_of_equal_influence_stay_in_their_order() -> None:
    equal = MATCHES.assign(**{"influence:x": [0.1, 0.2, -0.2, 0.2]})
    assert motif_row(equal, "x")["motifs"] == "ABF1:1e-08, RAP1:0.5, CBF1:1e-12"
    assert motif_row(equal.assign(**{"influence:x": 0.2}), "x")["motifs"].startswith("REB1:0.001, ABF1")
    assert motif_row(MATCHES.drop(columns=["influence", "influence:y"]), "y")["motif"] == "–"


def test_figures_that_no_experiment_has_are_dashes() -> None:
    content = metrics(None)
    content["differences"]["kmer"]["x"]["auroc"] = {"value": None, "low": None, "high": None, "p": None}
    lines = render_scores(gather_scores(["a", "b"], [content, content], [None, None])).splitlines()
    assert lines[2].split()[:4] == ["a", "x", "100", "-"]
    assert [line.split()[0] for line in lines[2:5]] == ["a", "b", "all"]
