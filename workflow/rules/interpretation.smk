rule motifs:
    """First-layer filters of all networks as motifs, with their influence on every label."""
    input:
        models=networks("model.safetensors"),
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        motifs=f"{RESULTS}/{{experiment}}/motifs.meme",
        filters=f"{RESULTS}/{{experiment}}/filters.npz",
        table=f"{RESULTS}/{{experiment}}/filters.tsv",
        positions=f"{RESULTS}/{{experiment}}/positions.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/motifs.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/training.yaml"
    params:
        spec=section("motifs"),
        version=VERSION,
    shell:
        "python -m convoscope motifs --models {input.models:q} --windows {input.windows:q} --codes {input.codes:q}"
        " --card {input.card:q} --spec {params.spec:q} --motifs {output.motifs:q} --filters {output.filters:q}"
        " --table {output.table:q} --positions {output.positions:q} 2> {log:q}"


rule match:
    """Motifs named against JASPAR or a MEME file."""
    input:
        motifs=f"{RESULTS}/{{experiment}}/motifs.meme",
        table=f"{RESULTS}/{{experiment}}/filters.tsv",
    output:
        f"{RESULTS}/{{experiment}}/matches.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/match.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/data.yaml"
    params:
        spec=section("motifs"),
        version=VERSION,
    shell:
        "python -m convoscope match --motifs {input.motifs:q} --table {input.table:q} --spec {params.spec:q}"
        " --matches {output:q} 2> {log:q}"


rule recovery:
    """Simulated references only: which planted motif was found."""
    input:
        motifs=f"{RESULTS}/{{experiment}}/motifs.meme",
        filters=f"{RESULTS}/{{experiment}}/filters.tsv",
        truth=reference_file("truth.meme"),
        truth_table=reference_file("truth.tsv"),
    output:
        f"{RESULTS}/{{experiment}}/recovery.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/recovery.log",
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope recovery --motifs {input.motifs:q} --filters {input.filters:q} --truth {input.truth:q}"
        " --truth-table {input.truth_table:q} --recovery {output:q} 2> {log:q}"
