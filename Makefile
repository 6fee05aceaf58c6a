# Needs python3 (3.11 or newer) and pip; everything else is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.PHONY: help refresh test check ui bench bench-regimens bench-results bench-duplicates bench-linking train docs clean
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | awk -F'\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'

refresh: $(INSTALLED) ## read raw/ and publish warehouse/ (ARGS="--full …" is passed on)
	@$(BIN)/trialhouse refresh $(ARGS)

test: $(INSTALLED_DEV) ## run the tests
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(INSTALLED_DEV) ## lint, types, definitions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --project pyproject.toml --pythonpath $(BIN)/python
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/dg check defs

ui: $(INSTALLED) ## the Dagster UI at http://127.0.0.1:3000
	@$(BIN)/trialhouse ui $(ARGS)

bench: $(INSTALLED_DEV) ## speed and memory, as ratios (ARGS="--data <zip of API JSON>")
	@$(BIN)/python -m benchmarks.refresh $(ARGS)

bench-regimens: $(INSTALLED_DEV) ## regimens: speed, coverage and accuracy (ARGS="--data records.zip --gold labels.jsonl --corpus DIR")
	@$(BIN)/python -m benchmarks.regimens $(ARGS)

bench-results: $(INSTALLED_DEV) ## results and safety: speed, coverage and accuracy (ARGS="--data articles --gold labels.jsonl --corpus DIR")
	@$(BIN)/python -m benchmarks.results $(ARGS)

bench-duplicates: $(INSTALLED_DEV) ## de-duplication on generated corpora (ARGS="--documents 100000 --peers …")
	@$(BIN)/python -m benchmarks.duplicates $(ARGS)

bench-linking: $(INSTALLED_DEV) ## linking on made-up records: speed, memory, growth (ARGS="--trials 50000 --documents 5000")
	@$(BIN)/python -m benchmarks.linking $(ARGS)

train: $(INSTALLED_DEV) ## fit the models that split outcomes and label-less text (DATA="<folders of API JSON and XML>")
	@test -n "$(DATA)" || { echo 'say where the studies are: make train DATA="folder …"'; exit 2; }
	@$(BIN)/python -m pipelines.sources.outcome_split_train --data $(DATA) --output pipelines/sources/data/outcome_split.tsv.gz
	@$(BIN)/python -m pipelines.sources.ctgov_text_train --data $(DATA) --output pipelines/sources/data/ctgov_text_lines.json

docs: $(INSTALLED) ## render docs/data-dictionary.md from the schema and docs/rules.md from the rules
	@$(BIN)/python -m pipelines.schema.dictionary
	@$(BIN)/python -m expectations.listing

# Compiled kernels (*.nbi, *.nbc) are made again when their own file changes, not when a kernel that they call does.
clean: ## remove the environment and everything built (not history)
	@rm -rf $(VENV) warehouse/state warehouse/build
	@find pipelines -name '*.nb[ic]' -delete

# Debian's python3 may lack ensurepip: then the environment is made without pip and the system's pip installs into it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "trialhouse needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV); }

$(INSTALLED): pyproject.toml | $(BIN)/python
	@echo "installing trialhouse into $(VENV) …"
	@$(call pip_install,-e .)
	@touch $@

$(INSTALLED_DEV): pyproject.toml | $(BIN)/python
	@echo "installing trialhouse with its development tools into $(VENV) …"
	@$(call pip_install,-e '.[dev]')
	@touch $@ $(INSTALLED)

define pip_install
if $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(1); \
else \
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check $(1); \
fi
endef
