rule windows:
    """Sites to windows of equal length, with labels, negatives and folds; what is not used, with its reason."""
    input:
        fasta=GENOMES.genome("genome.fa.gz"),
        sizes=GENOMES.genome("chrom.sizes"),
        gaps=GENOMES.genome("gaps.bed"),
        sites=FILES.given("sites"),
        bigwigs=FILES.given("bigwigs"),
        blacklist=FILES.given("blacklist"),
        negatives_file=FILES.given("negatives_file"),
        aliases=GENOMES.aliases,
    output:
        windows=data("windows.tsv"),
        dropped=data("dropped.tsv"),
        negatives=data("negatives.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/windows.log",
    wildcard_constraints:
        experiment=any_of(FILES.genomic),
    priority: BEFORE_TRAINING
    group:
        together("prepare")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("windows"),
    params:
        **listed("sites"),
        spec=SECTIONS.windows,
        bigwigs=GENOMES.optional("bigwigs"),
        blacklist=GENOMES.optional("blacklist"),
        negatives_file=GENOMES.optional("negatives_file"),
        aliases=optional_input("aliases"),
        version=VERSION,
    shell:
        "python -m convoscope windows --fasta {input.fasta:q} --sizes {input.sizes:q} --gaps {input.gaps:q}"
        " --sites {params.sites:q} {params.bigwigs:q} {params.blacklist:q} {params.negatives_file:q} {params.aliases:q}"
        " --spec {params.spec:q} --windows {output.windows:q} --dropped {output.dropped:q}"
        " --negatives {output.negatives:q} 2> {log:q}"


rule sequences:
    """Labelled sequences, FASTA or tables, to the same windows."""
    input:
        files=FILES.given("files"),
    output:
        fasta=data("sequences.fa.gz"),
        windows=data("windows.tsv"),
        dropped=data("dropped.tsv"),
        negatives=data("negatives.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/sequences.log",
    wildcard_constraints:
        experiment=any_of(name for name in SEQUENCE if name not in FILES.genomic),
    priority: BEFORE_TRAINING
    group:
        together("prepare")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("sequences"),
    params:
        **listed("files"),
        spec=SECTIONS.sequences,
        version=VERSION,
    shell:
        "python -m convoscope sequences --files {params.files:q} --spec {params.spec:q} --fasta {output.fasta:q}"
        " --windows {output.windows:q} --dropped {output.dropped:q} --negatives {output.negatives:q} 2> {log:q}"


rule encode:
    """Windows to integer codes and the dataset's card."""
    input:
        fasta=GENOMES.fasta,
        windows=data("windows.tsv"),
        given=FILES.all_given,
    output:
        codes=data("codes.npy"),
        card=data("card.json"),
    log:
        f"{RESULTS}/logs/{{experiment}}/encode.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    priority: BEFORE_TRAINING
    group:
        together("prepare")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("encode"),
    params:
        **listed("given"),
        spec=SECTIONS.encode,
        version=VERSION,
    shell:
        "python -m convoscope encode --fasta {input.fasta:q} --windows {input.windows:q} --inputs {params.given:q}"
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
    group:
        together("prepare")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("export_one_hot"),
    shell:
        "python -m convoscope export-one-hot --codes {input.codes:q} --card {input.card:q} --one-hot {output:q} 2> {log:q}"
