VARIANTS = f"{RESULTS}/{{experiment}}/variants/{{variants}}"
VARIANT_FILES = sorted({name for one in SEQUENCE.values() for name in one.variants})


rule variants:
    """What every variant of a file does to the predictions: ALT - REF, from all networks of the experiment."""
    input:
        models=networks("model.safetensors"),
        vcf=lambda wildcards: local(variants_of(wildcards).path),
        # In whose windows they are scored, if there are any.
        sites=lambda wildcards: [
            local(path) for path in [variants_of(wildcards).sites] if path
        ],
        fasta=further_reference("genome.fa.gz"),
        fai=further_reference("genome.fa.gz.fai"),
        gzi=further_reference("genome.fa.gz.gzi"),
        aliases=contig_aliases,
    output:
        scores=f"{VARIANTS}/scores.tsv.gz",
        # Its index lies beside it where the records are sorted, which is not known before.
        annotated=f"{VARIANTS}/annotated.vcf.gz",
        dropped=f"{VARIANTS}/dropped.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/variants.{{variants}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        variants=any_of(VARIANT_FILES),
    conda:
        "../../envs/training.yaml"
    resources:
        gpu=0 if CONFIG.device == "cpu" else 1,
        device=CONFIG.device,
    params:
        options=variant_options,
        sites=variant_sites,
        contigs=contig_options,
        version=VERSION,
    shell:
        "python -m convoscope predict-variants --models {input.models:q} --genome {input.fasta:q} --vcf {input.vcf:q}"
        " {params.sites} {params.options} {params.contigs} --device {resources.device} --gpus {resources.gpu} --threads {threads}"
        " --scores {output.scores:q} --annotated {output.annotated:q} --dropped {output.dropped:q} 2> >(tee {log:q} >&2)"


rule variant_recovery:
    """Simulated variants only: whether scores tell which of them break a planted site."""
    input:
        scores=f"{VARIANTS}/scores.tsv.gz",
        vcf=lambda wildcards: local(variants_of(wildcards).path),
    output:
        f"{VARIANTS}/recovery.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/variant_recovery.{{variants}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        variants=any_of(VARIANT_FILES),
    conda:
        "../../envs/data.yaml"
    params:
        spec=variants_spec,
        version=VERSION,
    shell:
        "python -m convoscope variant-recovery --scores {input.scores:q} --vcf {input.vcf:q} --spec {params.spec:q}"
        " --table {output:q} 2> {log:q}"


OUTCOMES = sorted(
    {
        name
        for one in SEQUENCE.values()
        for name, block in one.variants.items()
        if block.outcome
    }
)


rule second:
    """A second network: the class of a variant from its scores for all labels, by nested cross-validation."""
    input:
        scores=f"{VARIANTS}/scores.tsv.gz",
        # Further covariates, if there is a table of them.
        table=lambda wildcards: [
            local(path) for path in [variants_of(wildcards).covariate_table] if path
        ],
        aliases=contig_aliases,
    output:
        predictions=f"{VARIANTS}/second.tsv.gz",
        metrics=f"{VARIANTS}/second.json",
    log:
        f"{RESULTS}/logs/{{experiment}}/second.{{variants}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        variants=any_of(OUTCOMES),
    conda:
        "../../envs/training.yaml"
    params:
        spec=variants_spec,
        evaluation=section("evaluation"),
        table=lambda wildcards, input: (
            f"--table {shlex.quote(input.table[0])}" if input.table else ""
        ),
        contigs=contig_options,
        version=VERSION,
    shell:
        "python -m convoscope second --scores {input.scores:q} {params.table} {params.contigs} --spec {params.spec:q}"
        " --evaluation {params.evaluation:q} --predictions {output.predictions:q} --metrics {output.metrics:q}"
        " 2> >(tee {log:q} >&2)"
