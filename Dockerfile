# Snakemake, the workflow and all that its jobs need, with the versions of constraints.txt. Build: docker build -t convoscope .
FROM python:3.11-slim-trixie

WORKDIR /opt/convoscope
COPY pyproject.toml constraints.txt README.md LICENSE Snakefile ./
COPY workflow workflow
COPY resources resources
COPY config config
COPY envs envs
RUN pip install --no-cache-dir --constraint constraints.txt --editable '.[workflow]'

# Any user may run it; caches are of one run.
ENV HOME=/tmp OMP_NUM_THREADS=1
WORKDIR /work
ENTRYPOINT ["snakemake", "--snakefile", "/opt/convoscope/Snakefile"]
CMD ["--help"]
