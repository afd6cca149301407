import copy
import json
import lzma
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyBigWig
import pysam
import pytest
import tifffile

from convoscope.config import Config, load_config
from convoscope.download.addresses import redacted
from convoscope.errors import InputError, Problems
from convoscope.preflight import addresses, genomes, preflight, report_left


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """A configuration whose files are there."""
    (tmp_path / "genome.fa").write_text(">one\nACGT\n>two x\nACGT\n")
    (tmp_path / "sites.bed").write_text("one\t1\t2\tname\t7\t+\n")
    return {
        "results": str(tmp_path / "results"),
        "references": {"genome": {"mirrors": [str(tmp_path / "genome.fa")]}},
        "experiments": {
            "sequence": {
                "first": {
                    "reference": "genome",
                    "sites": {"A": {"path": str(tmp_path / "sites.bed")}},
                    "split": {"strategy": "chromosomes", "validation": ["one"], "test": ["two"]},
                }
            }
        },
    }


def change(config: dict[str, Any], **changes: Any) -> dict[str, Any]:
    changed = copy.deepcopy(config)
    changed["experiments"]["sequence"]["first"].update(changes)
    return changed


def test_good_configurations_pass(config: dict[str, Any]) -> None:
    assert preflight(config).experiments.sequence["first"].labels == ["A"]


def test_files_must_be_there(config: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"experiments\.sequence\.first\.sites\.A\.path: no file 'gone\.bed'"):
        preflight(change(config, sites={"A": {"path": "gone.bed"}}))
    with pytest.raises(InputError, match=r"first\.windows\.blacklist: no file 'gone\.bed'"):
        preflight(change(config, windows={"blacklist": "gone.bed"}))
    with pytest.raises(InputError, match=r"references\.genome\.mirrors: no file 'gone\.fa'"):
        preflight({**config, "references": {"genome": {"mirrors": ["gone.fa"]}}})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"tracks": {"contigs": ["three"]}},
            r"tracks\.contigs: genome: 'three' is not in the reference",
        ),
        ({"hits": {"contigs": ["one", "x"]}}, r"hits\.contigs: genome: 'x' is not in the reference"),
        ({"maps": {"bed": "{wrong}"}}, r"maps\.bed: .*wrong:1: 1 column"),
        ({"regions": {"r": {"path": "{wrong}"}}}, r"regions\.r\.path: .*wrong:1: 1 column"),
        (
            {"regions": {"r": {"path": "{sites}", "reference": "g"}}},
            r"regions\.r\.reference: g; .*known: genome",
        ),
        (
            {"records": {"r": {"path": "{wrong}"}}},
            r"records\.r\.path: .*wrong begins with 'hello'",
        ),
        ({"records": {"r": {"path": "gone.fa"}}}, r"records\.r\.path: no file 'gone\.fa'"),
        (
            {"regions": {"r": {"path": "s3://a/b.bed"}}},
            r"regions\.r\.path: 's3://a/b\.bed'; an address",
        ),
        ({"records": {"r": {"path": "http://"}}}, r"records\.r\.path: 'http://'; an address"),
    ],
)
def test_what_networks_are_used_for_is_looked_at(
    config: dict[str, Any], tmp_path: Path, changes: Any, said: str
) -> None:
    (tmp_path / "wrong").write_text("hello\n")
    files = {"{wrong}": str(tmp_path / "wrong"), "{sites}": str(tmp_path / "sites.bed")}
    text = json.dumps(changes)
    for name, path in files.items():
        text = text.replace(name, path)
    with pytest.raises(InputError, match=rf"config: experiments\.sequence\.first\.{said}"):
        preflight(change(config, **json.loads(text)))


def test_regions_and_records_pass(config: dict[str, Any], tmp_path: Path) -> None:
    further = {"regions": {"r": {"path": str(tmp_path / "sites.bed")}}, "tracks": {"contigs": ["two"]}}
    records = {"f": {"path": str(tmp_path / "genome.fa")}, "g": {"path": "https://example.org/g.fa"}}
    checked = preflight(change(config, **further, records=records))
    assert addresses(checked) == ["https://example.org/g.fa"]


def test_addresses_are_left_to_the_download(config: dict[str, Any]) -> None:
    checked = preflight(change(config, sites={"A": {"path": "https://example.org/a.bed"}}))
    assert addresses(checked) == ["https://example.org/a.bed"]


def test_paths_that_snakemake_takes_for_patterns_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"first\.sites\.A\.path: 'a\{b\}\.bed'; a path without braces"):
        preflight(change(config, sites={"A": {"path": "a{b}.bed"}}))
    with pytest.raises(InputError, match=r"references\.genome\.mirrors: .*without braces"):
        preflight({**config, "references": {"genome": {"mirrors": ["https://example.org/{x}.fa"]}}})


def test_a_database_of_motifs_must_be_there(config: dict[str, Any], tmp_path: Path) -> None:
    for database in ("gone.meme", "https://example.org/a.meme", "JASPAR", "JASPAR1999"):
        with pytest.raises(InputError, match=r"first\.motifs\.database: no file .*; a file of motifs .* JASPAR2026"):
            preflight(change(config, motifs={"database": database}))
    (tmp_path / "own.meme").write_text("nothing")
    with pytest.raises(InputError, match=r"first\.motifs\.database: .*own\.meme: not a MEME file"):
        preflight(change(config, motifs={"database": str(tmp_path / "own.meme")}))
    (tmp_path / "own.meme").write_text(
        "MEME version 4\n\nMOTIF M\nletter-probability matrix: alength= 4 w= 1 nsites= 9\n 1 0 0 0\n"
    )
    with pytest.raises(InputError, match=r"first\.motifs\.taxa: fungi; a file has no taxa"):
        preflight(change(config, motifs={"database": str(tmp_path / "own.meme"), "taxa": ["fungi"]}))
    with pytest.raises(InputError, match=r"first\.modisco\.label: 'B'; one of A"):
        preflight(change(config, modisco={"label": "B"}))
    for database in ("JASPAR2024", str(tmp_path / "own.meme")):
        assert preflight(change(config, motifs={"database": database}))


def test_columns_are_looked_at(config: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "three.bed").write_text("one\t1\t2\n")
    sites = {"A": {"path": str(tmp_path / "three.bed"), "min_score": 5}}
    with pytest.raises(InputError, match=r"sites\.A\.path: .*three\.bed:1: .*score"):
        preflight(change(config, sites=sites))


def test_strands_are_looked_at(config: dict[str, Any], tmp_path: Path) -> None:
    rows = {"minus": "one\t1\t2\tname\t7\t-\n", "none": "one\t1\t2\n"}
    for name, row in rows.items():
        (tmp_path / name).write_text(row + "one\t2\t3\n")
    single = {"strands": "single"}
    minus, none = ({"sites": {"A": {"path": str(tmp_path / name)}}} for name in rows)
    with pytest.raises(InputError, match=r"sites\.A\.path: .*minus: 1 of 2 sites are on the minus strand"):
        preflight(change(config, **minus, **single))
    with pytest.raises(InputError, match=r"sites\.A\.path: .*none: no row has a strand.*windows\.strand: ignore reads"):
        preflight(change(config, **none, windows={"strand": "site"}))
    preflight(change(config, **none, **single))
    preflight(change(config, **minus, windows={"strand": "site"}))
    preflight(change(config, **minus, **single, windows={"strand": "ignore"}))
    (tmp_path / "none").write_text(rows["none"] * 1000 + rows["minus"])  # only the first rows are read
    preflight(change(config, **none, windows={"strand": "site"}))


def test_chromosomes_are_those_of_the_reference(config: dict[str, Any], tmp_path: Path) -> None:
    split = {"strategy": "chromosomes", "validation": ["one"], "test": ["chr2"]}
    with pytest.raises(
        InputError, match=r"first\.split\.test: genome: 'chr2' is not in the reference; it has one, two$"
    ):
        preflight(change(config, split=split))
    sizes = tmp_path / "results" / "references" / "genome" / "chrom.sizes"
    sizes.parent.mkdir(parents=True)
    sizes.write_text("one\t4\nchr2\t4\n")
    assert preflight(change(config, split=split))


def test_simulated_sites_are_made_later_and_only_those(config: dict[str, Any], tmp_path: Path) -> None:
    simulated = {**config, "references": {"genome": {"simulate": {"factors": {"CTCF": "MA0139.2"}}}}}
    folder = f"{tmp_path}/results/references/genome/sites"
    split = {"strategy": "chromosomes", "validation": ["sim1"], "test": ["sim2"]}
    preflight(change(simulated, sites={"CTCF": {"path": f"{folder}/CTCF.bed"}}, split=split))
    with pytest.raises(InputError, match=r"no file '.*GATA1\.bed'"):
        preflight(change(simulated, sites={"CTCF": {"path": f"{folder}/GATA1.bed"}}, split=split))


def test_keys_that_stand_twice_are_seen(config: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n")
    preflight(config, [file])
    file.write_text("sites:\n  REB1: {path: a}\n  REB1: {path: b}\n")
    with pytest.raises(InputError, match=r"config\.yaml:3: key 'REB1' stands twice"):
        preflight(config, [file])
    file.write_text("sites: [\n")
    with pytest.raises(InputError, match=r"config\.yaml: not YAML"):
        preflight(config, [file])


def test_columns_of_a_table_of_cells_are_looked_for(tmp_path: Path) -> None:
    table = tmp_path / "cells.tsv"
    table.write_text("cell\timage\tlabel\n1\ta.tif\tx\n")

    def content(**change: Any) -> dict[str, Any]:
        return {"experiments": {"image": {"one": {"cells": {"path": str(table)}, **change}}}}

    with pytest.raises(InputError, match=r"image\.one: .*no image of its first 1 can be used, line 2: unreadable: "):
        preflight(content())
    tifffile.imwrite(tmp_path / "a.tif", np.eye(12, dtype=np.uint8))
    with pytest.raises(InputError, match=r"image\.one: crops\.size: 12 is too small for lenet; at least 18"):
        preflight(content(model={"name": "lenet"}))
    preflight(content(model={"name": "residual"}))
    with pytest.raises(InputError, match=r"image\.one\.model: model\.options: unknown option 'depth'; residual takes"):
        preflight(content(model={"name": "residual", "options": {"depth": 3}}))
    with pytest.raises(InputError, match=r"image\.one\.labels|image\.one: id: reserved"):
        preflight(content(labels=["id"]))
    with pytest.raises(
        InputError, match=r"experiments\.image\.one\.groups: no column 'plate' in .*; it has cell, image"
    ):
        preflight(content(groups=["plate"]))
    with pytest.raises(InputError, match=r"one\.cells\.images: no column 'red'"):
        preflight(content(cells={"path": str(table), "images": ["red", "green"]}))
    table.unlink()
    with pytest.raises(InputError, match=r"one\.cells\.path: no file"):
        preflight(content())


def test_simulated_cells_need_a_network_for_their_size() -> None:
    images = {"simulate": {}, "crops": {"size": 8}, "model": {"name": "residual"}}
    preflight({"experiments": {"image": {"one": images}}})
    with pytest.raises(InputError, match=r"image\.one: crops\.size: 8 is too small for lenet"):
        preflight({"experiments": {"image": {"one": {**images, "model": {"name": "lenet"}}}}})


def test_variants_are_looked_at(config: dict[str, Any], tmp_path: Path) -> None:
    vcf = tmp_path / "a.vcf"
    vcf.write_text(
        '##fileformat=VCFv4.2\n##INFO=<ID=EFF,Number=1,Type=Float,Description="x">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    )

    (tmp_path / "bad.bed").write_text("chr1\t5\n")
    (tmp_path / "good.bed").write_text("one\t5\t6\n")

    def content(**block: Any) -> dict[str, Any]:
        return change(config, variants={"mine": {"path": str(vcf), **block}})

    preflight(content(measured="EFF", reference="genome", shifts=[-5, 5]))
    preflight(content(sites=str(tmp_path / "good.bed"), strand="site"))
    preflight(content(path="https://example.org/a.vcf.gz", measured="P"))
    for block, message in (
        ({"path": "gone.vcf"}, r"first\.variants\.mine\.path: no file 'gone\.vcf'"),
        ({"covariate_table": "gone.tsv", "outcome": "EFF"}, r"mine\.covariate_table: no file 'gone\.tsv'"),
        ({"reference": "hg38"}, r"variants\.mine\.reference: hg38; a block under references; known: genome"),
        ({"measured": "P"}, r"variants\.mine\.measured: no field 'P' of INFO in .*a\.vcf; it has EFF"),
        ({"outcome": "EFF", "covariates": ["EFF", "Q"]}, r"mine\.covariates: no field 'Q'"),
        ({"sites": "gone.bed"}, r"first\.variants\.mine\.sites: no file 'gone\.bed'"),
        ({"sites": str(tmp_path / "bad.bed")}, r"first\.variants\.mine\.sites: .*bad\.bed:1: 2 column"),
        ({"strand": "site"}, r"variants\.mine: .*strand without sites; name their file"),
        ({"shifts": [0, 500]}, r"variants\.mine\.shifts: 500; windows of 201 would not hold the variant"),
        ({"path": str(tmp_path / "genome.fa")}, r"genome\.fa: not VCF"),
    ):
        with pytest.raises(InputError, match=message):
            preflight(content(**block))


def test_variants_need_a_reference_of_dna(config: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("sequence\n")
    vcf = tmp_path / "a.vcf"
    vcf.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    files = [{"path": str(tmp_path / "a.tsv"), "labels": {"A": 1}}]
    own = {"sequences": files, "split": {"strategy": "random"}, "negatives": {"strategy": "dinucleotide_shuffle"}}
    for block, alphabet, message in (
        ({}, "dna", r"variants\.mine\.reference: none; a block under references"),
        ({"reference": "genome"}, "rna", r"variants\.mine: variants are of DNA; the experiment reads rna"),
    ):
        given = {**own, "alphabet": alphabet, "variants": {"mine": {"path": str(vcf), **block}}}
        with pytest.raises(InputError, match=message):
            preflight({**config, "experiments": {"sequence": {"one": given}}})


def test_simulated_variants_are_made_later(config: dict[str, Any], tmp_path: Path) -> None:
    simulated = {**config, "references": {"genome": {"simulate": {"factors": {"CTCF": "MA0139.2"}}}}}
    folder = f"{tmp_path}/results/references/genome"
    split = {"strategy": "chromosomes", "validation": ["sim1"], "test": ["sim2"]}
    own = {"sites": {"CTCF": {"path": f"{folder}/sites/CTCF.bed"}}, "split": split}
    preflight(change(simulated, **own, variants={"made": {"path": f"{folder}/variants.vcf.gz"}}))
    with pytest.raises(InputError, match=r"no file '.*other\.vcf\.gz'"):
        preflight(change(simulated, **own, variants={"made": {"path": f"{folder}/other.vcf.gz"}}))


def test_all_problems_are_said_at_once(config: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "damaged.bw").write_bytes(b"not a bigWig")
    (tmp_path / "wrong.bed").write_text("one 1 2\n" + "one\tx\t2\n")
    wrong = change(
        config,
        sites={
            "A": {"path": "gone.bed"},
            "B": {"path": str(tmp_path / "sites.bed"), "value": "bigwig", "bigwig": str(tmp_path / "damaged.bw")},
        },
        windows={"blacklist": str(tmp_path / "wrong.bed")},
        negatives={"strategy": "file", "path": str(tmp_path / "wrong.bed")},
        split={"strategy": "chromosomes", "validation": ["one"], "test": ["chr2"]},
        records={"r": {"path": str(tmp_path / "sites.bed")}},
        motifs={"database": "gone.meme"},
    )
    with pytest.raises(InputError) as refusal:
        preflight(wrong)
    keys = [line.removeprefix("config: experiments.sequence.first.").split(": ")[0] for line in said(refusal)]
    assert sorted(keys) == sorted(
        [
            "sites.A.path",
            "sites.B.bigwig",
            "windows.blacklist",
            "negatives.path",
            "split.test",
            "records.r.path",
            "motifs.database",
        ]
    )


def said(refusal: pytest.ExceptionInfo[InputError]) -> list[str]:
    return str(refusal.value).splitlines()


@pytest.fixture
def image_experiment(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Write ready crops of two channels and a field, their table and one of cells to predict, and name them."""
    crop = np.random.default_rng(1).integers(0, 4000, (2, 16, 16), np.uint16)
    for name, image in (("f", crop), ("small", crop[:, :9, :9]), ("three", np.concatenate([crop, crop[:1] + 1]))):
        tifffile.imwrite(tmp_path / f"{name}.tif", image, photometric="minisblack")
    header = "cell\timage\tlabel\tplate\tx\ty\n"
    (tmp_path / "cells.tsv").write_text(header + "1\tf.tif\ta\tp\t5\t5\n2\tf.tif\tb\tp\t5\t5\n")
    for name in ("f", "small", "three"):
        (tmp_path / f"{name}.tsv").write_text(f"cell\timage\tx\ty\n0\tlost.tif\t1\t1\n1\t{name}.tif\t5\t5\n")

    def content(further: dict[str, Any], **change: Any) -> dict[str, Any]:
        block = {"path": "f.tsv", **further}
        block["path"] = str(tmp_path / block["path"])
        one = {"cells": {"path": str(tmp_path / "cells.tsv")}, "groups": ["plate"], **change}
        return {"experiments": {"image": {"one": {**one, "further_cells": {"new": block}}}}}

    return content


@pytest.mark.parametrize(
    ("further", "change", "said"),
    [
        ({"path": "gone.tsv"}, {}, r"further_cells\.new\.path: no file .*gone\.tsv"),
        ({"form": "boxes"}, {}, r"further_cells\.new: .*no column 'left'; its columns are cell, image"),
        ({"images": ["red"]}, {}, r"further_cells\.new: .*no column 'red'"),
        ({"keep": ["well"]}, {}, r"further_cells\.new: keep: no column 'well' in .*; it has cell, image, x, y"),
        ({"folder": "elsewhere"}, {}, r"further_cells\.new: .*no image of its first 2 can be used, line 2: unreadable"),
        ({"path": "small.tsv"}, {}, r"further_cells\.new: crops of 9 pixels; those of the experiment have 16"),
        ({"path": "three.tsv"}, {}, r"further_cells\.new: images of 3 channels; those of the experiment have 2"),
        ({"formats": ["napari"]}, {}, r"further_cells\.new\.formats: ready crops have no place in an image; csv alone"),
        ({"formats": ["xlsx"]}, {}, r"further_cells\.new\.formats\.0"),
        ({"pixel_size": 0.3}, {"crops": {"pixel_size": 0.6}}, r"new\.pixel_size: 0\.3; crops\.pixel_size is 0\.6"),
        ({"colour": 1}, {}, r"further_cells\.new\.colour: unknown key"),
        ({}, {"normalise": {"scope": "plate"}}, r"further_cells\.new: .*no column 'plate'"),
        ({"form": "centres"}, {"crops": {"isolate": True}}, r"new\.form: centres; crops\.isolate needs label images"),
    ],
)
def test_further_cells_are_looked_at_before_the_first_job(
    further: dict[str, Any], change: dict[str, Any], said: str, image_experiment: Callable[..., dict[str, Any]]
) -> None:
    with pytest.raises(InputError, match=said):
        preflight(image_experiment(further, **change))


@pytest.mark.parametrize(
    "further", [{}, {"form": "centres", "path": "f.tsv"}, {"path": "three.tsv", "channels": ["c1", "x", "c2"]}]
)
def test_further_cells_that_fit_pass(further: dict[str, Any], image_experiment: Callable[..., dict[str, Any]]) -> None:
    config = preflight(image_experiment(further))
    assert list(config.experiments.image["one"].further_cells) == ["new"]


def test_names_of_contigs_are_matched_before_the_first_job(config: dict[str, Any], tmp_path: Path) -> None:
    split = {"strategy": "chromosomes", "validation": ["chrone"], "test": ["NC_2.1"]}
    with pytest.raises(InputError, match=r"first\.split\.test: genome: 'NC_2\.1' is not in the reference"):
        preflight(change(config, split=split))
    assert preflight(change(config, split=split, windows={"rename": {"NC_2.1": "two"}}))
    with pytest.raises(InputError, match=r"first: windows\.rename: a: 'b' is not in the reference; it has one, two"):
        preflight(change(config, windows={"rename": {"a": "b"}}))
    (tmp_path / "aliases").write_text("two\tNC_2.1\n")
    table = {"genome": {**config["references"]["genome"], "aliases": str(tmp_path / "aliases")}}
    assert preflight({**change(config, split=split), "references": table})
    table["genome"]["aliases"] = "https://example.org/hg.chromAlias.txt"  # not here yet: nothing can be said
    assert preflight({**change(config, split=split), "references": table})
    (tmp_path / "more.bed").write_text("chrUn\t5\t6\n")
    with pytest.raises(InputError, match=r"first\.maps\.bed: .*more\.bed: none of its contigs .*it has chrUn, the"):
        preflight(change(config, maps={"bed": str(tmp_path / "more.bed")}))
    (tmp_path / "more.bed").write_text("chrUn\t5\t6\nTWO\t5\t6\n")
    assert preflight(change(config, maps={"bed": str(tmp_path / "more.bed")}))


def test_genes_are_read_and_compared_with_the_reference_before_the_first_job(
    config: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "genes.gff3"
    reference = config["references"]["genome"] = {**config["references"]["genome"], "genes": str(path)}
    with pytest.raises(InputError, match=r"references\.genome\.genes: no file '.*genes\.gff3'; give a file"):
        preflight(config)
    path.write_text("chrUn\tx\tgene\t1\t2\t.\t+\t.\tID=a\n")
    refusal = r"references\.genome\.genes: .*genes\.gff3: none of its contigs .*it has chrUn, the reference one, two"
    with pytest.raises(InputError, match=refusal):
        preflight(config)
    (tmp_path / "aliases").write_text("two\tchrUn\n")
    reference["aliases"] = str(tmp_path / "aliases")
    assert preflight(config)
    path.write_text("chrTWO\tx\tgene\t1\n")
    with pytest.raises(InputError, match=r"references\.genome\.genes: .*genes\.gff3:1: 4 columns; the nine"):
        preflight(config)
    reference["genes"] = "https://example.org/genes.gff3.gz"
    assert addresses(preflight(config)) == ["https://example.org/genes.gff3.gz"]


def test_tables_that_later_steps_read_are_read_first(config: dict[str, Any], tmp_path: Path) -> None:
    vcf, table, listed = tmp_path / "a.vcf", tmp_path / "cadd.tsv", tmp_path / "listed.csv"
    vcf.write_text(
        '##fileformat=VCFv4.2\n##INFO=<ID=EFF,Number=1,Type=Float,Description="x">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    )
    table.write_text("chrom\tpos\tref\talt\tcadd\none\t1\tA\tC\thigh\n")
    block = {"mine": {"path": str(vcf), "outcome": "EFF", "covariate_table": str(table)}}
    with pytest.raises(InputError, match=r"variants\.mine\.covariate_table: .*cadd\.tsv: cadd: 'high' in row 1"):
        preflight(change(config, variants=block))
    listed.write_text("sequence,y\nACGT,1\nACGG,much\n")
    own = {"sequences": [{"path": str(listed), "label_columns": {"A": "y"}}]}
    with pytest.raises(InputError, match=r"sequence\.one: .*listed\.csv:3: label A is 'much'"):
        preflight({**config, "experiments": {"sequence": {"one": own}}})


VCF = "##fileformat=VCFv4.2\n##contig=<ID=one,length={length}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
UNKNOWN = r"{file}: none of its contigs is in the reference; it has chrUn, the reference one, two; give their names"
# Option and block of each file of intervals that an experiment may name.
INTERVALS: dict[str, Callable[[str], dict[str, Any]]] = {
    "sites.A.path": lambda path: {"sites": {"A": {"path": path}}},
    "windows.blacklist": lambda path: {"windows": {"blacklist": path}},
    "negatives.path": lambda path: {"negatives": {"strategy": "file", "path": path}},
    "maps.bed": lambda path: {"maps": {"bed": path}},
    "regions.r.path": lambda path: {"regions": {"r": {"path": path}}},
    "variants.v.sites": lambda path: {"variants": {"v": {"path": "https://example.org/a.vcf", "sites": path}}},
}


@pytest.mark.parametrize("option", INTERVALS)
def test_files_of_intervals_have_a_row_but_that_of_what_is_avoided(
    config: dict[str, Any], tmp_path: Path, option: str
) -> None:
    bed = tmp_path / "a.bed"
    bed.write_text("# none\n")
    given = change(config, **INTERVALS[option](str(bed)))
    if option == "windows.blacklist":
        assert preflight(given)
        return
    with pytest.raises(InputError, match=rf"first\.{re.escape(option)}: .*a\.bed: no row; at least one site"):
        preflight(given)


@pytest.mark.parametrize("option", INTERVALS)
def test_contigs_of_intervals_are_compared_with_a_local_reference(
    config: dict[str, Any], tmp_path: Path, option: str
) -> None:
    bed = tmp_path / "a.bed"
    given = change(config, **INTERVALS[option](str(bed)))
    bed.write_text("chrUn\t1\t2\n" * 1500)
    refusal = rf"first\.{re.escape(option)}: .*" + UNKNOWN.format(file=r"a\.bed")
    with pytest.raises(InputError, match=refusal):
        preflight(given)
    given["references"]["genome"]["mirrors"].insert(0, "https://example.org/genome.fa")
    with pytest.raises(InputError, match=refusal):  # a mirror on this machine tells the names all the same
        preflight(given)
    preflight({**given, "references": {"genome": {"mirrors": ["https://example.org/genome.fa"]}}})
    bed.write_text("chrUn\t1\t2\n" * 1500 + "chrTWO\t1\t2\n")  # known beyond the first rows
    preflight(given)
    bed.write_text("chrUn\t1\t2\n")
    renamed = copy.deepcopy(given)
    renamed["experiments"]["sequence"]["first"].setdefault("windows", {})["rename"] = {"chrUn": "two"}
    preflight(renamed)
    (tmp_path / "aliases").write_text("two\tchrUn\n")
    given["references"]["genome"]["aliases"] = str(tmp_path / "aliases")
    preflight(given)


def test_large_files_are_not_refused_by_their_first_rows(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(genomes, "READ_WHOLE", 10_000)
    bed = tmp_path / "a.bed"
    bed.write_text("chrUn\t1\t2\n" * 1100)
    assert preflight(change(config, regions={"r": {"path": str(bed)}}))


def test_all_files_of_unknown_contigs_are_said_at_once(config: dict[str, Any], tmp_path: Path) -> None:
    bed, other = tmp_path / "a.bed", tmp_path / "b.bed"
    for path in (bed, other):
        path.write_text("chrUn\t1\t2\n")
    windows = {"sites": {"A": {"path": str(bed)}, "B": {"path": str(other)}}, "windows": {"blacklist": str(bed)}}
    with pytest.raises(InputError) as refusal:
        preflight(change(config, **windows, regions={"r": {"path": str(bed)}}))
    assert [line.split(": ")[1].rpartition("first.")[2] for line in said(refusal)] == [
        "sites.A.path", "sites.B.path", "windows.blacklist", "regions.r.path",
    ]  # fmt: skip


def test_contigs_on_another_reference_are_those_of_it(config: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "other.fa").write_text(">three\nACGT\n")
    (tmp_path / "three.bed").write_text("three\t1\t2\n")
    (tmp_path / "a.vcf").write_text(VCF.format(length=4) + "one\t1\t.\tA\tC\t.\t.\t.\n")
    both = {**config, "references": {**config["references"], "o": {"mirrors": [str(tmp_path / "other.fa")]}}}
    own = {"windows": {"rename": {"eins": "one"}}}  # of the experiment's own reference alone
    regions = {"path": str(tmp_path / "three.bed"), "reference": "o"}
    assert preflight(change(both, **own, regions={"r": regions}))
    with pytest.raises(InputError, match=r"variants\.v\.path: .*a\.vcf: none .*it has one, the reference three"):
        preflight(change(both, **own, variants={"v": {"path": str(tmp_path / "a.vcf"), "reference": "o"}}))


def test_contigs_and_lengths_of_variants_are_compared(config: dict[str, Any], tmp_path: Path) -> None:
    vcf = tmp_path / "a.vcf"
    given = change(config, variants={"v": {"path": str(vcf)}})
    row = "{}\t1\t.\tA\tC\t.\t.\t.\n"
    vcf.write_text(VCF.format(length=4) + row.format("one"))
    preflight(given)
    vcf.write_text(VCF.format(length=5) + row.format("one"))
    with pytest.raises(InputError, match=r"v\.path: .*contig 'one' has 5 bp, one of the reference 4 .*same assembly"):
        preflight(given)
    vcf.write_text(VCF.format(length=5) + row.format("chrUn") * 1200)
    with pytest.raises(InputError, match=r"variants\.v\.path: .*" + UNKNOWN.format(file=r"a\.vcf")):
        preflight(given)
    vcf.write_text(VCF.format(length=4) + row.format("chrUn") * 1200 + row.format("chrone"))
    preflight(given)


def test_the_index_of_large_variants_tells_their_contigs(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convoscope.preflight.variants.READ_WHOLE", 10)
    vcf = tmp_path / "a.vcf"
    vcf.write_text(VCF.format(length=4) + "chrUn\t1\t.\tA\tC\t.\t.\t.\n")
    assert preflight(change(config, variants={"v": {"path": str(vcf)}}))
    packed = pysam.tabix_index(str(vcf), preset="vcf")
    with pytest.raises(InputError, match=r"variants\.v\.path: .*" + UNKNOWN.format(file=r"a\.vcf\.gz")):
        preflight(change(config, variants={"v": {"path": packed}}))


def test_contigs_of_covariates_are_those_of_the_variants(config: dict[str, Any], tmp_path: Path) -> None:
    vcf, table = tmp_path / "a.vcf", tmp_path / "table.tsv"
    info = '##fileformat=VCFv4.2\n##INFO=<ID=O,Number=1,Type=Integer,Description="x">'
    rows = VCF.format(length=4).replace("##fileformat=VCFv4.2", info) + "chrone\t1\t.\tA\tC\t.\t.\tO=1\n"
    vcf.write_text(rows)
    given = change(config, variants={"v": {"path": str(vcf), "outcome": "O", "covariate_table": str(table)}})
    for name in ("one", "chrone", "CHRONE"):
        table.write_text(f"chrom\tpos\tref\talt\tx\n{name}\t1\tA\tC\t2\n")
        preflight(given)
    table.write_text("chrom\tpos\tref\talt\tx\nNC_1.1\t1\tA\tC\t2\n")
    with pytest.raises(InputError, match=r"v\.covariate_table: .*none of its contigs .*it has NC_1\.1, the .* chrone"):
        preflight(given)
    given["experiments"]["sequence"]["first"]["windows"] = {"rename": {"NC_1.1": "one", "chrone": "one"}}
    preflight(given)


@pytest.mark.parametrize(
    ("sizes", "sites", "refusal"),
    [
        ({"one": 4, "two": 4}, "one\t1\t2\n", None),
        ({"chrone": 4}, "one\t1\t2\n", None),
        ({"one": 4, "two": 9}, "one\t1\t2\n", None),  # no site is on it
        ({"one": 5}, "one\t1\t2\n", r"contig 'one' has 5 bp, one of the reference 4"),
        ({"one": 5}, "one\t1\t2\n" * 1000, r"contig 'one' has 5 bp, one of the reference 4"),
        ({"chrUn": 4}, "one\t1\t2\n", r"none of its contigs is in the reference; it has chrUn"),
        ({"chrUn": 4}, "one\t1\t2\n" * 1000, r"none of its contigs is in the reference; it has chrUn"),
        ({"two": 4}, "one\t1\t2\n", r"has none of the windows' contigs \(one\); it has two"),
        ({"two": 4}, "one\t1\t2\n" * 1000, None),  # rows that follow may be on it
    ],
)
def test_contigs_and_lengths_of_signals_are_compared(
    config: dict[str, Any], tmp_path: Path, sizes: dict[str, int], sites: str, refusal: str | None
) -> None:
    (tmp_path / "sites.bed").write_text(sites)
    with pyBigWig.open(str(tmp_path / "a.bw"), "w") as track:
        track.addHeader(list(sizes.items()))
        track.addEntries([next(iter(sizes))], [0], ends=[2], values=[1.0])
    label = {"path": str(tmp_path / "sites.bed"), "value": "bigwig", "bigwig": str(tmp_path / "a.bw")}
    given = change(config, sites={"A": label}, task="regression")
    if refusal is None:
        preflight(given)
    else:
        with pytest.raises(InputError, match=rf"first\.sites\.A\.bigwig: .*a\.bw: {refusal}"):
            preflight(given)


def reference(*mirrors: Path, results: Path) -> Config:
    return load_config({"results": str(results), "references": {"g": {"mirrors": list(map(str, mirrors))}}})


def test_contigs_of_a_local_genome_are_known_with_their_lengths(tmp_path: Path) -> None:
    fasta, packed, results = tmp_path / "g.fa", tmp_path / "g.fa.xz", tmp_path / "results"
    text = ">one x\nACG\nT\n\n>two\r\nACGTA\r\nCC"
    fasta.write_bytes(text.encode())
    packed.write_bytes(lzma.compress(text.encode()))
    for path in (fasta, packed):
        assert genomes.reference_sizes(reference(path, results=results), "g") == {"one": 4, "two": 7}
    fasta.write_text(">three\nACG\n")  # what was read once is read again when the file has changed
    assert genomes.reference_sizes(reference(fasta, results=results), "g") == {"three": 3}
    (tmp_path / "g.2bit").write_bytes(
        struct.pack("<IIII", 0x1A412743, 0, 1, 0) + b"\x01x" + struct.pack("<IIIII", 22, 5, 0, 0, 0) + bytes(2)
    )
    assert genomes.reference_sizes(reference(tmp_path / "g.2bit", results=results), "g") == {"x": 5}


def test_large_genomes_are_known_by_their_index_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fasta, packed, results = tmp_path / "g.fa", tmp_path / "g.fa.xz", tmp_path / "results"
    fasta.write_text(">one\nACGT\n")
    packed.write_bytes(lzma.compress(fasta.read_bytes()))
    monkeypatch.setattr(genomes, "SCANNED", packed.stat().st_size * genomes.EXPANDED - 1)
    assert genomes.reference_sizes(reference(packed, results=results), "g") == {}
    assert genomes.reference_sizes(reference(fasta, results=results), "g") == {"one": 4}
    genomes.scanned_sizes.cache_clear()
    monkeypatch.setattr(genomes, "SCANNED", fasta.stat().st_size - 1)
    assert genomes.reference_sizes(reference(fasta, results=results), "g") == {}
    index = tmp_path / "g.fa.fai"
    index.write_text("one\t99\t5\t4\t5\n")
    assert genomes.reference_sizes(reference(fasta, results=results), "g") == {"one": 99}
    os.utime(index, ns=(0, fasta.stat().st_mtime_ns - 1))  # of an older genome
    assert genomes.reference_sizes(reference(fasta, results=results), "g") == {}


def test_a_reference_that_was_made_of_another_genome_does_not_count(tmp_path: Path) -> None:
    fasta, folder = tmp_path / "g.fa", tmp_path / "results" / "references" / "g"
    fasta.write_text(">new\nACGT\n")
    folder.mkdir(parents=True)
    (folder / "chrom.sizes").write_text("made\t9\n")
    config = reference(fasta, results=tmp_path / "results")
    assert genomes.reference_sizes(config, "g") == {"made": 9}
    address = "https://example.org/g.fa?token=secret"
    (folder / "provenance.json").write_text(json.dumps({"mirror": redacted(address)}))
    assert genomes.reference_sizes(config, "g") == {"new": 4}
    with_address = load_config({"results": str(tmp_path / "results"), "references": {"g": {"mirrors": [address]}}})
    assert genomes.reference_sizes(with_address, "g") == {"made": 9}
    (folder / "provenance.json").write_text(json.dumps({"mirror": str(fasta)}))
    assert genomes.reference_sizes(config, "g") == {"made": 9}
    made = (folder / "chrom.sizes").stat().st_mtime_ns
    os.utime(fasta, ns=(made + 1, made + 1))  # edited since
    assert genomes.reference_sizes(config, "g") == {"new": 4}


def test_what_a_missing_library_checks_is_left_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    problems = Problems()
    for where in ("config: a", "config: b", "config: a"):
        with problems.at(where):
            import there_is_no_such_library  # noqa: F401
    problems.refuse()
    report_left(problems.left)
    report_left([])
    assert [record.getMessage() for record in caplog.records] == [
        "config: left to the jobs, because a library that reads it is not installed here: a, b"
    ]
    with pytest.raises(ImportError), problems.at("c"):
        from convoscope.errors import nothing  # noqa: F401
