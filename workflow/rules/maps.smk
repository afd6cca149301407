rule maps:
    """Substitutions, indels and attributions of the windows that score highest."""
    input:
        models=FILES.networks("model.safetensors"),
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        predictions=result("predictions.tsv.gz"),
        motifs=result("motifs.meme"),
        matches=result("motifs.tsv"),
        bed=FILES.mapped_bed,
        genome=branch(
            FILES.mapped_bed, then=GENOMES.genome("genome.fa.gz"), otherwise=[]
        ),
        aliases=GENOMES.aliases,
    output:
        maps=result("maps.npz"),
        table=result("maps.tsv"),
        dropped=result("maps.dropped.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/maps.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    group:
        together("interpretation")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("maps"),
    params:
        **listed("models"),
        spec=SECTIONS.one("maps"),
        q_value=lambda wildcards: SEQUENCE[wildcards.experiment].motifs.q_value,
        bed=optional_input("bed"),
        genome=optional_input("genome"),
        contigs=GENOMES.contigs,
        version=VERSION,
    shell:
        "python -m convoscope maps --models {params.models:q} --examples {input.windows:q} --codes {input.codes:q}"
        " --card {input.card:q} --predictions {input.predictions:q} --motifs {input.motifs:q}"
        " --matches {input.matches:q} {params.bed:q} {params.genome:q} {params.contigs:q} --spec {params.spec:q} --q-value {params.q_value}"
        " --maps {output.maps:q} --table {output.table:q} --dropped {output.dropped:q} 2> {log:q}"


rule map_recovery:
    """Simulated references only: whether mutation maps point at the planted sites."""
    input:
        models=FILES.networks("model.safetensors"),
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        truth=GENOMES.genome("truth.meme"),
        truth_table=GENOMES.genome("truth.tsv"),
    output:
        result("map_recovery.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/map_recovery.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    group:
        together("report")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("map_recovery"),
    params:
        **listed("models"),
        version=VERSION,
    shell:
        "python -m convoscope map-recovery --models {params.models:q} --examples {input.windows:q}"
        " --codes {input.codes:q} --card {input.card:q} --truth {input.truth:q}"
        ' --truth-table {input.truth_table:q} --dinucleotides "$DINUCLEOTIDES" --table {output:q} 2> {log:q}'
