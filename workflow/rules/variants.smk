rule variants:
    """What every variant of a file does to the predictions: ALT - REF, from all networks of the experiment."""
    input:
        models=FILES.networks("model.safetensors"),
        vcf=VARIANTS.file(),
        # In whose windows they are scored, if there are any.
        sites=VARIANTS.file("sites"),
        fasta=VARIANTS.genome("genome.fa.gz"),
        fai=VARIANTS.genome("genome.fa.gz.fai"),
        gzi=VARIANTS.genome("genome.fa.gz.gzi"),
        aliases=VARIANTS.aliases,
    output:
        scores=f"{RESULTS}/{{experiment}}/variants/{{block}}/scores.tsv.gz",
        # Its index is next to it where the records are sorted, which is not known before.
        annotated=f"{RESULTS}/{{experiment}}/variants/{{block}}/annotated.vcf.gz",
        dropped=f"{RESULTS}/{{experiment}}/variants/{{block}}/dropped.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/variants.{{block}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        block=any_of(VARIANTS.names()),
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("variants"),
    params:
        **listed("models"),
        options=VARIANTS.options,
        info=VARIANTS.info,
        sites=VARIANTS.sites,
        contigs=VARIANTS.contigs,
        version=VERSION,
    shell:
        "python -m convoscope predict-variants --models {params.models:q} --genome {input.fasta:q} --vcf {input.vcf:q}"
        " {params.sites:q} {params.options:q} {params.info:q} {params.contigs:q} --device {resources.device} --gpus {resources.gpu} --threads {threads}"
        " --scores {output.scores:q} --annotated {output.annotated:q} --dropped {output.dropped:q} 2>&1 | tee {log:q} >&2"


rule variant_letters:
    """What the letters around the strongest variants contribute to their scores, with either allele."""
    input:
        models=FILES.networks("model.safetensors"),
        scores=f"{RESULTS}/{{experiment}}/variants/{{block}}/scores.tsv.gz",
        tracks=result("tracks"),
        fasta=VARIANTS.genome("genome.fa.gz"),
        fai=VARIANTS.genome("genome.fa.gz.fai"),
        gzi=VARIANTS.genome("genome.fa.gz.gzi"),
        aliases=VARIANTS.aliases,
    output:
        f"{RESULTS}/{{experiment}}/variants/{{block}}/letters.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/variant_letters.{{block}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        block=any_of(VARIANTS.names()),
    group:
        together("report")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("variant_letters"),
    params:
        **listed("models"),
        options=VARIANTS.options,
        contigs=VARIANTS.contigs,
        version=VERSION,
    shell:
        "python -m convoscope variant-letters --models {params.models:q} --genome {input.fasta:q}"
        " --scores {input.scores:q} --tracks {input.tracks:q} {params.options:q} {params.contigs:q}"
        " --table {output:q} 2> {log:q}"


rule variant_recovery:
    """Simulated variants only: whether scores tell which of them break a planted site."""
    input:
        scores=f"{RESULTS}/{{experiment}}/variants/{{block}}/scores.tsv.gz",
        vcf=VARIANTS.file(),
    output:
        f"{RESULTS}/{{experiment}}/variants/{{block}}/recovery.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/variant_recovery.{{block}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        block=any_of(VARIANTS.names()),
    group:
        together("report")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("variant_recovery"),
    params:
        spec=SECTIONS.block("variants"),
        version=VERSION,
    shell:
        "python -m convoscope variant-recovery --scores {input.scores:q} --vcf {input.vcf:q} --spec {params.spec:q}"
        " --table {output:q} 2> {log:q}"


rule second:
    """A second network: the class of a variant from its scores for all labels, by nested cross-validation."""
    input:
        scores=f"{RESULTS}/{{experiment}}/variants/{{block}}/scores.tsv.gz",
        # Further covariates, if there is a table of them.
        table=VARIANTS.file("covariate_table"),
        aliases=VARIANTS.aliases,
    output:
        predictions=f"{RESULTS}/{{experiment}}/variants/{{block}}/second.tsv.gz",
        metrics=f"{RESULTS}/{{experiment}}/variants/{{block}}/second.json",
    log:
        f"{RESULTS}/logs/{{experiment}}/second.{{block}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        block=any_of(VARIANTS.names("outcome")),
    group:
        together("report")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("second"),
    params:
        spec=SECTIONS.block("variants"),
        evaluation=SECTIONS.one("evaluation"),
        table=optional_input("table"),
        contigs=VARIANTS.contigs,
        version=VERSION,
    shell:
        "python -m convoscope second --scores {input.scores:q} {params.table:q} {params.contigs:q} --spec {params.spec:q}"
        " --evaluation {params.evaluation:q} --predictions {output.predictions:q} --metrics {output.metrics:q}"
        " 2>&1 | tee {log:q} >&2"
