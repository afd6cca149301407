import json

import pandas as pd
import pytest

HEADER = """\
##fileformat=VCFv4.3
##INFO=<ID=SITE,Number=1,Type=String,Description="x">
##INFO=<ID=LOST,Number=1,Type=String,Description="x">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO
"""
SPEC = json.dumps({"path": "v.vcf", "region": 10})


@pytest.fixture
def arguments(tmp_path):
    rows = [(5, "a", "a"), (50, "a", "."), (500, "b", "b"), (900, "b", ".")]
    lines = [f"c\t{pos}\t.\tA\tC\t.\t.\tSITE={site};LOST={lost}\n" for pos, site, lost in rows]
    (tmp_path / "v.vcf").write_text(HEADER + "".join(lines))
    # The third record has no score; the order of the scores is not that of the file.
    table = pd.DataFrame({"row": [4, 1, 2], "chrom": "c", "pos": [900, 5, 50]})
    table = table.assign(**{"a:difference": [-1, -0.5, 0.1], "b:difference": [0.2, -1, -1]})
    table.to_csv(tmp_path / "scores.tsv", sep="\t", index=False)
    return ["variant-recovery", "--scores", tmp_path / "scores.tsv", "--vcf", tmp_path / "v.vcf", "--spec", SPEC,
            "--table", tmp_path / "found.tsv"]  # fmt: skip


def test_scores_meet_their_records(run, drawing, arguments, tmp_path):
    run(*arguments)
    found = pd.read_csv(tmp_path / "found.tsv", sep="\t").set_index("factor")
    assert found.loc["a", ["broken", "kept", "auroc"]].tolist() == [1, 1, 1]
    assert found.loc["b", ["broken", "kept"]].tolist() == [0, 1]
    assert found.loc["all", ["median_broken", "median_kept"]].tolist() == pytest.approx([-0.5, 0.15])
    run(*drawing({"variant_recovery": tmp_path / "found.html"}, variant_recovery=tmp_path / "found.tsv"))
    assert "AUROC 1.00" in (tmp_path / "found.html").read_text()


def test_variants_in_the_windows_of_several_sites_count_once(run, arguments, tmp_path):
    run(*arguments)
    once = (tmp_path / "found.tsv").read_bytes()
    table = pd.read_csv(tmp_path / "scores.tsv", sep="\t").assign(allele=1, site="near")
    weak = table.assign(site="far", **{"a:difference": 0.01, "b:difference": 0.01})
    pd.concat([weak, table]).to_csv(tmp_path / "scores.tsv", sep="\t", index=False)
    run(*arguments)
    assert (tmp_path / "found.tsv").read_bytes() == once


def test_other_variants_are_refused(refuse, arguments, tmp_path):
    (tmp_path / "v.vcf").write_text(HEADER.replace("ID=LOST", "ID=OTHER"))
    assert "no field LOST of INFO; variants of the verb simulate have it" in refuse(*arguments)
    assert not (tmp_path / "found.tsv").exists()
