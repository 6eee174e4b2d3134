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

.PHONY: demo test check lint format bench lock clean

demo: $(VENV)/.runtime
	@exec $(BIN)/okoshko demo

test: check
	$(BIN)/pytest

check: lint
	$(BIN)/mypy
	$(BIN)/lint-imports

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# For example: make bench BENCH="--only post,race --bookings 10000000"
bench: $(VENV)/.dev
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

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
