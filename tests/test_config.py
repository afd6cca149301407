from typing import Any

import pytest

from convoscope.config import Config, load_config
from convoscope.config.base import NO_LABEL
from convoscope.errors import InputError
from convoscope.models import IMAGES, MODELS


def whole(**experiment: Any) -> dict[str, Any]:
    """The smallest configuration, with changes to its one experiment."""
    block = {"reference": "genome", "sites": {"REB1": {"path": "reb1.bed"}}, **experiment}
    return {"references": {"genome": {"mirrors": ["genome.fa"]}}, "experiments": {"sequence": {"one": block}}}


def test_defaults_are_filled_in() -> None:
    config = load_config(whole())
    experiment = config.experiments.sequence["one"]
    assert (config.results, config.device) == ("results", "auto")
    assert (experiment.windows.length, experiment.seeds, experiment.folds) == (201, [1, 2, 3], ["holdout"])
    assert experiment.labels == ["REB1"]


def test_maps_of_sequences_need_no_genome() -> None:
    assert load_config(without_genome(maps={"windows": 1})).experiments.sequence["one"].maps is not None


def test_what_is_dumped_is_read_again() -> None:
    config = load_config(whole())
    assert Config.model_validate_json(config.model_dump_json()) == config


def test_folds_and_labels_of_sequences() -> None:
    files = [
        {"path": "a.fa", "labels": {"promoter": 1}},
        {"path": "b.tsv", "label_columns": {"promoter": "y", "x": "z"}},
    ]
    block = {"sequences": files, "negatives": {"strategy": "none"}, "split": {"strategy": "random_folds", "folds": 3}}
    experiment = load_config({"experiments": {"sequence": {"one": block}}}).experiments.sequence["one"]
    assert experiment.folds == ["0", "1", "2"]
    assert experiment.labels == ["promoter", "x"]


def without_genome(**experiment: Any) -> dict[str, Any]:
    """The smallest configuration of labelled sequences, with changes to its one experiment."""
    block = {"sequences": [{"path": "a.fa", "labels": {"x": 1}}], "negatives": {"strategy": "none"}}
    return {"experiments": {"sequence": {"one": {**block, "split": {"strategy": "random"}, **experiment}}}}


def of_images(**experiment: Any) -> dict[str, Any]:
    """The smallest configuration of images, with changes to its one experiment."""
    return {"experiments": {"image": {"one": {"simulate": {}, "groups": ["protein"], **experiment}}}}


def test_the_old_name_of_interpretation_is_read_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    new, old = (load_config(of_images(**{key: {"units": 3}})) for key in ("interpretation", "seeing"))
    assert old == new
    assert old.experiments.image["one"].interpretation.units == 3
    assert caplog.messages == [
        "config: seeing: this key is now called interpretation; the old name ends with the next release"
    ]
    with pytest.raises(InputError, match=r"one: seeing: the old name of interpretation; give only the new one$"):
        load_config(of_images(seeing={}, interpretation={}))


def named(name: str) -> dict[str, Any]:
    """The smallest configuration, its experiment under another name."""
    content = whole()
    return {**content, "experiments": {"sequence": {name: content["experiments"]["sequence"]["one"]}}}


ONE = r"config: experiments\.sequence\.one"
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"device": "gpu"}, "config: device: .*'auto', 'cpu' or 'cuda'; found 'gpu'"),
    ({"devise": "cpu"}, "config: devise: unknown key; did you mean device"),
    (whole(modle={}), ONE + r"\.modle: unknown key; did you mean model"),
    (whole(model={"name": "bassett"}), ONE + r"\.model: unknown model 'bassett'; one of deepbind, basset"),
    (
        whole(model={"options": {"filter": 8}}),
        ONE + r"\.model: model\.options: unknown option 'filter'; deepbind takes",
    ),
    (whole(model={"options": {"filters": -8}}), ONE + r"\.model: model\.options\.filters: .*; found -8"),
    (
        whole(training={"learning_rate": "1e-3"}),
        ONE + r"\.training\.learning_rate: .*; found '1e-3', which is text: write",
    ),
    (
        whole(windows={"length": "201"}),
        ONE + r"\.windows\.length: .*integer; found '201', which is text: write it without quotes",
    ),
    (whole(windows={"length": "long"}), ONE + r"\.windows\.length: .*valid integer; found 'long'"),
    (whole(training={"batch_size": 1}), ONE + r"\.training\.batch_size: .*greater than or equal to 2; found 1"),
    (whole(seeds=[2**32]), ONE + r"\.seeds\.0: .*less than or equal to 4294967295; found 4294967296"),
    (
        whole(sites={name: {"path": "a.bed"} for name in ("A", "B")}),
        ONE + ": sites: A and B are the same file with the same options; each label needs its own",
    ),
    (of_images(crops={"channels": ["DNA", "DNA"]}), r"one\.crops: channels: a name stands twice"),
    (whole(training={"shift": 201}), ONE + r": training\.shift: 201, but inputs are 201 long; give less"),
    (of_images(crops={"size": 64}, training={"shift": 64}), r"one: training\.shift: 64, but inputs are 64 long; give"),
    (whole(training={"epochs": 0}), ONE + r"\.training\.epochs: .*greater than or equal to 1; found 0"),
    (whole(windows={"length": 200, "bin": 101}), ONE + r"\.windows: length 200 with bin 101"),
    (whole(reference="hg38"), "one.reference: no reference 'hg38'; known: genome"),
    (whole(sites={"../x": {"path": "a.bed"}}), ONE + r"\.sites\.\.\./x: '\.\./x'; a name has letters, digits and"),
    ({"results": "my results"}, r"results: 'my results'; a path of letters, digits"),
    (whole(sites={"start": {"path": "a.bed"}}), ONE + ": label start: reserved"),
    *((whole(sites={name: {"path": "a.bed"}}), ONE + f": label {name}: reserved") for name in NO_LABEL),
    (whole(sites={1: {"path": "a.bed"}}), ONE + r"\.sites\.1: 1 is no text to YAML; put it in quotes"),
    (whole(sites={True: {"path": "a.bed"}}), ONE + r"\.sites\.1: True is no text to YAML; put it in quotes"),
    (whole(split={"test": [0o12]}), ONE + r"\.split\.test\.0: 10 is no text to YAML; put it in quotes"),
    (whole(seeds=[1, 1]), ONE + ": seeds: a seed stands twice"),
    (whole(sequences=[{"path": "a.fa"}]), ONE + ": give either reference with sites, or sequences"),
    (whole(split={"strategy": "chromosomes"}), ONE + r"\.split: strategy: chromosomes needs names"),
    (whole(split={"strategy": "given"}), ONE + r": split\.strategy given is for sequences"),
    (whole(negatives={"strategy": "file"}), ONE + r"\.negatives: strategy: file and path: <file> go together"),
    (without_genome(maps={"bed": "a.bed"}), ONE + r": maps\.bed needs a reference"),
    (without_genome(hits={}, tracks={}), ONE + ": tracks, hits needs a reference"),
    (named("a; touch b"), r"config: experiments\.sequence\.a; touch b: .*a name has letters"),
    ({"experiments": {"sequence": {"references": whole()["experiments"]["sequence"]["one"]}}}, "references.*reserved"),
    (named("index.html"), r"config: experiments: index\.html: reserved for what is in the results; choose another"),
    ({"references": {"g": {"mirrors": []}}}, r"config: references\.g: give either mirrors or simulate"),
    ({"references": {"g": {"mirrors": ["a"], "sha256": "abc"}}}, r"config: references\.g\.sha256: .*a checksum has 64"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_wrong_key_is_named(content: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as refusal:
        load_config(content)
    assert "\n" not in str(refusal.value)


def test_all_wrong_keys_are_named_at_once() -> None:
    content = {**whole(modle={}, training={"epochs": 0}), "devise": "cpu"}
    with pytest.raises(InputError) as refusal:
        load_config(content)
    lines = str(refusal.value).splitlines()
    assert len(lines) == 3
    for key in ("experiments.sequence.one.modle: unknown", "one.training.epochs: Input", "devise: unknown"):
        assert sum(key in line and line.startswith("config: ") for line in lines) == 1


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_allowed_for_its_own_kind_of_data(name: str) -> None:
    contents = {
        False: whole(model={"name": name}),
        True: {"experiments": {"image": {"one": {"simulate": {}, "model": {"name": name}}}}},
    }
    assert load_config(contents[name in IMAGES])
    with pytest.raises(InputError, match=f"one: model.name: {name} does not read (sequences|images); one of "):
        load_config(contents[name not in IMAGES])


SITE = {"windows": {"strand": "site"}}
RNA = {"alphabet": "rna"}


@pytest.mark.parametrize(
    ("block", "strands", "direction", "strand_open"),
    [
        ({}, "both", "forward", False),
        ({"model": {"options": {"strands": "single"}}}, "both", "forward", True),
        ({"windows": {"strand": "ignore"}, "strands": "single"}, "single", "forward", False),
        ({"strands": "single"}, "single", "forward", True),
        (SITE, "single", "site", False),
        (RNA, "single", "site", False),
        ({**RNA, "windows": {"strand": "ignore"}}, "single", "forward", False),
        ({**RNA, "windows": {"strand": "ignore"}, "strands": "both"}, "both", "forward", False),
    ],
)
def test_strands_and_direction_follow_from_alphabet_and_windows(
    block: dict[str, Any], strands: str, direction: str, strand_open: bool
) -> None:
    one = load_config(whole(**block)).experiments.sequence["one"]
    assert (one.read_strands, one.direction, one.strand_open) == (strands, direction, strand_open)
    assert (one.modisco is None) == (strands == "single")  # which TF-MoDISco does not know


@pytest.mark.parametrize("alphabet", ["rna", "protein"])
def test_listed_rna_and_proteins_are_read_as_they_are(alphabet: str) -> None:
    one = load_config(without_genome(alphabet=alphabet)).experiments.sequence["one"]
    assert (one.read_strands, one.direction, one.strand_open) == ("single", "forward", False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (without_genome(**SITE), "windows.strand: site needs a reference"),
        (whole(alphabet="protein"), "alphabet: protein; a genome has none, give sequences"),
        (whole(**SITE, strands="both"), "strands: both; .* have one strand"),
        (whole(**RNA, strands="both"), "strands: both; .* RNA on a genome"),
        (without_genome(alphabet="protein", strands="both"), "strands: both; proteins"),
        (without_genome(**RNA, training={"flip": True}), "training.flip: true reads the reverse complement"),
        (whole(**SITE, training={"flip": True}), "training.flip: true reads the reverse complement"),
        (whole(strands="single", model={"options": {"strands": "max"}}), "model.options.strands: max reads"),
        (whole(**SITE, modisco={}), "modisco: .*this data has one strand"),
    ],
)
def test_the_other_strand_of_data_of_one_strand_is_refused(content: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=rf"{ONE}: .*{message}"):
        load_config(content)


def test_explicit_choices_that_agree_are_taken() -> None:
    load_config(without_genome(**RNA, training={"flip": False}, model={"options": {"strands": "single"}}))
    load_config(without_genome(**RNA, strands="both", training={"flip": True}, model={"options": {"strands": "max"}}))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_are_finite(value: float) -> None:
    with pytest.raises(InputError, match=rf"{ONE}\.sites\.REB1\.min_score: Input should be a finite number; found"):
        load_config(whole(sites={"REB1": {"path": "reb1.bed", "min_score": value}}))
