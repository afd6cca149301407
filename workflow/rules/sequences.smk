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
        aliases=contig_aliases,
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
        spec=windows_spec,
        bigwigs=optional("bigwigs"),
        blacklist=optional("blacklist"),
        negatives_file=optional("negatives_file"),
        aliases=aliases_option,
        version=VERSION,
    shell:
        "python -m convoscope windows --fasta {input.fasta:q} --sizes {input.sizes:q} --gaps {input.gaps:q}"
        " --sites {input.sites:q} {params.bigwigs} {params.blacklist} {params.negatives_file} {params.aliases}"
        " --spec {params.spec:q} --windows {output.windows:q} --dropped {output.dropped:q}"
        " --negatives {output.negatives:q} 2> {log:q}"


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
        "python -m convoscope sequences --files {input.files:q} --spec {params.spec:q} --fasta {output.fasta:q}"
        " --windows {output.windows:q} --dropped {output.dropped:q} --negatives {output.negatives:q} 2> {log:q}"


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
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/data.yaml"
    params:
        spec=encode_spec,
        version=VERSION,
    shell:
        "python -m convoscope encode --fasta {input.fasta:q} --windows {input.windows:q} --inputs {input.given:q}"
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
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/data.yaml"
    shell:
        "python -m convoscope export-one-hot --codes {input.codes:q} --card {input.card:q} --one-hot {output:q} 2> {log:q}"
