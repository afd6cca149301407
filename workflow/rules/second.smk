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


rule draw_second:
    """What the second network is worth beside simpler rules, and where it draws the line."""
    input:
        scores=f"{VARIANTS}/scores.tsv.gz",
        predictions=f"{VARIANTS}/second.tsv.gz",
        metrics=f"{VARIANTS}/second.json",
    output:
        shown(
            "second.{variants}.svg", "Variants", "{variants}: second network", "second"
        ),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_second.{{variants}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        variants=any_of(OUTCOMES),
    conda:
        "../../envs/data.yaml"
    params:
        spec=variants_spec,
        version=VERSION,
    shell:
        "python -m convoscope draw-second --scores {input.scores:q} --predictions {input.predictions:q}"
        " --metrics {input.metrics:q} --spec {params.spec:q} --figure {output:q} 2> {log:q}"
