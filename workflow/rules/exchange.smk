# Networks as ONNX files, the model card, and results as other programs read them.

# One job for all networks of an experiment: to start and to trace takes long, and is done once.
for EXPERIMENT in EXPERIMENTS:

    rule:
        name:
            f"export_onnx_{EXPERIMENT}"
        input:
            models=FILES.networks_of(EXPERIMENT, "model.safetensors"),
            examples=FILES.examples_of(EXPERIMENT),
            codes=f"{RESULTS}/{EXPERIMENT}/data/codes.npy",
            card=f"{RESULTS}/{EXPERIMENT}/data/card.json",
        output:
            onnx=FILES.networks_of(EXPERIMENT, "model.onnx"),
        log:
            f"{RESULTS}/logs/{EXPERIMENT}/export_onnx.log",
        group:
            together("report", EXPERIMENT)
        conda:
            "../../envs/training.yaml"
        resources:
            **needs("export_onnx", experiment=EXPERIMENT),
        params:
            **listed("models", "onnx"),
            version=VERSION,
        shell:
            "python -m convoscope export-onnx --models {params.models:q} --examples {input.examples:q}"
            " --codes {input.codes:q} --card {input.card:q} --onnx {params.onnx:q} 2> {log:q}"


rule model_card:
    """What the networks are, what they were made of, how good they are, and what not to believe of them."""
    input:
        models=FILES.networks("model.safetensors"),
        exchanged=FILES.onnx,
        examples=FILES.examples,
        card=data("card.json"),
        dropped=data("dropped.tsv"),
        metrics=result("metrics.json"),
        layers=result("layers.tsv"),
        histories=FILES.networks("history.tsv"),
        matches=branch(
            lambda wildcards: wildcards.experiment in SEQUENCE,
            then=result("motifs.tsv"),
            otherwise=[],
        ),
        audit=branch(
            lambda wildcards: wildcards.experiment in IMAGE,
            then=data("audit.tsv"),
            otherwise=[],
        ),
        best=SEARCHES.collected,
    output:
        markdown=result("model_card.md"),
        html=shown("model_card.html", "Model", "model card", "model_card"),
        overview=result("overview.json"),
    log:
        f"{RESULTS}/logs/{{experiment}}/model_card.log",
    group:
        together("report")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("model_card"),
    params:
        **listed("models", "histories"),
        exchanged=optional_input("exchanged"),
        matches=optional_input("matches"),
        audit=optional_input("audit"),
        best=optional_input("best"),
        simulated=lambda wildcards: (
            ["--simulated"] if FILES.simulated(wildcards.experiment) else []
        ),
        spec=lambda wildcards: Words(["--spec", SECTIONS.whole(wildcards)]),
        version=VERSION,
        drawing=DRAWING,
    shell:
        "python -m convoscope model-card --name {wildcards.experiment} --models {params.models:q}"
        " {params.exchanged:q} --examples {input.examples:q} --card {input.card:q} --dropped {input.dropped:q}"
        " --metrics {input.metrics:q} --layers {input.layers:q} --histories {params.histories:q} {params.matches:q}"
        " {params.audit:q} {params.best:q} {params.simulated:q} {params.spec:q} --markdown {output.markdown:q}"
        " --html {output.html:q} --overview {output.overview:q} 2> {log:q}"


rule export_tracks:
    """What genome browsers open: a session of IGV, and a track hub of UCSC."""
    input:
        genome=GENOMES.genome("genome.fa.gz"),
        sizes=GENOMES.genome("chrom.sizes"),
        genes=TARGETS.artifact("genes"),
        aliases=GENOMES.aliases,
        sites=FILES.given("sites"),
        tracks=lambda wildcards: (
            [f"{RESULTS}/{wildcards.experiment}/tracks"]
            if SEQUENCE[wildcards.experiment].tracks
            else []
        ),
        hits=lambda wildcards: (
            [f"{RESULTS}/{wildcards.experiment}/hits.bed.gz"]
            if SEQUENCE[wildcards.experiment].hits
            else []
        ),
        variants=lambda wildcards: [
            f"{RESULTS}/{wildcards.experiment}/variants/{name}/annotated.vcf.gz"
            for name in SEQUENCE[wildcards.experiment].variants
        ],
    output:
        session=result("igv_session.xml"),
        hub=result("hub.txt"),
        intervals=directory(result("intervals")),
    log:
        f"{RESULTS}/logs/{{experiment}}/export_tracks.log",
    wildcard_constraints:
        experiment=any_of(FILES.genomic),
    group:
        together("report")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("export_tracks"),
    params:
        sites=optional_input("sites"),
        tracks=optional_input("tracks"),
        hits=optional_input("hits"),
        variants=optional_input("variants"),
        genes=optional_input("genes"),
        contigs=GENOMES.contigs,
        assembly=GENOMES.reference,
        version=VERSION,
    shell:
        "python -m convoscope export-tracks --name {wildcards.experiment} --assembly {params.assembly} --genome {input.genome:q}"
        " {params.tracks:q} {params.sites:q} {params.hits:q} {params.variants:q} {params.genes:q}"
        " --sizes {input.sizes:q} {params.contigs:q} --intervals {output.intervals:q} --session {output.session:q}"
        " --hub {output.hub:q} 2> {log:q}"


rule export_h5ad:
    """Predictions of all examples, and embeddings of cells, as scanpy and its relatives read them."""
    input:
        examples=FILES.examples,
        card=data("card.json"),
        predictions=result("predictions.tsv.gz"),
        embeddings=branch(
            lambda wildcards: wildcards.experiment in IMAGE,
            then=result("embeddings.npz"),
            otherwise=[],
        ),
    output:
        result("predictions.h5ad"),
    log:
        f"{RESULTS}/logs/{{experiment}}/export_h5ad.log",
    group:
        together("report")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("export_h5ad"),
    params:
        embeddings=optional_input("embeddings"),
        version=VERSION,
    shell:
        "python -m convoscope export-h5ad --examples {input.examples:q} --card {input.card:q}"
        " --predictions {input.predictions:q} {params.embeddings:q} --h5ad {output:q} 2> {log:q}"
