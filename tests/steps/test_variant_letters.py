"""Letters around the strongest variants: which they are, where they stand, and what they add up to."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from convoscope import modelfile
from convoscope.interpretation.attribution.allele_letters import SIDE, allele_letters
from convoscope.interpretation.attribution.contributions import contributions
from convoscope.models import build
from convoscope.prediction import ensemble
from convoscope.prediction.variants.allele_windows import AlleleWindows
from convoscope.prediction.variants.alleles import window
from convoscope.sequence import bigwig
from convoscope.sequence.alphabet import ALPHABETS, encode_many

LENGTH = 101
GENOME = "".join(np.random.default_rng(3).choice(list("ACGT"), 6000))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two networks on windows of DNA."""
    paths = []
    for seed in (1, 2):
        facts = {"architecture": "deepbind", "options": {"filters": 8, "length": 8, "hidden": 4}, "channels": 4,
                 "space": [LENGTH], "labels": ["A", "B"], "modality": "sequence", "task": "multilabel",
                 "alphabet": "dna", "unknown": "uniform"}  # fmt: skip
        torch.manual_seed(seed)
        network = build("deepbind", 4, [LENGTH], 2, facts["options"])
        for weights in network.parameters():
            weights.data *= 4  # so that a variant matters
        paths.append(tmp_path_factory.mktemp("models") / f"{seed}.safetensors")
        modelfile.save(paths[-1], network.eval(), facts)
    return paths


@pytest.mark.parametrize(("ref", "alt"), [("A", "C"), ("", "GATTACA"), ("CGT", "")])
def test_letters_share_out_the_scores_of_both_alleles(models: list[Path], ref: str, alt: str) -> None:
    networks = ensemble.load(models)
    flanks = GENOME[:200], GENOME[200 + len(ref) : 400]
    texts = [window(flanks[0], allele, flanks[1], LENGTH) for allele in (ref, alt)]
    codes = encode_many(texts, ALPHABETS["dna"])
    with pytest.MonkeyPatch.context() as patch:
        for name, columns in (("SIDE", 2 * LENGTH), ("WIDEST", 6 * LENGTH)):  # the whole window
            patch.setattr(f"convoscope.interpretation.attribution.allele_letters.{name}", columns)
        found = allele_letters(networks, AlleleWindows([texts[0]], [texts[1]], 0, False), (ref, alt), "B")
    shared = contributions(networks, codes, "B", "integrated_gradients")
    raw = ensemble.scores(networks, codes)[..., 1].mean(0)
    assert shared.difference[1] - shared.difference[0] == pytest.approx(float(raw[1] - raw[0]), abs=1e-5)
    sums = found.groupby("allele_shown")["contribution"].sum()[["REF", "ALT"]]
    assert sums.to_numpy() == pytest.approx(shared.difference + shared.gap, abs=1e-5)
    wide = found.pivot(index="position", columns="allele_shown", values="letter")
    both = wide.dropna()
    outside = both.index.to_numpy()[(both.index < 0) | (both.index >= max(len(ref), len(alt)))]
    assert (both.loc[outside, "REF"] == both.loc[outside, "ALT"]).all() and len(outside) > LENGTH - 10


@pytest.fixture
def arguments(tmp_path: Path, models: list[Path]) -> list[object]:
    """A genome, a track of its first contig, scores of three variants."""
    (tmp_path / "g.fa").write_text(f">c1\n{GENOME}\n>c2\n{GENOME}\n")
    (tmp_path / "tracks").mkdir()
    for label in ("A", "B"):
        with bigwig.open_bigwig(tmp_path / "tracks" / f"{label}.bw", {"c1": 6000}) as track:
            bigwig.add_contig(track, "c1", 6000, np.full(600, 0.5), 10, 0)
    rows = [
        ("c1", 301, GENOME[300], "GG" + GENOME[300], 0.1, -0.3),
        ("c1", 5001, GENOME[5000:5003], GENOME[5000], 0.2, 0),
        ("c2", 301, GENOME[300], "C", 0.9, 0),
    ]
    columns = ["chrom", "pos", "ref", "alt", "A:difference", "B:difference"]
    table = pd.DataFrame(rows, columns=columns).assign(row=range(1, 4), allele=1, id=".", padded=0)
    table.to_csv(tmp_path / "scores.tsv", sep="\t", index=False)
    return ["variant-letters", "--models", *models, "--genome", tmp_path / "g.fa", "--scores", tmp_path / "scores.tsv",
            "--tracks", tmp_path / "tracks", "--table", tmp_path / "letters.tsv"]  # fmt: skip


def test_letters_are_those_of_the_genome_and_of_each_allele(
    run: Callable[..., None], arguments: list[object], tmp_path: Path
) -> None:
    run(*arguments)
    found = pd.read_csv(tmp_path / "letters.tsv", sep="\t")
    assert found[["row", "label"]].drop_duplicates().to_numpy().tolist() == [[1, "B"], [2, "A"]]  # c2 has no track
    texts = {
        key: "".join(part.sort_values("position")["letter"]) for key, part in found.groupby(["row", "allele_shown"])
    }
    inserted, left = GENOME[300 - SIDE : 300], GENOME[5001 - SIDE : 5001]
    assert texts[1, "REF"] == inserted + GENOME[300 : 300 + SIDE]
    assert texts[1, "ALT"] == inserted + "GG" + GENOME[300 : 300 + SIDE]
    assert texts[2, "REF"] == left + GENOME[5001 : 5003 + SIDE]
    assert texts[2, "ALT"] == left + GENOME[5003 : 5003 + SIDE]
    gap = found[(found["row"] == 1) & (found["allele_shown"] == "REF")]["position"]
    assert not {0, 1} & set(gap) and {-1, 2} < set(gap)


def test_variants_in_windows_of_sites_have_no_letters(
    run: Callable[..., None], arguments: list[object], tmp_path: Path
) -> None:
    table = pd.read_csv(tmp_path / "scores.tsv", sep="\t").assign(site="s", window_start=0, strand="+", position=3)
    table.to_csv(tmp_path / "scores.tsv", sep="\t", index=False)
    run(*arguments)
    assert (tmp_path / "letters.tsv").read_text() == (
        "row\tallele\tlabel\tallele_shown\tposition\tletter\tcontribution\n"
    )


def test_a_genome_that_is_another_is_refused(
    refuse: Callable[..., str], arguments: list[object], tmp_path: Path
) -> None:
    (tmp_path / "g.fa").write_text(f">other\n{GENOME}\n")
    assert "contig" in refuse(*arguments) and not (tmp_path / "letters.tsv").exists()
