# The commands of this project. `make demo` and `make test` need only Python 3.11 or later, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Servers that are not ours, for tests; beside the packages of the service, not among them.
THIRD_PARTY := tests/conformance/third_party/requirements.lock
PROVIDER := tests/endpoints/provider/requirements.lock

# Changes the code, to see whether a test notices. Not among the packages of the service either.
MUTMUT := mutmut==3.8.1

.PHONY: demo serve test check format profiles client collection languages package bench mutate install stop clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml clients/python/pyproject.toml $(THIRD_PARTY) $(PROVIDER)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'This needs Python 3.11 or later, and $(PYTHON) is not that. Install it, or say'; \
	  echo 'what it is called: make $(or $(MAKECMDGOALS),install) PYTHON=python3.11'; \
	  exit 1; } >&2
	@echo 'Fetching what the service needs into $(VENV)/. This takes a minute or two.'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e clients/python
	rm -rf $(VENV)/third-party $(VENV)/provider
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --target $(VENV)/third-party -r $(THIRD_PARTY)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --target $(VENV)/provider -r $(PROVIDER)
	touch $@

demo: install
	$(BIN)/whatmatters serve --demo

serve: install
	$(BIN)/whatmatters serve

stop: install
	$(BIN)/whatmatters stop

test: install
	$(BIN)/pytest -q -n 2 --dist loadfile

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

profiles: install
	$(BIN)/python -m app.fhir.snapshot
	$(BIN)/python -m app.cli.guide

client: install
	$(BIN)/python -m clients.make client

collection: install
	$(BIN)/python -m clients.make collection

languages: install
	$(BIN)/python -m tests.languages

package: install
	$(BIN)/whatmatters package

bench: install
	$(BIN)/python -m benchmarks

# What to mutate, and which tests are asked, stands in pyproject.toml: docs/mutation.md.
mutate: install
	rm -rf mutants $(VENV)/mutation
	$(BIN)/pip install --quiet --disable-pip-version-check --target $(VENV)/mutation $(MUTMUT)
	PYTHONPATH=$(VENV)/mutation nice $(BIN)/python -m mutmut run --max-children 1
	PYTHONPATH=$(VENV)/mutation $(BIN)/python -m mutmut results

clean:
	rm -rf $(VENV) build dist mutants *.egg-info
