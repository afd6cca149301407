"""What the rules are given of a configuration: files, sections, options, targets."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from convoscope.config import Config, load_config
from convoscope.report.items import ARTIFACTS, ITEMS, file_of, jobs, reads
from convoscope.rules.base import Experiments, any_of
from convoscope.rules.blocks import Blocks, Genomes
from convoscope.rules.drawings import Drawing, Drawings
from convoscope.rules.files import Files
from convoscope.rules.scopes import Scopes
from convoscope.rules.searches import Searches
from convoscope.rules.sections import Sections
from convoscope.rules.targets import Targets

SECRET = "https://me:word@example.org/a.bed?token=abc"
SITED: dict[str, Any] = {
    "reference": "g",
    "sites": {"A": {"path": SECRET, "bigwig": "file:///data/a.bw", "value": "bigwig"}, "B": {"path": "b.bed"}},
    "windows": {"length": 101, "bin": 51, "blacklist": "black.bed", "rename": {"1": "chr 1"}},
    "negatives": {"strategy": "none"},
    "split": {"strategy": "chromosomes", "validation": ["c"], "test": ["d"]},
    "seeds": [1, 2],
    "tracks": {},
    "maps": {"bed": "maps.bed"},
    "regions": {"own": {"path": "r.bed"}, "other": {"path": "r.bed", "reference": "h", "strand": "ignore"}},
    "variants": {
        "plain": {"path": "out/references/s/variants.vcf.gz", "measured": "E", "shifts": [-5, 5]},
        "sited": {"path": "v.vcf", "sites": "s.bed", "outcome": "O", "covariates": ["E", "C"]},
    },
}
LISTED: dict[str, Any] = {
    "sequences": [{"path": "a.fa", "labels": {"p": 1}}, {"path": "b.fa", "labels": {"p": 0}}],
    "split": {"strategy": "random_folds", "folds": 3},
    "seeds": [1],
    "records": {"r": {"path": "r.fa", "step": 7}},
    "pairs": None,
    "onnx": False,
}
SIMULATED = {**SITED, "reference": "s", "sites": {"A": {"path": "out/references/s/sites/A.bed"}}}
CELLS = {
    "cells": {"path": "cells.tsv"},
    "groups": ["protein"],
    "split": {"by": ["protein"], "strategy": "grouped_folds", "folds": 3},
    "ladder": ["protein", "cell"],
}


@pytest.fixture(scope="module")
def config() -> Config:
    simulate = {"factors": {"A": "MA0139.2"}, "chromosomes": 4, "variant_chromosomes": ["sim4"]}
    references = {
        "g": {"mirrors": ["g.fa"], "aliases": "a.txt"},
        "h": {"mirrors": ["h.fa"]},
        "s": {"simulate": simulate},
    }
    experiments = {
        "sequence": {"sited": SITED, "listed": LISTED, "made": SIMULATED},
        "image": {"cells": CELLS, "drawn": {"simulate": {}}},
    }
    return load_config({"results": "out", "references": references, "experiments": experiments})


def job(experiment: str, **further: str) -> Any:
    """Return wildcards as Snakemake gives them."""
    names = {"experiment": experiment, **further}
    return SimpleNamespace(**names, items=names.items)


def test_names_become_an_exact_expression() -> None:
    assert re.fullmatch(any_of(["a.b", "c"]), "a.b") and not re.fullmatch(any_of(["a.b", "c"]), "axb")
    assert not re.fullmatch(any_of([]), "") or any_of([]) == "$^"


def test_fetched_files_are_named_by_their_address_without_credentials(config: Config) -> None:
    files = Files(config)
    path = files.given("sites")(job("sited"))[0]
    assert re.fullmatch(r"out/downloads/[0-9a-f]{12}-a\.bed", path)
    assert files.downloads == {path: SECRET}
    assert files.given("sites")(job("sited"))[1] == "b.bed"
    assert files.given("bigwigs")(job("sited")) == ["/data/a.bw"]
    assert files.all_given(job("listed")) == ["a.fa", "b.fa"]
    assert files.mapped_bed(job("sited")) == ["maps.bed"] and files.mapped_bed(job("listed")) == []


def test_networks_are_folds_times_seeds(config: Config) -> None:
    files = Files(config)
    assert files.networks("n")(job("sited")) == ["out/sited/holdout/1/n", "out/sited/holdout/2/n"]
    assert files.networks("n")(job("listed")) == [f"out/listed/{fold}/1/n" for fold in range(3)]
    assert files.first_network(job("listed")) == "out/listed/0/1/model.safetensors"
    assert files.onnx(job("listed")) == [] and files.onnx(job("cells")) == files.networks("model.onnx")(job("cells"))
    assert files.examples(job("sited")) == "out/sited/data/windows.tsv"
    assert files.examples(job("cells")) == "out/cells/data/crops.tsv"


def test_cells_come_from_their_table_or_from_the_simulation(config: Config) -> None:
    files = Files(config)
    assert files.cells_given(job("cells")) == files.cells_table(job("cells")) == "cells.tsv"
    assert files.cells_table(job("drawn")) == "out/drawn/simulated/cells.tsv"
    assert files.cells_given(job("drawn")) == "out/drawn/simulated"
    assert files.cells_section(job("drawn")).form == "centres"


def test_rungs_begin_with_single_cells(config: Config) -> None:
    rungs = Experiments(config).rungs
    assert list(rungs("cells")) == ["cell", "protein"]
    assert rungs("cells") == {"cell": "cells/by.cell", "protein": "cells/by.protein"}
    assert rungs("drawn") == {"cell": "drawn"} and rungs("sited") == {}


def test_the_audit_compares_splits_if_single_cells_are_one(config: Config) -> None:
    cells = SimpleNamespace(experiment="cells")
    found = Files(config).splits(cells)
    assert list(found) == list(Files(config).rungs("cells")) and found["cell"].endswith("cells/by.cell/metrics.json")
    plain = load_config({"experiments": {"image": {"cells": {**CELLS, "ladder": ["protein"]}}}})
    assert Files(plain).splits(cells) == {}


def test_what_is_simulated(config: Config) -> None:
    simulated = Experiments(config).simulated
    assert [name for name in ("sited", "listed", "made", "cells", "drawn") if simulated(name)] == ["made", "drawn"]


def test_sections_are_json_without_credentials(config: Config) -> None:
    sections = Sections(config)
    whole = sections.whole(job("sited"))
    assert "word" not in whole and "abc" not in whole
    assert json.loads(sections.one("training")(job("sited"))) == json.loads(whole)["training"]
    assert set(json.loads(sections.several("verb", "labels", "task")(job("cells")))) == {"labels", "task"}
    assert json.loads(sections.block("variants")(job("sited", block="sited")))["sites"] == "s.bed"
    assert json.loads(sections.windows(job("sited")))["strand_open"] is False
    assert json.loads(sections.encode(job("sited")))["labels"] == ["A", "B"]
    assert json.loads(sections.sequences(job("listed")))["sequences"][0]["path"] == "a.fa"
    assert json.loads(sections.crops(job("drawn")))["cells"]["path"] == "out/drawn/simulated/cells.tsv"


def test_trainings_depend_on_the_weights_that_they_start_from() -> None:
    models = {"near": {"weights": "old/model.safetensors"}, "far": {"weights": SECRET, "name": "basset"}, "none": {}}
    config = load_config({"experiments": {"sequence": {name: LISTED | {"model": one} for name, one in models.items()}}})
    files, sections = Files(config), Sections(config)
    fetched = files.local(SECRET)
    for name, path in (("near", "old/model.safetensors"), ("far", fetched)):
        wildcards = SimpleNamespace(experiment=name)
        assert files.weights(wildcards) == [path]
        assert json.loads(sections.model(wildcards))["weights"] == path
    assert files.weights(SimpleNamespace(experiment="none")) == []
    assert sections.model(SimpleNamespace(experiment="none")) == "{}"
    assert files.downloads == {fetched: SECRET} and "word" not in fetched


def test_a_block_may_have_a_genome_of_its_own(config: Config) -> None:
    regions = Blocks("regions", config)
    own, other = job("sited", block="own"), job("sited", block="other")
    assert regions.genome("g.fa")(own) == "out/references/g/g.fa"
    assert regions.genome("g.fa")(other) == "out/references/h/g.fa"
    assert regions.contigs(own) == ["--rename", "1=chr 1", "--aliases", "a.txt"]
    assert regions.contigs(other) == []  # neither the other genome's names nor the user's for the own one
    assert regions.names() == ["other", "own"] and regions.file()(own) == ["r.bed"]
    assert regions.options(own) == ["--center", "summit"]
    assert regions.options(other) == ["--center", "summit", "--strand", "ignore"]


def test_options_of_records_and_variants(config: Config) -> None:
    assert Blocks("records", config).options(job("listed", block="r")) == ["--step", "7"]
    variants, plain, sited = Blocks("variants", config), job("sited", block="plain"), job("sited", block="sited")
    assert variants.options(plain) == ["--mismatch", "error", "--ends", "pad", "--shifts", "-5", "5"]
    assert variants.info(plain) == ["--info", "E"] and variants.info(sited) == ["--info", "O", "E", "C"]
    assert variants.sites(plain) == [] and variants.sites(sited) == ["--sites", "s.bed", "--center", "summit"]
    assert variants.names("outcome") == ["sited"]
    assert variants.file("covariate_table")(sited) == []


def test_options_of_a_genome(config: Config) -> None:
    genomes = Genomes(config)
    assert genomes.fasta(job("sited")) == "out/references/g/genome.fa.gz"
    assert genomes.fasta(job("listed")) == "out/listed/data/sequences.fa.gz"
    assert genomes.aliases(job("listed")) == [] and genomes.contigs(job("listed")) == []
    assert genomes.optional("negatives_file")(job("sited")) == []
    assert genomes.optional("blacklist")(job("sited")) == ["--blacklist", "black.bed"]
    assert genomes.max_unknown(job("sited")) == 0.1


def test_an_experiment_has_the_sections_that_are_set(config: Config) -> None:
    targets = Targets(config)
    assert {"sequence", "reference", "tracks", "maps", "pairs", "modisco"} <= targets.features("sited")
    assert not {"image", "planted", "hits"} & targets.features("sited")
    assert not {"pairs", "reference", "onnx"} & targets.features("listed")
    assert "planted" in targets.features("made") and "planted" not in targets.features("drawn")
    assert "outcome" in targets.features("sited", "variants", "sited")
    assert "simulated" in targets.features("made", "variants", "plain")
    assert "own_genome" in targets.features("sited", "variants", "plain")
    assert not {"simulated", "outcome"} & targets.features("sited", "variants", "plain")


def test_genes_are_of_every_experiment_on_their_reference(config: Config) -> None:
    assert "genes" not in Targets(config).features("sited")
    assert Targets(config).artifact("genes")(job("sited")) == []
    raw = config.model_dump(mode="json", exclude_unset=True)
    raw["references"]["g"]["genes"] = "genes.gff3"
    targets = Targets(load_config(raw))
    assert "genes" in targets.features("sited")
    assert not any("genes" in targets.features(name) for name in ("listed", "made", "cells"))
    assert targets.artifact("genes")(job("sited")) == ["out/references/g/genes.tsv"]


def test_the_ceiling_is_known_of_peaks_that_the_simulation_made(config: Config) -> None:
    simulation = Files(config).ceiling("made")
    assert simulation is not None and simulation.factors == {"A": "MA0139.2"}
    assert [Files(config).ceiling(name) for name in ("sited", "listed", "cells", "drawn")] == [None] * 4
    raw = config.model_dump(mode="json", exclude_unset=True)
    raw["experiments"]["sequence"]["made"]["sites"]["A"]["min_score"] = 500.0
    assert Files(load_config(raw)).ceiling("made") is None
    assert (
        Sections(config).simulation(job("made"))[0] == "--simulation"
        and Sections(config).simulation(job("cells")) == []
    )


def test_items_of_blocks(config: Config) -> None:
    targets = Targets(config)
    assert targets.blocks("sited", ITEMS["variants"]) == [("variants", "plain"), ("variants", "sited")]
    assert targets.blocks("sited", ITEMS["second_network"]) == [("variants", "sited")]
    assert targets.blocks("listed", ITEMS["predicted"]) == [("records", "r")]
    assert targets.blocks("cells", ITEMS["variants"]) == []


def test_artifacts_are_found_for_what_they_are_of(config: Config) -> None:
    targets = Targets(config)
    assert targets.artifact("sizes")(job("sited")) == ["out/references/g/chrom.sizes"]
    assert targets.artifact("sizes")(job("listed")) == []
    assert targets.artifact("histories")(job("listed")) == [f"out/listed/{fold}/1/history.tsv" for fold in range(3)]
    assert targets.artifact("rungs")(job("cells")) == [
        f"out/cells/by.{one}/metrics.json" for one in ("cell", "protein")
    ]
    assert targets.artifact("predicted")(job("sited", kind="regions", block="own")) == [
        "out/sited/regions/own/predictions.tsv.gz"
    ]


@pytest.mark.parametrize("experiment", ["sited", "listed", "made", "cells"])
@pytest.mark.parametrize("name", ARTIFACTS)
def test_no_wildcard_is_left_in_the_path_of_an_artifact(config: Config, name: str, experiment: str) -> None:
    found = Targets(config).artifact(name)(job(experiment, kind="kind", block="block"))
    assert all(not {"{", "}", "None"} & set(re.split(r"[/.]|(?=[{}])", path)) for path in found)


def drawing(config: Config, name: str) -> Drawing:
    """Return the job of a name."""
    return next(one for one in Drawings(config).jobs() if one.name == name)


def test_items_are_drawn_once_each_by_a_job_of_their_experiment_or_block(config: Config) -> None:
    drawn = Drawings(config).jobs()
    files = [f"out/{one.experiment}/figures/{file}" for one in drawn for _, file in one.files()]
    assert len({one.name for one in drawn}) == len({(one.experiment, one.log) for one in drawn}) == len(drawn)
    everything = Targets(config).everything()
    assert sorted([*files, *(f"out/{name}/figures/model_card.html" for name in Targets(config).all)]) == sorted(
        file for file in everything if "/figures/" in file
    )
    assert drawing(config, "variants_sited.variants.sited").items == ["variants", "variants_table", "variant_loci",
                                                                      "second_network"]  # fmt: skip
    assert drawing(config, "predicted_listed.records.r").copies() == ["records.r.pdf", "records.r.png", "records.r.tsv"]
    assert [one.job for one in drawn if one.experiment == "cells"] == [
        "data", "ladder", "performance", "interpretation", "provenance"
    ]  # fmt: skip


def test_a_job_reads_what_its_items_are_drawn_from(config: Config) -> None:
    inputs = Drawings(config).inputs(drawing(config, "predicted_sited.regions.own"))
    assert inputs["predicted_dropped"] == ["out/sited/regions/own/dropped.tsv"]
    assert list(inputs) == reads(["predicted", "predicted_table"])


def test_items_get_the_section_that_they_ask_for(config: Config) -> None:
    sections = Sections(config)

    def options(name: str) -> list[str]:
        return Drawings(config).options(drawing(config, name))(None)

    assert options("data_sited") == [] and options("data_cells") == ["--spec", sections.one("crops")(job("cells"))]
    assert options("provenance_sited") == ["--spec", sections.whole(job("sited"))]
    block = options("variants_sited.variants.plain")
    assert block[:3] == ["--name", "plain", "--spec"] and json.loads(block[3])["measured"] == "E"
    assert options("ladder_cells") == ["--spec", sections.one("split")(job("cells"))]
    assert options("predicted_listed.records.r") == ["--name", "r"]


def test_everything_is_each_item_of_each_experiment_once(config: Config) -> None:
    targets = Targets(config)
    files = targets.everything()
    assert len(files) == len(set(files))
    assert {"out/summary.html", "out/scores.tsv", "out/cells.tsv", "out/cells/embeddings.npz"} <= set(files)
    assert "out/sited/figures/variants.plain.svg" in files and "out/listed/figures/pairs.svg" not in files
    assert "out/made/figures/recovery.html" in files and "out/sited/figures/recovery.html" not in files
    assert not any("{" in file for file in files)


@pytest.mark.parametrize("names", jobs().values(), ids=lambda names: names[0])
def test_items_that_are_drawn_together_share_their_wildcards(names: list[str]) -> None:
    assert len({tuple(re.findall("{[a-z]+}", file_of(name))) for name in names}) == 1


SEARCHED = {
    "ranges": {"training.learning_rate": {"low": 0.001, "high": 0.1, "log": True}},
    "trials": 7, "rungs": [1, 2], "eta": 2, "folds": 3, "seed": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def searches() -> Searches:
    listed = {**LISTED, "search": SEARCHED, "training": {"epochs": 4}}
    return Searches(load_config({"experiments": {"sequence": {"s": listed, "plain": LISTED}}}))


def wild(**names: str) -> SimpleNamespace:
    return SimpleNamespace(**{"experiment": "s", "fold": "1", **names})


def test_jobs_of_a_search_are_the_trials_that_are_left(searches: Searches) -> None:
    assert searches.names == ["s"]
    folder = "results/s/search/1"
    assert searches.trials(wild(ranking="rung0")) == [f"{folder}/rung0/{place}.json" for place in range(7)]
    assert searches.trials(wild(ranking="rung1")) == [f"{folder}/rung1/{place}.json" for place in range(3)]
    assert searches.trials(wild(ranking="best")) == [f"{folder}/rung2/0.json"]
    assert [searches.rung(wild(ranking=name)) for name in ("rung0", "rung1", "best")] == [0, 1, 2]
    assert searches.earlier(wild(rung="0")) == [] and searches.earlier(wild(rung="2")) == [f"{folder}/rung1.json"]
    assert searches.best(wild()) == [f"{folder}/best.json"]
    assert searches.best(wild(experiment="plain")) == [] == searches.collected(wild(experiment="plain"))
    assert searches.parts(wild()) == ["--parts", "3", "--seed", "4"]
    assert len(searches.every_trial(wild())) == 3 * (7 + 3 + 1) and len(searches.every_ranking(wild())) == 9


def test_an_experiment_without_a_search_is_described_as_before() -> None:
    sections = Sections(load_config({"experiments": {"sequence": {"plain": LISTED, "s": {**LISTED, "sanity": True}}}}))
    plain, other = (json.loads(sections.whole(wild(experiment=name))) for name in ("plain", "s"))
    assert {"search", "sanity"} & set(plain) == set() and other["sanity"] is True and "search" not in other


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({}, ["plate", "side"]),
        ({"normalise": {"scope": "plate"}}, []),
        ({"normalise": {"scope": "crop"}}, []),
        ({"groups": []}, []),
        ({"split": {"strategy": "given", "column": "side"}}, ["plate"]),
        ({"further_cells": {"new": {"path": "new.tsv"}, "also": {"path": "also.tsv"}}}, ["side"]),
        ({"further_cells": {"new": {"path": "https://example.org/new.tsv"}}}, []),
    ],
)
def test_a_normalisation_is_chosen_among_groups_that_all_cells_have(
    changes: dict[str, Any], columns: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.tsv").write_text("cell\timage\tplate\tside\n")
    (tmp_path / "also.tsv").write_text("cell\timage\tside\n")
    image = {"cells": {"path": "cells.tsv"}, "groups": ["plate", "side"], "ladder": ["cell"], **changes}
    scopes = Scopes(load_config({"results": "out", "experiments": {"image": {"cells": image}}}))
    assert scopes.choosable == ({"cells": columns} if columns else {})
    chosen = [f"out/cells/data/normalisation/{fold}.json" for fold in ("holdout", "by.cell")]
    assert scopes.choices(job("cells")) == (chosen if columns else [])
    assert not columns or scopes.columns(job("cells")) == columns
