# Each target does its own set-up: Python 3.11 or newer, make and a package index are all it takes.

.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check

# python3 where it is new enough, else the newest that is. Each candidate is run, for version managers
# put commands on the path that only print an error. Another one: make PYTHON=/path/to/python ...
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
PYTHON ?= $(firstword $(foreach name,$(CANDIDATES),$(shell $(name) $(NEW_ENOUGH) >/dev/null 2>&1 && echo $(name))))

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.installed  ## Fit the curves of workflows/fit_curves on this machine
	$(VENV)/bin/batchopt run workflows/fit_curves/job.toml

.PHONY: test
test: lint  ## Lint, check types and layers, run the tests
	$(PY) -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

.PHONY: test-slow
test-slow: $(VENV)/.installed-dev  ## Run the tests that take minutes
	$(PY) -m pytest -m slow

.PHONY: bench
bench: $(VENV)/.installed-bench  ## Race against SciPy, HiGHS, lmfit and Dask with SciPy; writes benchmarks/RESULTS.md; takes long
	$(PY) -m benchmarks

.PHONY: bench-smoke
bench-smoke: $(VENV)/.installed-bench  ## The smallest sizes of the same, in seconds: does it still run?
	$(PY) -m benchmarks --smoke --output build/bench-smoke

.PHONY: accuracy
accuracy: $(VENV)/.installed-bench  ## Reference problems of NIST, Netlib, MGH and HS, some beside SciPy; fails below the bar
	$(PY) -m benchmarks.accuracy
	$(PY) -m benchmarks.linprog_accuracy
	$(PY) -m benchmarks.search_accuracy

.PHONY: lint
lint: $(VENV)/.installed-dev  ## Lint, check formatting, types and layers
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

.PHONY: clean
clean:  ## Remove the environment, caches and builds; results stay
	rm -rf $(VENV) build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find batchopt benchmarks solvers tests workflows -name __pycache__ -prune -exec rm -rf {} +

# The dotted files mark what is installed: nothing is installed again until pyproject.toml changes.
$(VENV)/.installed: pyproject.toml | $(PY)
	$(call install,)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(PY)
	$(call install,--group dev)
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: pyproject.toml | $(PY)
	$(call install,--group bench)
	@touch $@ $(VENV)/.installed

# Dependency groups need pip 25.1. A new environment may have an older one; an environment that uv made has none.
define install
@echo "Installing batchopt into $(VENV); the first time takes a minute or two."
@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip
$(PIP) install "pip>=25.1"
$(PIP) install --editable . $(1)
endef

$(PY):
	@test -n "$(PYTHON)" && "$(PYTHON)" $(NEW_ENOUGH) || { \
	  echo "batchopt needs Python 3.11 or newer, but found: $$($(or $(PYTHON),python3) --version 2>&1 | tail -1)."; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; } >&2
	"$(PYTHON)" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
