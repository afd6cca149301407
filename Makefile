# Everything runs in a virtual environment of its own, .venv, with exactly the versions of constraints.txt.
PYTHON ?= python3
CORES ?= $(shell nproc)
RESULTS := results
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Read from the environment, so that any character may stand in a path.
export DATA POSITIVE NEGATIVE LABEL GROUP SET

BENCH ?= build/bench

.PHONY: help install run yeast deepbind fasta cells test test-cluster check docs generate structure bench bench-gpu bench-scale evidence clean distclean

help:
	@echo 'make run       the default experiment: simulated genome to report (results/index.html)'
	@echo 'make yeast     DATA=<folder>: five yeast factors, into results/yeast/'
	@echo 'make deepbind  DATA=<folder>: DeepBind sequence sets, into results/deepbind/'
	@echo 'make fasta     POSITIVE=<fa.gz> NEGATIVE=<fa.gz>: five-fold cross-validation, into results/fasta/'
	@echo 'make cells     DATA=<folder> LABEL=<column> GROUP=<column>: images of cells, into results/cells/'
	@echo 'make test      every check and test;   make check   the checks alone'
	@echo 'make test-cluster  runs on a Slurm that it brings up on this machine (root, Debian)'
	@echo 'make docs      the documentation, as HTML (build/docs/index.html)'
	@echo 'make structure sizes, names and imports of the package, with their targets'
	@echo 'make bench     [ROWS="P1 P2"]: speed compared with plain scripts and other packages (docs/performance.md; an hour, 5 GB)'
	@echo 'make bench-gpu rates of training and scans on one GPU, in 8 minutes; a rehearsal where there is none'
	@echo 'make bench-scale: cost of a genome of human size, and how cost grows (docs/scale.md; 30 minutes, 12 GB of disk)'
	@echo 'make evidence  DATA=<folder> [SET=<name>]: the README block on every set, against baselines (docs/measured.md)'
	@echo 'make clean     remove results;   make distclean   the virtual environment as well'

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --disable-pip-version-check --quiet --constraint constraints.txt --editable '.[workflow,docs,test]'
	@echo 'compiling what the libraries of motifs would compile in the first run (about 2 minutes)'
	$(VENV)/bin/python workflow/lib/compile_kernels.py
	touch $@

run: install
	snakemake --cores $(CORES) --rerun-incomplete --show-failed-logs
	@cat $(RESULTS)/scores.txt $(RESULTS)/cells.txt
	@echo && cat $(RESULTS)/verdicts.txt
	@echo && echo 'the report: $(RESULTS)/index.html'

yeast: install
	@config/examples/run.sh yeast $(CORES) "$$DATA"

deepbind: install
	@config/examples/run.sh deepbind $(CORES) "$$DATA"

fasta: install
	@config/examples/run.sh fasta $(CORES) "$$POSITIVE" "$$NEGATIVE"

cells: install
	@config/examples/run.sh cells $(CORES) "$$DATA" "$$LABEL" "$$GROUP"

generate: install
	python workflow/lib/generate.py

structure: install
	python workflow/lib/structure.py

bench: install
	python benchmarks/speed.py run $(BENCH)/speed $(ROWS)
	python benchmarks/speed.py draw

bench-gpu: install
	python benchmarks/gpu.py run $(BENCH)/gpu
	python benchmarks/gpu.py draw

bench-scale: install
	python benchmarks/human.py $(BENCH)/human
	python benchmarks/scale.py measure $(BENCH)/scale
	python benchmarks/scale.py draw

evidence: install
	@python benchmarks/evidence.py run "$$DATA" $(CORES) $${SET:+"$$SET"}

docs: install
	sphinx-build --quiet --fail-on-warning --keep-going docs build/docs

check: install docs
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-cache
	snakefmt --check Snakefile workflow/Snakefile workflow/rules
	snakemake --lint

# Hundreds of processes read the modules: they are kept compiled, also where the environment says otherwise.
test: check
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 pytest --numprocesses $(CORES) --dist worksteal

test-cluster: install
	tests/cluster/install.sh
	OMP_NUM_THREADS=1 pytest -m cluster tests/cluster

clean:
	rm -rf $(RESULTS) .snakemake build

distclean: clean
	rm -rf $(VENV)
