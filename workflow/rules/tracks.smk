rule tracks:
    """The prediction along the genome, one bigWig per label, from all networks of the experiment."""
    input:
        models=networks("model.safetensors"),
        fasta=reference_file("genome.fa.gz"),
        fai=reference_file("genome.fa.gz.fai"),
        gzi=reference_file("genome.fa.gz.gzi"),
        aliases=contig_aliases,
    output:
        # One file per label; the contigs of a stopped run lie beside it, where a retry does not remove them.
        directory(f"{RESULTS}/{{experiment}}/tracks"),
    log:
        f"{RESULTS}/logs/{{experiment}}/tracks.log",
    wildcard_constraints:
        experiment=any_of(TRACKED),
    conda:
        "../../envs/training.yaml"
    threads: 4
    resources:
        gpu=0 if CONFIG.device == "cpu" else 1,
        device=CONFIG.device,
    params:
        step=lambda wildcards: SEQUENCE[wildcards.experiment].tracks.step,
        contigs=track_contigs,
        names=contig_options,
        unknown=lambda wildcards: SEQUENCE[wildcards.experiment].windows.max_unknown,
        version=VERSION,
    shell:
        "python -m convoscope predict-genome --models {input.models:q} --genome {input.fasta:q} --step {params.step}"
        " {params.contigs} {params.names} --max-unknown {params.unknown} --device {resources.device} --gpus {resources.gpu}"
        " --threads {threads} --folder {output:q} 2> >(tee {log:q} >&2)"


rule draw_tracks:
    """Tracks around held-out sites, and along one stretch of the genome."""
    input:
        folder=f"{RESULTS}/{{experiment}}/tracks",
        windows=data("windows.tsv"),
        predictions=result("predictions.tsv.gz"),
    output:
        shown("tracks.svg", "Predictions", "along the genome"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_tracks.log",
    wildcard_constraints:
        experiment=any_of(TRACKED),
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope draw-tracks --folder {input.folder:q} --windows {input.windows:q}"
        " --predictions {input.predictions:q} --figure {output:q} 2> {log:q}"
