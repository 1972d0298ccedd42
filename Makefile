# `make run` derives, verifies and prints the table, then certified variances of layers; `make test` runs the test suite but
# for what takes long, which `make test-slow` runs. Each builds .venv by itself.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run test test-slow coverage lint docs package bench clean

run: .venv/engine
	$(BIN)/wishart-moments verify --max-k 10
	$(BIN)/wishart-moments table --max-k 10
	$(BIN)/wishart-moments certify 4x7 10x10 64x64 64x128 --digits 20

test: .venv/all
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" $(ARGS)

# What is marked slow, and the tests on random examples with all their examples.
test-slow: .venv/all
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal -m slow --hypothesis-profile=slow $(ARGS)

# All tests again, traced line by line: three times as long.
coverage: .venv/all
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered $(ARGS)

lint: .venv/all
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

# The manual, docs/_build/html/index.html, and the manual page of the command; notebooks run in the build. A warning, a
# cell that fails or a dead link is an error.
docs: .venv/docs
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	$(BIN)/python docs/links.py docs/_build/html
	$(BIN)/python -m sphinx -q -W --keep-going -D nb_execution_mode=off -D suppress_warnings=myst-nb.lexer -b man docs docs/_build/man

# The wheel and the source distribution in dist/, as a package index wants them.
package: .venv/package
	rm -rf dist
	$(BIN)/python -m build -o dist
	$(BIN)/python -m twine check --strict dist/*

bench: .venv/all
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks --table

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "need Python 3.11 or newer: run make PYTHON=python3.11" >&2; exit 2; }
	$(PYTHON) -m venv .venv

# The engine with its drawings: no torch.
.venv/engine: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[compiled,plot]'
	@touch $@

# The manual describes the torch side as well.
.venv/docs: .venv/all
	$(PIP) -e '.[docs]'
	@touch $@

.venv/package: .venv/bin/python constraints.txt
	$(PIP) build twine
	@touch $@

# Everything that the tests use.
.venv/all: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[compiled,plot,nn,mlflow,test]'
	@touch $@ .venv/engine
