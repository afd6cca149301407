rule maps:
    """Substitutions, indels and attributions of the windows that score highest."""
    input:
        models=networks("model.safetensors"),
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        predictions=result("predictions.tsv.gz"),
        motifs=result("motifs.meme"),
        matches=result("matches.tsv"),
        bed=branch(
            mapped_bed,
            then=lambda wildcards: local(mapped_bed(wildcards)),
            otherwise=[],
        ),
        genome=branch(mapped_bed, then=reference_file("genome.fa.gz"), otherwise=[]),
        aliases=contig_aliases,
    output:
        maps=result("maps.npz"),
        table=result("maps.tsv"),
        dropped=result("maps.dropped.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/maps.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/training.yaml"
    params:
        spec=section("maps"),
        q_value=lambda wildcards: SEQUENCE[wildcards.experiment].motifs.q_value,
        further=lambda wildcards, input: (
            f"--bed {shlex.quote(input.bed)} --genome {shlex.quote(input.genome)}"
            if input.bed
            else ""
        ),
        contigs=contig_options,
        version=VERSION,
    shell:
        "python -m convoscope maps --models {input.models:q} --examples {input.windows:q} --codes {input.codes:q}"
        " --card {input.card:q} --predictions {input.predictions:q} --motifs {input.motifs:q}"
        " --matches {input.matches:q} {params.further} {params.contigs} --spec {params.spec:q} --q-value {params.q_value}"
        " --maps {output.maps:q} --table {output.table:q} --dropped {output.dropped:q} 2> {log:q}"


rule map_recovery:
    """Simulated references only: whether mutation maps point at the planted sites."""
    input:
        models=networks("model.safetensors"),
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        truth=reference_file("truth.meme"),
        truth_table=reference_file("truth.tsv"),
    output:
        result("map_recovery.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/map_recovery.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/training.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope map-recovery --models {input.models:q} --examples {input.windows:q}"
        " --codes {input.codes:q} --card {input.card:q} --truth {input.truth:q}"
        ' --truth-table {input.truth_table:q} --dinucleotides "$DINUCLEOTIDES" --table {output:q} 2> {log:q}'
