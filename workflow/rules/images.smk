rule simulate_cells:
    """Fields of cells with a known truth, and their table."""
    output:
        directory(f"{RESULTS}/{{experiment}}/simulated"),
    log:
        f"{RESULTS}/logs/{{experiment}}/simulate_cells.log",
    wildcard_constraints:
        experiment=any_of(name for name, one in IMAGE.items() if one.simulate),
    conda:
        "../../envs/data.yaml"
    params:
        spec=section("simulate"),
        version=VERSION,
    shell:
        "python -m convoscope simulate-cells --spec {params.spec:q} --folder {output:q} 2> {log:q}"


rule crops:
    """Cells cut from their images at native depth; what is not used, with its reason."""
    input:
        cells_given,
    output:
        cut=data("cut.tsv"),
        codes=data("codes.npy"),
        dropped=data("dropped.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/crops.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    conda:
        "../../envs/data.yaml"
    params:
        table=cells_table,
        spec=crops_spec,
        version=VERSION,
    shell:
        "python -m convoscope crops --table {params.table:q} --spec {params.spec:q} --cut {output.cut:q}"
        " --codes {output.codes:q} --dropped {output.dropped:q} 2> {log:q}"


rule assign:
    """Classes, splits and normalisation of the crops, and the dataset's card."""
    input:
        cut=data("cut.tsv"),
        codes=data("codes.npy"),
        given=cells_given,
    output:
        examples=data("crops.tsv"),
        card=data("card.json"),
    log:
        f"{RESULTS}/logs/{{experiment}}/assign.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    conda:
        "../../envs/training.yaml"
    params:
        table=cells_table,
        spec=spec("labels", "task", "groups", "crops", "normalise", "split", "ladder"),
        version=VERSION,
    shell:
        "python -m convoscope assign --cut {input.cut:q} --codes {input.codes:q} --inputs {params.table:q}"
        " --spec {params.spec:q} --examples {output.examples:q} --card {output.card:q} 2> {log:q}"


rule audit:
    """What could make the figures too good: copies, repeated cells, classes that go with a plate."""
    input:
        examples=data("crops.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        table=cells_given,
    output:
        data("audit.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/audit.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    conda:
        "../../envs/data.yaml"
    params:
        table=cells_table,
        id=lambda wildcards: cells_section(wildcards).id,
        version=VERSION,
    shell:
        "python -m convoscope audit --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --table {params.table:q} --name {params.id:q} --audit {output:q} 2> {log:q}"
