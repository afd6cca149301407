GENOMIC = [name for name, experiment in SEQUENCE.items() if experiment.reference]
LISTED = [name for name, experiment in SEQUENCE.items() if experiment.sequences]


def reference_file(name):
    """Input function: a file of the experiment's reference."""
    return (
        lambda wildcards: f"{RESULTS}/references/{SEQUENCE[wildcards.experiment].reference}/{name}"
    )


def given_files(experiment):
    """Data files of one experiment by the option of the verb that reads them."""
    bigwigs = [sites.bigwig for sites in experiment.sites.values() if sites.bigwig]
    return {
        "sites": [local(sites.path) for sites in experiment.sites.values()],
        "bigwigs": [local(path) for path in bigwigs],
        "blacklist": [local(path) for path in [experiment.windows.blacklist] if path],
        "negatives_file": [local(path) for path in [experiment.negatives.path] if path],
        "files": [local(file.path) for file in experiment.sequences],
    }


def given(option):
    """Input function: the experiment's data files for one option."""
    return lambda wildcards: given_files(SEQUENCE[wildcards.experiment])[option]


def optional(option):
    """Params function: an option with its files, or nothing when there are none."""

    def render(wildcards):
        files = given_files(SEQUENCE[wildcards.experiment])[option]
        return (
            f"--{option.replace('_', '-')} " + " ".join(f"'{file}'" for file in files)
            if files
            else ""
        )

    return render


rule windows:
    """Sites to windows of equal length, with labels, negatives and folds; what is not used, with its reason."""
    input:
        fasta=reference_file("genome.fa.gz"),
        sizes=reference_file("chrom.sizes"),
        gaps=reference_file("gaps.bed"),
        sites=given("sites"),
        bigwigs=given("bigwigs"),
        blacklist=given("blacklist"),
        negatives_file=given("negatives_file"),
    output:
        windows=data("windows.tsv"),
        dropped=data("dropped.tsv"),
        negatives=data("negatives.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/windows.log",
    wildcard_constraints:
        experiment=any_of(GENOMIC),
    conda:
        "../../envs/data.yaml"
    params:
        spec=spec("sites", "windows", "negatives", "split"),
        bigwigs=optional("bigwigs"),
        blacklist=optional("blacklist"),
        negatives_file=optional("negatives_file"),
        version=VERSION,
    shell:
        "{CONVOSCOPE} windows --fasta {input.fasta:q} --sizes {input.sizes:q} --gaps {input.gaps:q}"
        " --sites {input.sites:q} {params.bigwigs} {params.blacklist} {params.negatives_file}"
        " --spec {params.spec:q} --windows {output.windows:q} --dropped {output.dropped:q}"
        " --negatives {output.negatives:q} 2> {log:q}"


def sequences_spec(wildcards):
    """What the verb `sequences` needs to know."""
    experiment = SEQUENCE[wildcards.experiment]
    kept = {"sequences", "alphabet", "negatives", "split"}
    return json.dumps(
        {
            **experiment.model_dump(include=kept),
            "max_dropped": experiment.windows.max_dropped,
        }
    )


rule sequences:
    """Labelled sequences, FASTA or tables, to the same windows."""
    input:
        files=given("files"),
    output:
        fasta=data("sequences.fa.gz"),
        windows=data("windows.tsv"),
        dropped=data("dropped.tsv"),
        negatives=data("negatives.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/sequences.log",
    wildcard_constraints:
        experiment=any_of(LISTED),
    conda:
        "../../envs/data.yaml"
    params:
        spec=sequences_spec,
        version=VERSION,
    shell:
        "{CONVOSCOPE} sequences --files {input.files:q} --spec {params.spec:q} --fasta {output.fasta:q}"
        " --windows {output.windows:q} --dropped {output.dropped:q} --negatives {output.negatives:q} 2> {log:q}"


def source_fasta(wildcards):
    """The genome, or the listed sequences in its role."""
    experiment = SEQUENCE[wildcards.experiment]
    own = expand(data("sequences.fa.gz"), experiment=wildcards.experiment)
    return reference_file("genome.fa.gz")(wildcards) if experiment.reference else own


def all_given(wildcards):
    """Every data file of the experiment, for the card's checksums."""
    files = given_files(SEQUENCE[wildcards.experiment])
    return [path for paths in files.values() for path in paths]


def encode_spec(wildcards):
    """What encoding needs to know, with the labels in the order of the outputs."""
    experiment = SEQUENCE[wildcards.experiment]
    kept = experiment.model_dump(include={"alphabet", "unknown", "task", "split"})
    return json.dumps(
        {**kept, "labels": experiment.labels, "seed": experiment.negatives.seed}
    )


rule encode:
    """Windows to integer codes and the dataset's card."""
    input:
        fasta=source_fasta,
        windows=data("windows.tsv"),
        given=all_given,
    output:
        codes=data("codes.npy"),
        card=data("card.json"),
    log:
        f"{RESULTS}/logs/{{experiment}}/encode.log",
    conda:
        "../../envs/data.yaml"
    params:
        spec=encode_spec,
        version=VERSION,
    shell:
        "{CONVOSCOPE} encode --fasta {input.fasta:q} --windows {input.windows:q} --inputs {input.given:q}"
        " --spec {params.spec:q} --codes {output.codes:q} --card {output.card:q} 2> {log:q}"


rule export_one_hot:
    """The windows as float32 one-hot, for other tools."""
    input:
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        data("one_hot.npy"),
    log:
        f"{RESULTS}/logs/{{experiment}}/one_hot.log",
    conda:
        "../../envs/data.yaml"
    shell:
        "{CONVOSCOPE} export --codes {input.codes:q} --card {input.card:q} --one-hot {output:q} 2> {log:q}"
