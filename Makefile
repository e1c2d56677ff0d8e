# Two commands matter: `make report` (from a clone to a client report) and `make test` (every check).
PYTHON ?= python3
BIN := .venv/bin
ROOM ?= core
PYTEST := $(BIN)/python -m pytest
export PYTHONDONTWRITEBYTECODE :=

.PHONY: report test lint types unit notebooks-match other-notebooks-match quiet-git notebook-diff quick docs slow bench engines mutants peers notebooks example lock clean

report: .venv/installed  ## run the default study and print where its report is
	$(BIN)/crm run complete_journey

test: lint types unit other-notebooks-match  ## every check; each notebook runs once

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/installed
	$(BIN)/mypy

unit: .venv/installed
	$(PYTEST) -p tests.before_imports -n 2 --dist worksteal -m "not slow and not engines"

notebooks-match: .venv/installed  ## run every notebook again and compare with its stored outputs (nbval)
	$(BIN)/python -m tests.stored_outputs check

other-notebooks-match: .venv/installed  ## the same for the notebooks that `make unit` does not run
	$(BIN)/python -m tests.stored_outputs check-others

quiet-git: .venv/installed  ## in this clone, let git pass over the version of Python that JupyterLab saves in a notebook
	git config --local filter.python-version.clean "$(BIN)/python tests/quiet_git.py"

notebook-diff: .venv/installed  ## in this clone, let git show a notebook as text: cells without outputs
	git config --local diff.notebook.textconv "$(BIN)/jupytext --quiet --from ipynb --to py:percent --opt notebook_metadata_filter=-all --opt cell_metadata_filter=tags --output -"
	git config --local diff.notebook.cachetextconv true

quick: .venv/installed  ## before a commit, in less than a minute: style, types, and the tests of one room (ROOM=core)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(PYTEST) -p tests.before_imports -q -x -n 2 -m "not slow" tests/$(ROOM) src/helpers/$(ROOM) tests/test_rooms.py

docs: .venv/installed  ## the reference of the package from its docstrings, in site/
	$(BIN)/python -m tests.api_reference site

slow: .venv/installed  ## the tests that take minutes
	$(PYTEST) -p tests.before_imports -m slow

bench: .venv/installed  ## speed, as ratios measured in one run
	$(PYTEST) tests/benchmarks --benchmark-only

engines: .venv/engines-installed  ## tests on a real PostgreSQL and a real Spark; needs PostgreSQL's server and Java 17 or newer
	$(PYTEST) -m engines tests/engines

mutants: .venv/installed  ## how many small faults in the code the tests notice; slow, or MODULES="core/results.py"
	$(BIN)/python -m tests.mutation $(MODULES)

peers: .venv/installed  ## the neighbouring libraries that benchmarks compare with, in .peers: needs Python 3.12 or newer
	$(BIN)/python -m tests.benchmarks.peers

notebooks: .venv/installed  ## run every notebook in place and store its outputs
	$(BIN)/python -m tests.stored_outputs write

example: .venv/installed  ## make the committed example report again
	$(BIN)/python -m tests.example_report

lock: .venv/installed  ## resolve the dependencies again; needs uv
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev --extra docs --extra browser pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra postgres --extra spark -c requirements.lock pyproject.toml -o requirements-engines.lock

clean:
	rm -rf .venv .peers .mutants

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed, this is ' + sys.version.split()[0])"
	@echo "Installing the packages that requirements.lock names into .venv: once, and some minutes on a slow line."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch .venv/installed

.venv/engines-installed: .venv/installed requirements-engines.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-engines.lock
	touch .venv/engines-installed
