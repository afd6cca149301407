"""The linear models recover what was planted, and never look at the test split."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from convoscope.config.tasks import TASKS
from convoscope.evaluation.baselines import (
    BASELINES,
    LOGISTIC,
    RIDGE,
    correlation_quality,
    fit_best,
    predict_baseline,
    separation,
)
from convoscope.sequence.alphabet import ALPHABETS, encode_many
from convoscope.sequence.shuffle import shuffle_codes

TRAIN, VALIDATION, TEST = np.arange(200), np.arange(200, 300), np.arange(300, 400)


def informative(seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(400, 5))
    return features, (features[:, 0] + 0.5 * generator.normal(size=400) > 0).astype(float)


def test_logistic_is_sklearn_with_the_inverse_penalty() -> None:
    features, target = informative(1)
    found = LOGISTIC.fit(features, target, 10.0)(features)
    assert found == pytest.approx(
        LogisticRegression(C=0.1).fit(features, target).predict_proba(features)[:, 1], abs=1e-3
    )


def test_ridge_is_the_normal_equations() -> None:
    features, _ = informative(2)
    target = features @ np.arange(5.0) + 3
    centred = features - features.mean(axis=0)
    weights = np.linalg.solve(centred.T @ centred + 7 * np.eye(5), centred.T @ (target - target.mean()))
    for table in (features, sp.csr_array(features)):
        assert RIDGE.fit(table, target, 7.0)(table) == pytest.approx(centred @ weights + target.mean(), abs=1e-2)


def test_validation_chooses_table_and_penalty() -> None:
    features, target = informative(3)
    noise = np.random.default_rng(4).normal(size=(400, 5))
    found = fit_best([noise, features], target, TRAIN, VALIDATION, LOGISTIC)
    qualities = {
        penalty: separation(
            target[VALIDATION], LOGISTIC.fit(features[TRAIN], target[TRAIN], penalty)(features[VALIDATION])
        )
        for penalty in LOGISTIC.penalties
    }
    chosen = max(qualities, key=lambda penalty: qualities[penalty])
    assert (found == LOGISTIC.fit(features[TRAIN], target[TRAIN], chosen)(features)).all()


@pytest.mark.parametrize("task", TASKS)
def test_test_labels_do_not_matter(task: str) -> None:
    features, target = informative(5)
    labels = np.stack([target, 1 - target], axis=1)
    found = predict_baseline([features], labels, TRAIN, VALIDATION, task)
    labels[TEST] = np.nan
    assert (predict_baseline([features], labels, TRAIN, VALIDATION, task) == found).all()
    assert separation(target[TEST], found[TEST, 0]) > 0.9
    assert separation(target[TEST], found[TEST, 1]) < 0.1


def test_unknown_labels_are_left_out() -> None:
    features, target = informative(6)
    target[:100] = np.nan
    found = fit_best([features], target, TRAIN, VALIDATION, LOGISTIC)
    assert (found == fit_best([features], target, np.arange(100, 200), VALIDATION, LOGISTIC)).all()


@pytest.mark.parametrize("task", TASKS)
def test_nothing_to_learn(task: str) -> None:
    features, _ = informative(7)
    assert (predict_baseline([features], np.full((400, 1), np.nan), TRAIN, VALIDATION, task) == 0).all()
    assert predict_baseline([features], np.ones((400, 1)), TRAIN, VALIDATION, task) == pytest.approx(1.0)
    assert predict_baseline([features], np.ones((400, 1)), TRAIN, TRAIN[:0], task) == pytest.approx(1.0)


def test_qualities() -> None:
    assert separation(np.array([0, 1, 1.0]), np.array([0.1, 0.2, 0.0])) == 0.5
    assert correlation_quality(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])) == pytest.approx(1)
    assert separation(np.ones(3), np.arange(3.0)) == correlation_quality(np.arange(3.0), np.ones(3)) == -np.inf


def test_half_a_label_is_no_positive() -> None:
    features = np.ones((2, 3))
    assert LOGISTIC.fit(features, np.array([0.5, 0.5]), 1.0)(np.ones((4, 3))).tolist() == [0] * 4
    assert separation(np.array([0.5, 1.0]), np.array([0.1, 0.9])) == 1


def test_agreement_of_small_numbers_and_of_what_does_not_vary() -> None:
    assert correlation_quality(np.array([0.0, 0.1, 0.2]), np.array([0.3, 0.2, 0.1])) == pytest.approx(-1)
    constant, varied = np.ones(3), np.arange(3.0)
    assert (
        correlation_quality(constant, varied)
        == correlation_quality(constant[:1], varied[:1])
        == correlation_quality(varied[:0], varied[:0])
    )
    assert correlation_quality(constant, varied) == separation(varied[:0], varied[:0]) == -np.inf


def test_of_fits_that_validation_cannot_tell_apart_the_first_and_strongest_wins() -> None:
    features, target = informative(8)
    target[VALIDATION] = 1
    found = fit_best([features[:, :2], features], target, TRAIN, VALIDATION, LOGISTIC)
    assert (found == LOGISTIC.fit(features[TRAIN, :2], target[TRAIN], LOGISTIC.penalties[0])(features[:, :2])).all()


@pytest.mark.parametrize(("alphabet", "word"), [("dna", "CACGTG"), ("rna", "CACGUG"), ("protein", "WHW")])
def test_words_find_a_planted_word(alphabet: str, word: str) -> None:
    generator, letters = np.random.default_rng(1), ALPHABETS[alphabet].letters
    texts = ["".join(generator.choice(list(letters), 50)) for _ in range(400)]
    labels = (np.arange(400) % 2).astype(float)[:, None]
    texts = [text[:20] + word + text[26:] if label else text[:20] + text[20 + len(word) : 50 - 6 + len(word)]
             for text, label in zip(texts, labels[:, 0], strict=True)]  # fmt: skip
    shortest = min(map(len, texts))
    codes = encode_many([text[:shortest] for text in texts], ALPHABETS[alphabet])
    tables = BASELINES["kmer"](codes, 6, ALPHABETS[alphabet], "both" if alphabet == "dna" else "single")
    found = predict_baseline(tables, labels, TRAIN, VALIDATION, "multilabel")
    assert separation(labels[TEST, 0], found[TEST, 0]) > 0.95


@pytest.mark.data
def test_words_are_a_strong_baseline_on_elk1(data) -> None:
    # Six-letter logistic regressions of others reach .964 on this test set.
    [train, test] = [sorted((data / "deepbind").glob(f"ELK1_*_{part}.seq.gz"))[0] for part in ("AC", "B")]
    dna = ALPHABETS["dna"]
    positives = encode_many(pd.read_csv(train, sep="\t")["seq"].tolist(), dna)
    table = pd.read_csv(test, sep="\t")
    negatives = shuffle_codes(positives, seed=1)
    held = encode_many(table["seq"].tolist(), dna)
    codes = np.concatenate([positives, negatives, held])
    known = len(positives) + len(negatives)
    labels = np.r_[np.ones(len(positives)), np.zeros(len(negatives)), np.full(len(held), np.nan)][:, None]
    validation = np.flatnonzero(np.arange(known) % len(positives) % 10 == 0)
    train_rows = np.setdiff1d(np.arange(known), validation)
    found = predict_baseline(BASELINES["kmer"](codes, 6, dna, "both"), labels, train_rows, validation, "multilabel")
    assert roc_auc_score(table["Bound"], found[known:, 0]) > 0.96
    found = predict_baseline(BASELINES["gc"](codes, 6, dna, "both"), labels, train_rows, validation, "multilabel")
    assert abs(roc_auc_score(table["Bound"], found[known:, 0]) - 0.5) < 0.05
