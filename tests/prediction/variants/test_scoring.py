from collections import Counter

import numpy as np
import pytest
import torch
from scipy.special import logit

from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.models import build
from convoscope.prediction import ensemble
from convoscope.prediction.frames import Frame, sort_frames
from convoscope.prediction.variants import scoring
from convoscope.prediction.variants.allele_windows import Allele, AlleleSettings, AlleleWindows, VariantGenome
from convoscope.sequence.alphabet import ALPHABETS, encode_many
from convoscope.sequence.genome import bgzip, index
from convoscope.sequence.vcf import VcfRecord

FACTS = {
    "architecture": "deepbind",
    "options": {"filters": 4, "length": 6, "strands": "single"},
    "channels": 4,
    "space": [20],
    "labels": ["a", "b", "c"],
    "modality": "sequence",
    "task": "multilabel",
    "alphabet": "dna",
    "unknown": "uniform",
}
# Raw scores are of single precision, and a library may round them by their place in the batch.
SINGLE = {"rtol": 0, "atol": 2e-7}


def networks(folder, seeds=(1, 2), **changes):
    facts, paths = {**FACTS, **changes}, []
    for seed in seeds:
        torch.manual_seed(seed)
        paths.append(folder / f"{seed}.safetensors")
        network = build("deepbind", 4, facts["space"], len(facts["labels"]), facts["options"])
        modelfile.save(paths[-1], network.eval(), facts)
    return ensemble.load(paths)


def letters(count, seed=1, length=20):
    return ["".join(row) for row in np.random.default_rng(seed).choice(list("ACGT"), (count, length))]


def predict(both, texts, **options):
    raw = ensemble.scores(both, encode_many(texts, ALPHABETS["dna"]), **options).astype(np.float64)
    return raw, ensemble.predictions(both, raw)


def test_columns_by_hand():
    # Two members, one allele, two shifts, (REF, ALT), one label.
    values = np.array([[[[0.1, 0.2], [0.5, 0.1]]], [[[0.3, 0.2], [0.5, 0.3]]]])[..., None]
    logits = np.array([[[[0.0, 2.0], [0.0, 4.0]]], [[[0.0, 4.0], [0.0, 6.0]]]])[..., None]
    found = dict(zip(scoring.FIELDS, scoring.summarise(values, logits)[0, 0], strict=True))
    # Differences: member 1 +.1 and -.4, member 2 -.1 and -.2.
    expected = {
        "ref": (0.1 + 0.5 + 0.3 + 0.5) / 4,
        "alt": (0.2 + 0.1 + 0.2 + 0.3) / 4,
        "difference": (0.1 - 0.4 - 0.1 - 0.2) / 4,
        "log_odds": 4,
        "largest": (-0.4 - 0.2) / 2,
        "spread": 0,  # both -.15 over their shifts
    }
    assert found == pytest.approx(expected)


def test_scores_are_those_of_the_windows(tmp_path):
    both, texts = networks(tmp_path), letters(4)
    windows = [AlleleWindows(texts[:2], texts[2:], 0, False)]
    found = scoring.score_windows(both, windows)
    raw, values = predict(both, texts)
    assert found.shape == (1, 3, 6)
    np.testing.assert_allclose(found[0, :, 0], values[:, :2].mean((0, 1)), **SINGLE)
    np.testing.assert_allclose(found[0, :, 2], (values[:, 2:] - values[:, :2]).mean((0, 1)), **SINGLE)
    np.testing.assert_allclose(found[0, :, 3], (logit(values[:, 2:]) - logit(values[:, :2])).mean((0, 1)), **SINGLE)
    np.testing.assert_allclose(found[0, :, 3], (raw[:, 2:] - raw[:, :2]).mean((0, 1)), **SINGLE)
    spread = (values[:, 2:] - values[:, :2]).mean(1).std(0)
    np.testing.assert_allclose(found[0, :, 5], spread, **SINGLE)


def test_exchanging_the_alleles_changes_the_sign(tmp_path):
    both, texts = networks(tmp_path), letters(4)
    there = scoring.score_windows(both, [AlleleWindows(texts[:2], texts[2:], 0, False)])[0]
    back = scoring.score_windows(both, [AlleleWindows(texts[2:], texts[:2], 0, False)])[0]
    np.testing.assert_allclose(there[:, [0, 1]], back[:, [1, 0]], **SINGLE)
    np.testing.assert_allclose(there[:, 2:5], -back[:, 2:5], **SINGLE)
    np.testing.assert_allclose(there[:, 5], back[:, 5], **SINGLE)
    same = scoring.score_windows(both, [AlleleWindows(texts[:2], texts[:2], 0, False)])[0]
    assert not same[:, 2:].any()


def test_a_window_that_comes_again_is_predicted_once(tmp_path, monkeypatch):
    both, texts, sizes = networks(tmp_path), letters(3), []
    original = scoring.scores
    monkeypatch.setattr(scoring, "scores", lambda one, codes, *rest: sizes.append(len(codes)) or original(one, codes))
    windows = [AlleleWindows([texts[0]], [texts[number]], 0, False) for number in (1, 2, 1)]
    found = scoring.score_windows(both, windows)
    assert sizes == [3]
    np.testing.assert_array_equal(found[0], found[2])
    assert scoring.score_windows(both, []).shape == (0, 3, 6)


def test_letters_beyond_a_contig_are_unknown(tmp_path):
    both, texts = networks(tmp_path), letters(2)
    dashes = scoring.score_windows(both, [AlleleWindows(["---" + texts[0][3:]], [texts[1]], 3, False)])
    unknown = scoring.score_windows(both, [AlleleWindows(["NNN" + texts[0][3:]], [texts[1]], 0, False)])
    np.testing.assert_array_equal(dashes, unknown)


def test_both_strands_reach_the_networks(tmp_path):
    both, texts = networks(tmp_path), letters(2)
    _, values = predict(both, texts, both_strands=True)
    found = scoring.score_windows(both, [AlleleWindows(texts[:1], texts[1:], 0, False)], both_strands=True)
    np.testing.assert_allclose(found[0, :, 2], (values[:, 1] - values[:, 0]).mean(0))


@pytest.mark.parametrize("task", ["multiclass", "regression", "poisson"])
def test_log_odds_of_other_tasks(tmp_path, task):
    both, texts = networks(tmp_path, task=task), letters(2)
    raw, values = predict(both, texts)
    found = scoring.score_windows(both, [AlleleWindows(texts[:1], texts[1:], 0, False)])[0, :, 3]
    scale = logit(values) if task == "multiclass" else raw
    np.testing.assert_allclose(found, (scale[:, 1] - scale[:, 0]).mean(0), rtol=1e-8)
    # Where a probability is 1 in double precision the log-odds are still known.
    np.testing.assert_allclose(scoring.class_log_odds(np.array([[100.0, 0.0]])), [[100, -100]])


CONTIG = letters(1, seed=5, length=200)[0]


@pytest.fixture
def genome(tmp_path):
    (tmp_path / "genome.fa").write_text(f">one\n{CONTIG}\n")
    bgzip(tmp_path / "genome.fa", tmp_path / "genome.fa.gz")
    index(tmp_path / "genome.fa.gz")
    return VariantGenome(tmp_path / "genome.fa.gz", {"one": 200}, {"one": "one"})


def records(count=60):
    generator, made = np.random.default_rng(2), []
    for row in range(1, count + 1):
        pos = int(generator.integers(1, 200))
        ref = CONTIG[pos - 1]
        alts = [letter for letter in "ACGT" if letter != ref][: generator.integers(1, 4)] + ["*"] * (row % 3 == 0)
        made.append(VcfRecord(row, row + 9, pos, ["one", str(pos), ".", ref, ",".join(alts), ".", ".", "."]))
    return made


def flat(chunks):
    return [outcome for chunk in chunks for _, outcomes in chunk for outcome in outcomes]


def test_chunks_do_not_change_the_scores(tmp_path, genome, monkeypatch):
    both = networks(tmp_path)
    whole = list(scoring.score_records(records(), tmp_path, genome, both, AlleleSettings()))
    monkeypatch.setattr(scoring, "ALLELES", 7)
    parts = list(scoring.score_records(records(), tmp_path, genome, both, AlleleSettings()))
    assert (len(whole), len(parts) > 5) == (1, True)
    assert [record.row for chunk in parts for record, _ in chunk] == list(range(1, 61))
    for one, other in zip(flat(whole), flat(parts), strict=True):
        assert (one.allele, one.reason, one.padded) == (other.allele, other.reason, other.padded)
        if one.values is not None:
            np.testing.assert_allclose(one.values, other.values, atol=1e-6)


def test_every_allele_has_one_outcome(tmp_path, genome):
    found = flat(scoring.score_records(records(), tmp_path, genome, networks(tmp_path), AlleleSettings()))
    keys = [(one.allele.row, one.allele.allele) for one in found]
    assert keys == [(record.row, number) for record in records() for number in range(1, len(record.alts) + 1)]
    assert all((one.values is None) == bool(one.reason) for one in found)
    assert {(one.padded, one.position, one.swapped) for one in found if one.reason} == {(0, 0, False)}


def test_chunks_are_bounded_in_alleles_and_letters(monkeypatch):
    assert [len(chunk) for chunk in scoring.record_chunks(records(10), 1)] == [1] * 10
    assert sum(len(chunk) for chunk in scoring.record_chunks(records(10), 4)) == 10
    assert list(scoring.record_chunks([], 4)) == []
    single = [VcfRecord(row, row, 9, ["one", "9", ".", "A", alt, ".", ".", "."]) for row, alt in enumerate("CC.CC")]
    assert [len(chunk) for chunk in scoring.record_chunks(single, 2)] == [2, 2, 1]
    assert [len(chunk) for chunk in scoring.record_chunks(single, 5)] == [5]
    assert [len(chunk) for chunk in scoring.record_chunks(single, 6)] == [5]
    monkeypatch.setattr(scoring, "LETTERS", 20)  # each has ten
    assert [len(chunk) for chunk in scoring.record_chunks(single, 100)] == [2, 2, 1]
    monkeypatch.setattr(scoring, "LETTERS", 30)
    long = [VcfRecord(row, row, 9, ["one", "9", "x" * (size - 9), "A", "C", ".", ".", "."])
            for row, size in enumerate([30, 29, 10])]  # fmt: skip
    assert [len(chunk) for chunk in scoring.record_chunks(long, 100)] == [1, 2]
    assert max(len(chunk) for chunk in scoring.record_chunks(records(10), 1000)) <= 4


@pytest.mark.parametrize(("deepest", "most"), [(None, 41), (1, 41), (0, 41), (10, 4), (99, 1)])
def test_chunks_hold_a_bounded_number_of_predictions(tmp_path, genome, monkeypatch, deepest, most):
    # Two alleles, two shifts, two networks, three labels: 24 predictions each.
    asked, both = [], networks(tmp_path)
    monkeypatch.setattr(scoring, "NUMBERS", 1000)
    monkeypatch.setattr(scoring, "record_chunks", lambda given, alleles: asked.append(alleles) or [])
    frames = None if deepest is None else sort_frames([Frame("", "one", 5, 9, "+")] * deepest, 20)
    assert list(scoring.score_records([], tmp_path, genome, both, AlleleSettings(shifts=(0, 1), frames=frames))) == []
    assert asked == [most]


def test_a_wrong_reference_stops_with_its_record(tmp_path, genome):
    wrong = "ACGT"[("ACGT".index(CONTIG[49]) + 1) % 4]
    bad = VcfRecord(2, 12, 50, ["one", "50", ".", wrong, "N,<X>,A,C,G,T", ".", ".", "."])
    message = rf"a\.vcf: record 2 \(line 12\): one:50: REF {wrong}: REF is not what the reference has: {CONTIG[49]}; "
    with pytest.raises(InputError, match=message):
        list(
            scoring.score_records([*records(1), bad], tmp_path / "a.vcf", genome, networks(tmp_path), AlleleSettings())
        )
    skipped = flat(scoring.score_records([bad], tmp_path, genome, networks(tmp_path), AlleleSettings(mismatch="skip")))
    assert all(one.reason for one in skipped)
    swapped = flat(scoring.score_records([bad], tmp_path, genome, networks(tmp_path), AlleleSettings(mismatch="swap")))
    assert [one.allele.alt for one in swapped if one.values is not None] == [CONTIG[49]]
    assert [one.allele.alt for one in swapped if one.swapped] == [CONTIG[49]]


def outcome(allele, *differences, reason="", frame=None):
    values = np.zeros((len(differences), len(scoring.FIELDS)))
    values[:, scoring.DIFFERENCE] = differences
    one = Allele(1, allele, "one", 5, ".", "A", "C")
    return scoring.AlleleOutcome(one, values=None if reason else values, reason=reason, frame=frame)


def test_an_allele_is_told_by_the_window_where_a_label_differs_most():
    frame = Frame("a", "one", 0, 3, "+")
    far, near, equal = outcome(1, 0.1, -0.2), outcome(1, -0.3, 0.1), outcome(1, 0.0, 0.3)
    lost, more, zero = outcome(2, reason="gone: a"), outcome(2, reason="gone: b"), outcome(3, 0.0, frame=frame)
    assert scoring.one_per_allele([far, near, equal, lost, more, zero]) == [near, lost, zero]
    assert scoring.one_per_allele([outcome(1, reason="gone"), far])[0] is far
    counted = scoring.count_outcomes([(None, [far, near, lost, more]), (None, [zero, zero])])
    assert counted == {"scored": 2, "dropped, gone": 1, scoring.IN_SITES: 2}


def test_chunks_are_smaller_where_many_windows_hold_an_allele(tmp_path, genome, monkeypatch):
    sizes, both = [], networks(tmp_path)
    original = scoring.score_chunk
    monkeypatch.setattr(scoring, "score_chunk", lambda some, *rest: sizes.append(len(some)) or original(some, *rest))
    monkeypatch.setattr(scoring, "ALLELES", 30)
    frames = sort_frames([Frame(str(first), "one", first, first + 10, "+") for first in range(40, 60, 2)], 20)
    assert frames.deepest == 10
    found = flat(scoring.score_records(records(), tmp_path, genome, both, AlleleSettings(frames=frames)))
    assert max(sizes) <= 3 and sum(sizes) == 60
    rows = Counter((one.allele.row, one.allele.allele, one.allele.pos) for one in found if one.frame)
    assert all(count == len(frames.holding("one", pos - 1, pos)) for (_, _, pos), count in rows.items())
    assert max(rows.values()) > 5
