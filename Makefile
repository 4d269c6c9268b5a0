# Set-up needs python3.11 (3.12 and 3.13 work too), pip and make; everything else comes from requirements.lock into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
INTEGRATIONS := $(VENV)/.integrations
STUDY ?= digits
BENCH = PYTHONPATH=build/rivals $(BIN)/python benchmarks

.DEFAULT_GOAL := help
.PHONY: help venv study test test-slow test-elsewhere lint format figures notebooks docs explorer bench lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv: $(READY) ## create .venv from requirements.lock

# The stamp is written last, so an interrupted install is done again; --no-build-isolation keeps the build backend locked too.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "no python3.11 or python3 found: install Python 3.11 or name one with make PYTHON=/path/to/python"; exit 2; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
	  echo "python's venv module lacks ensurepip here, taking virtualenv instead"; rm -rf $(VENV); \
	  $(PYTHON) -m pip install --quiet --target build/virtualenv virtualenv && \
	  PYTHONPATH=build/virtualenv $(PYTHON) -m virtualenv --quiet $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Other frameworks; under the first lock, so that none of them replaces what is in it.
$(INTEGRATIONS): requirements-integrations.lock $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -r requirements-integrations.lock
	@touch $@

study: $(READY) ## run the default study (STUDY=mnist DATA_ROOT=... for another) and draw its figures and report
	$(BIN)/landscape study $(STUDY) $(if $(DATA_ROOT),--data-root $(DATA_ROOT))

test: $(READY) lint ## lint, types, import contracts, tests (under 12 minutes on 2 cores)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" --numprocesses 2 --dist loadfile

test-slow: $(INTEGRATIONS) ## the long suites: the whole default study, other frameworks, pages in Chromium, the documentation, the notebooks
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "slow or integrations" --numprocesses 2 --dist loadfile
	$(MAKE) test-elsewhere
	$(BIN)/python -m pytest --nbmake --nbmake-timeout=1200 -W default notebooks

# An older processor's kernels, in which sums are added in another order, and the tests in one that ORDER says.
ORDER ?= 20261129
test-elsewhere: $(READY) ## the tests of numbers as on a processor without vector units, in random order (ORDER=seed)
	OMP_NUM_THREADS=1 ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE ONEDNN_MAX_CPU_ISA=SSE41 $(BIN)/python -m pytest \
	  -m "not slow" --numprocesses 2 --dist loadfile -p randomly --randomly-seed=$(ORDER) --randomly-dont-reset-seed \
	  tests/landscape/_common tests/landscape/linalg tests/landscape/objective tests/landscape/curvature tests/landscape/distributed tests/landscape/slices tests/landscape/trajectory tests/landscape/connectivity tests/landscape/sharpness tests/landscape/stats tests/zenith

lint: $(READY) ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

figures: $(READY) ## redraw the committed figures, tables, reports and their page from the data beside them
	$(BIN)/landscape figures $(filter-out figures/papers/,$(wildcard figures/*/)) --index figures/README.md
	$(BIN)/landscape figures $(dir $(wildcard figures/papers/*/*/study.toml))
	$(BIN)/landscape figures $(wildcard figures/papers/*/)

notebooks: $(READY) ## rebuild and execute the notebooks from their .py sources
	$(BIN)/jupytext --to ipynb --execute notebooks/*.py

docs: $(READY) ## build the documentation into build/docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs

explorer: $(READY) ## rebuild the explorer's bundle from explorer/src
	cd explorer && PATH="$(CURDIR)/$(BIN):$$PATH" && npm ci --no-audit --no-fund && npm run build

bench: $(READY) ## measure costs beside other toolkits and loops (DATA_ROOT=... adds CIFAR-10), about two hours
	$(BIN)/python -m pip install --quiet --no-deps --target build/rivals -r benchmarks/requirements.txt
	for script in "curvature eigenvalue" "curvature product" "curvature memory" "curvature trajectory" "curvature scaling" breakdown; do \
	  set -- $$script; $(BENCH)/$$1.py $$2 $(if $(DATA_ROOT),--data-root $(DATA_ROOT)) || exit; done
	for script in distributed slices "slices rivals" "slices workers" adaptive trajectory methods "methods --net vgg19" overhead training data explorer "scale engine" "scale study"; do \
	  set -- $$script; name=$$1; shift; $(BENCH)/$$name.py $$@ || exit; done

lock: ## resolve pyproject.toml anew into requirements.lock and requirements-integrations.lock
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --upgrade pip
	build/lock/bin/python -m pip install --quiet -c constraints.txt -e '.[baselines,notebook,topology]' --group dev
	{ echo "# Made by make lock from pyproject.toml under constraints.txt, for Python 3.11 and later."; \
	  build/lock/bin/python -m pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+)\+.*/\1/'; } > requirements.lock
	build/lock/bin/python -m pip install --quiet -c requirements.lock --group integrations
	{ echo "# Made by make lock: what the dependency group integrations adds to requirements.lock."; \
	  build/lock/bin/python -m pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+)\+.*/\1/' | grep -vxFf requirements.lock; } \
	  > requirements-integrations.lock
	rm -rf build/lock

clean: ## remove the environment and caches (studies stay)
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
