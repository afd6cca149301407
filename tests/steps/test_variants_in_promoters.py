"""A bacterium's promoters, as a new user brings them: one contig, stranded sites, variants of a known truth."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from convoscope.__main__ import main
from convoscope.sequence.alphabet import ALPHABETS, read_strand

DNA = ALPHABETS["dna"]
SIZE, SPACING = 300_000, 450
BOXES = {-35: "TTGACA", -12: "TATAAT"}  # first letter, counted from the start of transcription, of a promoter's boxes
KEPT = 0.9  # share of a box's letters that are the consensus
WINDOW = 80  # even: on the minus strand the window must begin a base later
SPEC = {"sites": {"promoter": {"path": "tss.bed"}}, "direction": "site", "strands": "single"}
SPEC |= {
    "windows": {"length": WINDOW, "bin": 2, "strand": "site"},
    "split": {"strategy": "blocks", "block": 10_000},
    "negatives": {"distance": 60, "ratio": 1},
}
ENCODE = {"labels": ["promoter"], "direction": "site", "strands": "single"}
MODEL = {"name": "deepbind", "options": {"filters": 12, "length": 12, "knots": 40, "hidden": 0, "dropout": 0.0}}
MODEL["options"] |= {"pool": "max", "strands": "single"}
TRAINING = {"epochs": 14, "patience": 14, "learning_rate": 0.02, "batch_size": 32, "precision": "float32"}
TRAINING |= {"shift": 0, "weight_decay": 1e-4, "monitor": "loss"}


class Promoter(NamedTuple):
    """A start of transcription (0-based), its strand, and its -10 box as it reads on that strand."""

    start: int
    strand: str
    box: str


def write(letters: list[str], promoter: Promoter, offset: int, text: str) -> None:
    """Write a text into the contig, read on the promoter's strand from ``offset`` on."""
    first = promoter.start + offset if promoter.strand == "+" else promoter.start - offset - len(text) + 1
    letters[first : first + len(text)] = read_strand(text, promoter.strand, DNA)


def genomic(promoter: Promoter, offset: int) -> int:
    """Return where the letter at an offset from the start lies on the contig, 0-based."""
    return promoter.start + offset * (1 if promoter.strand == "+" else -1)


def simulate(folder: Path) -> list[Promoter]:
    """Write a contig with promoters, each with a decoy of the -10 box elsewhere, and their starts as BED6."""
    random = np.random.default_rng(4)
    letters = list(random.choice(list("ACGT"), SIZE))
    for place in range(40, SIZE - 40, 150):  # boxes alone say nothing: they are everywhere, on both strands
        decoy = Promoter(place, str(random.choice(["+", "-"])), "")
        write(letters, decoy, 0, BOXES[-12])
    promoters = []
    for place in range(200, SIZE - 200, SPACING):
        texts = {
            offset: "".join(one if random.random() < KEPT else str(random.choice(list("ACGT"))) for one in box)
            for offset, box in BOXES.items()
        }
        promoter = Promoter(place + int(random.integers(60)), str(random.choice(["+", "-"])), texts[-12])
        write(letters, promoter, int(random.choice([-24, 8, 15])), BOXES[-12])
        for offset, text in texts.items():
            write(letters, promoter, offset, text)
        promoters.append(promoter)
    (folder / "genome.fa").write_text(f">NC_000913.3 Escherichia coli\n{''.join(letters)}\n")
    rows = [f"NC_000913.3\t{one.start}\t{one.start + 1}\tp{number}\t.\t{one.strand}\n"
            for number, one in enumerate(promoters)]  # fmt: skip
    (folder / "tss.bed").write_text("".join(rows))
    return promoters


def write_variants(folder: Path, promoters: list[Promoter]) -> pd.DataFrame:
    """Write a variant in every -10 box: one that breaks a letter of the consensus, or mends one; return what is so."""
    random, rows, truth = np.random.default_rng(5), [], []
    contig = (folder / "genome.fa").read_text().splitlines()[1]
    for promoter in promoters:
        wrong = [index for index, pair in enumerate(zip(promoter.box, BOXES[-12], strict=True)) if len(set(pair)) > 1]
        index = wrong[0] if wrong else int(random.integers(6))
        others = [letter for letter in "ACGT" if letter != BOXES[-12][index]]
        new = BOXES[-12][index] if wrong else str(random.choice(others))
        place = genomic(promoter, -12 + index)
        rows.append((place, contig[place], read_strand(new, promoter.strand, DNA)))
        truth.append((f"p{len(truth)}", promoter.start, promoter.strand, index, 1 if wrong else -1))
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    lines = [f"NC_000913.3\t{place + 1}\tp{number}\t{ref}\t{alt}\t.\t.\t.\n"
             for number, (place, ref, alt) in enumerate(rows)]  # fmt: skip
    (folder / "boxes.vcf").write_text(head + "".join(lines))
    return pd.DataFrame(truth, columns=["id", "start", "strand", "changed", "sign"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a trained network and variants; the truth of each of these."""
    folder = tmp_path_factory.mktemp("coli")
    truth = write_variants(folder, simulate(folder))

    def verb(name, **options):
        words = [name]
        for option, value in options.items():
            text = json.dumps(value) if isinstance(value, dict) else str(value)
            words += [f"--{option.replace('_', '-')}", text]
        assert main(words) == 0

    at = {
        name: folder / name for name in ("genome.fa.gz", "sizes", "gaps.bed", "windows.tsv", "codes.npy", "card.json")
    }
    reference = {"fasta": at["genome.fa.gz"], "sizes": at["sizes"], "gaps": at["gaps.bed"]}
    verb("reference", spec={"mirrors": [str(folder / "genome.fa")]}, **reference, provenance=folder / "from.json")
    verb("windows", **reference, sites=folder / "tss.bed", spec=SPEC, windows=at["windows.tsv"],
         dropped=folder / "dropped.tsv", negatives=folder / "negatives.tsv")  # fmt: skip
    verb("encode", inputs=folder / "tss.bed", windows=at["windows.tsv"], fasta=at["genome.fa.gz"], spec=ENCODE,
         codes=at["codes.npy"], card=at["card.json"])  # fmt: skip
    verb("train", examples=at["windows.tsv"], codes=at["codes.npy"], card=at["card.json"], fold="holdout", seed=1,
         model=MODEL, training=TRAINING, device="cpu", trained=folder / "model.safetensors",
         history=folder / "history.tsv")  # fmt: skip
    return folder, truth


def scored(folder: Path, name: str, *more: object) -> pd.DataFrame:
    """Score the variants; return their log-odds ratios."""
    out = folder / name
    words = ["predict-variants", "--models", folder / "model.safetensors", "--genome", folder / "genome.fa.gz",
             "--vcf", folder / "boxes.vcf", "--device", "cpu", "--scores", out / "scores.tsv.gz",
             "--annotated", out / "annotated.vcf.gz", "--dropped", out / "dropped.tsv", *more]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    return pd.read_csv(out / "scores.tsv.gz", sep="\t")


def test_signs_are_right_in_the_promoters_frame_on_both_strands(trained):
    folder, truth = trained
    table = scored(folder, "sites", "--sites", folder / "tss.bed")
    own = truth.merge(table[table["id"] == table["site"]], on="id", suffixes=["", "_read"], validate="one_to_one")
    assert len(own) == len(truth) > 600
    assert (own["strand"] == own["strand_read"]).all()
    around = truth.merge(scored(folder, "around"), on="id", validate="one_to_one")
    assert (own["position"] == WINDOW // 2 - 12 + own["changed"]).all()
    right, without = (np.sign(table["promoter:log_odds"]) == table["sign"] for table in (own, around))
    by_strand = right.groupby(own["strand"]).mean()
    assert set(by_strand.index) == {"+", "-"} and by_strand.min() >= 0.95
    assert right.groupby(own["sign"]).mean().min() >= 0.95
    # What the networks were not made for: signs little better than by chance, small effects.
    assert without.groupby(own["strand"]).mean().max() < 0.75
    assert own["promoter:log_odds"].abs().median() > 3 * around["promoter:log_odds"].abs().median()
    assert around["cannot_tell"].str.contains("position and strand").all()


def test_signs_are_right_at_promoters_that_trained_nothing(trained):
    folder, truth = trained
    windows = pd.read_csv(folder / "windows.tsv", sep="\t")
    tested = windows[(windows["fold"] == "test") & (windows["origin"] == "site")]
    starts = set(zip(tested["start"] + np.where(tested["strand"] == "-", WINDOW // 2 - 1, WINDOW // 2),
                     tested["strand"], strict=True))  # fmt: skip
    held = truth[[place in starts for place in zip(truth["start"], truth["strand"], strict=True)]]
    table = scored(folder, "held", "--sites", folder / "tss.bed")
    own = held.merge(table[table["id"] == table["site"]], on="id")
    assert len(held) == len(tested) > 80
    assert (np.sign(own["promoter:log_odds"]) == own["sign"]).mean() >= 0.95
