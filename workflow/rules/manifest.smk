# What the run was made of and what it made, after everything else.
RUN = record_path(RESULTS)


# On the machine that Snakemake runs on, which has its records.
localrules:
    run_record,


rule run_record:
    """What Snakemake knows: jobs and their commands, inputs, versions."""
    input:
        TARGETS.everything(),
    output:
        record=RUN,
    log:
        f"{RESULTS}/logs/run_record.log",
    resources:
        **needs("run_record"),
    run:
        record_run(Path(output.record), Path(log[0]))


rule manifest:
    """Inputs, configuration, versions, commands and the checksum of every file, as an RO-Crate."""
    input:
        run=RUN,
    output:
        crate=f"{RESULTS}/ro-crate-metadata.json",
        workflow=f"{RESULTS}/workflow.smk",
    log:
        f"{RESULTS}/logs/manifest.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("manifest"),
    params:
        folder=subpath(output.crate, parent=True),
        version=VERSION,
    shell:
        "python -m convoscope manifest --folder {params.folder:q} --run {input.run:q} --crate {output.crate:q} 2> {log:q}"
