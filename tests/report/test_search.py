"""The figure and the page of a search, and its measure of what mattered, by hand."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from convoscope.report import search as report

TRIALS = 12


def make(folds: tuple[str, ...] = ("holdout",)) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Twelve trials whose value rises with the learning rate but for noise; six go on, the eleventh is best."""
    generator = np.random.default_rng(1)
    rate = 10.0 ** np.linspace(-4, -1, TRIALS)
    noise = generator.normal(0, 0.05, TRIALS)
    value = 0.6 + 0.02 * np.arange(TRIALS) + noise
    rows, curves = [], []
    for fold in folds:
        for rung, going in ((0, np.arange(TRIALS)), (1, np.arange(6, TRIALS))):
            order = going[np.argsort(-value[going], kind="stable")]
            for rank, trial in enumerate(order, 1):
                rows.append({
                    "fold": fold, "rung": rung, "epochs": 2 if rung == 0 else None, "by": "metric", "trial": trial,
                    "rank": rank, "value": value[trial] + 0.1 * rung, "goes_on": "yes" if trial >= 6 else "no",
                    "training.learning_rate": rate[trial], "model.options.pool": ["max", "max+average"][trial % 2],
                    "training.class_weights": bool(trial % 3),
                })  # fmt: skip
        for trial in range(TRIALS):
            for epoch in range(1, 5 if trial >= 6 else 3):
                curves.append([fold, trial, int(trial >= 6), "0", epoch, 1 / epoch, value[trial] - 0.1 / epoch])
    names = ["fold", "trial", "rung", "part", "epoch", "loss", "metric"]
    return pd.DataFrame(rows), pd.DataFrame(curves, columns=names)


@pytest.fixture
def as_text() -> Any:
    def read(table: pd.DataFrame) -> pd.DataFrame:
        """Settings are text in the table."""
        return table.astype({name: str for name in table if "." in name})

    return read


def test_what_mattered_by_hand_and_by_scipy(as_text: Any) -> None:
    trials = as_text(make()[0])
    points = report.first_rung(trials)
    effects = report.setting_effects(trials).set_index("setting")
    assert list(points["trial"]) == list(range(TRIALS)) and list(points["reached"]) == [0] * 6 + [1] * 6
    expected = spearmanr(points["training.learning_rate"].astype(float), points["value"]).statistic
    found = effects.loc["training.learning_rate"]
    assert found["correlation"] == pytest.approx(expected, abs=1e-6)
    half = 1.959964 * math.sqrt((1 + expected**2 / 2) / (TRIALS - 3))
    bounds = [math.tanh(math.atanh(expected) + sign * half) for sign in (-1, 1)]
    assert list(found[["low", "high"]]) == pytest.approx(bounds, abs=1e-6)
    assert math.isnan(effects.loc["model.options.pool", "correlation"])  # words have no order
    flags = spearmanr([bool(trial % 3) for trial in range(TRIALS)], points["value"]).statistic
    assert effects.loc["training.class_weights", "correlation"] == pytest.approx(flags, abs=1e-6)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    held = []
    for _ in range(400):
        first, noise = generator.normal(size=(2, 30))
        _, low, high = report.rank_correlation(pd.Series(first), pd.Series(0.5 * first + math.sqrt(0.75) * noise))
        held.append(low <= 6 / math.pi * math.asin(0.25) <= high)  # Spearman's of a normal pair of correlation .5
    assert 0.92 < np.mean(held) < 0.98


def test_findings(as_text: Any) -> None:
    trials = as_text(make()[0])
    best = int(trials[(trials["rung"] == 1) & (trials["rank"] == 1)]["trial"].iloc[0])
    words = report.search_finding(trials, report.setting_effects(trials), "AUROC")
    assert words.startswith(f"Trial {best} of 12 was chosen on the validation split: AUROC ")
    assert "no test example took part; learning rate mattered most (rank correlation ." in words
    several = as_text(make(("0", "1"))[0])
    words = report.search_finding(several, report.setting_effects(several), "AUROC")
    assert words.startswith(f"Of 12 trials {best} were chosen in 2 folds by validation")
    few = trials[trials["trial"] > 5]
    assert "too few trials to say which" in report.search_finding(few, report.setting_effects(few), "AUROC")
    level = trials.assign(**{"training.learning_rate": "0.01"})
    assert "no setting mattered" in report.search_finding(level, report.setting_effects(level), "AUROC")


def test_a_trial_that_diverged_has_no_point(as_text: Any) -> None:
    trials = as_text(make()[0])
    trials.loc[(trials["rung"] == 0) & (trials["trial"] == 0), "value"] = math.nan
    assert report.first_rung(trials)["value"].isna().tolist() == [True] + [False] * 11


@pytest.mark.parametrize("folds", [("holdout",), ("0", "1", "2")])
def test_figure_and_page_from_files(tmp_path: Path, run: Any, drawing: Any, folds: tuple[str, ...]) -> None:
    trials, curves = make(folds)
    paths = {name: tmp_path / f"{name}.tsv" for name in ("trials", "trial_curves")}
    trials.to_csv(paths["trials"], sep="\t", index=False)
    curves.to_csv(paths["trial_curves"], sep="\t", index=False)
    (tmp_path / "card.json").write_text(json.dumps({"labels": ["a"], "task": "multilabel"}))
    figures = {"search": tmp_path / "search.svg", "search_table": tmp_path / "search.html"}
    run(*drawing(figures, card=tmp_path / "card.json", **paths))
    drawn = pd.read_csv(tmp_path / "search.tsv", sep="\t")
    assert len(drawn) == TRIALS and (drawn["chosen"] == "yes").sum() == 1
    page = figures["search_table"].read_text()
    assert "12 → 6 trials by rung, ranked on validation alone" in page and "learning rate" in page
