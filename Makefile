# make demo       see it work: a small study on an artificial world, offline, in minutes
# make test       the tests (two processes, not the slow ones)
# make test-all   the slow ones too, and those on Ray
# make test-lowest  the tests again with the oldest versions that pyproject.toml allows
# make check      format, lint, types, floors, tests, docs
# make docs       check what the documentation says by running it
# make clean      remove what was built (not your runs)

PYTHON ?= python3
VENV := .venv
LOWEST := .venv-lowest
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2
TORCH := $(shell sed -n 's/^torch==/torch==/p' constraints.txt)

# Idle threads sleep: on a shared machine, spinning ones slow everybody down.
export OMP_WAIT_POLICY := PASSIVE

.PHONY: demo install install-dev test test-all test-lowest check format docs clean

demo: $(VENV)/.installed
	$(BIN)/xstilts demo

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

test: $(VENV)/.installed-dev
	$(PYTEST) -m "not slow and not gpu and not network"

test-all: $(VENV)/.installed-all
	$(PYTEST) -m "not gpu and not network"

test-lowest: $(LOWEST)/.installed-dev
	OMP_NUM_THREADS=1 $(LOWEST)/bin/python -m pytest -n 2 -m "not slow and not gpu and not network"

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -m "not slow and not gpu and not network"

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.installed-dev
	$(PYTEST) tests/docs -m "not gpu and not network"

clean:
	rm -rf $(VENV) $(LOWEST) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "xstilts needs Python 3.11 or newer, and '$(PYTHON)' is not (or is missing)." >&2; \
	  echo "Name one that is: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# torch comes first and alone, so that whichever wheel is at hand (CPU or CUDA) is taken once and kept.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -q $(TORCH) -c constraints.txt
	$(PIP) install -q -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.installed-all: $(VENV)/.installed-dev
	$(PIP) install -q -c constraints.txt -e '.[dev,ray]'
	@touch $@

$(LOWEST)/.installed-dev: pyproject.toml constraints-lowest.txt | $(BIN)/python
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip --disable-pip-version-check install -q $(TORCH) -c constraints-lowest.txt
	$(LOWEST)/bin/python -m pip --disable-pip-version-check install -q -c constraints-lowest.txt -e '.[dev]'
	@touch $@
