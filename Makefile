# Needs Python 3.11 or newer, make, and a package index that pip can reach. Nothing else is assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
JOBS ?= 2
READY := $(VENV)/.installed
PEERS := $(VENV)/.installed-bench
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help install demo pilot app browser test film lint format docs bench lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

install: $(READY) ## make .venv ready, exactly as locked (again only when the lock changed)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "trialkit needs Python 3.11 or newer as '$(PYTHON)'; name another with: make PYTHON=python3.12 install"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "this Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV) (once, about a minute) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## run a whole trial from the command line; results in out/
	@$(BIN)/python -m trialkit demo --out $(OUT)

pilot: install ## bring the public CDISC pilot data in and out again: make pilot DATA=folder with dm.csv, vs.csv, ...
	@test -d "$(DATA)" || { echo "say where the files are: make pilot DATA=folder"; exit 1; }
	@$(BIN)/python -m trialkit import rehearse forms/cdisc_pilot $(DATA) --exports exports/cdisc_pilot --out $(OUT)/pilot --zone America/New_York

app: install ## open the reference trial in a browser, with the demo's people to sign in as
	@test -f $(OUT)/demo.db || $(MAKE) --no-print-directory demo
	@$(BIN)/python -m trialkit serve --demo $(OUT)

browser: ## the Chromium that the browser tests drive (asks the machine's package index, if there is none yet)
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
	  echo "installing Chromium (once) ..."; \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium; } >/dev/null || \
	  { echo "there is no Chromium and it could not be installed; as root: apt-get install chromium"; exit 1; }; }

test: lint browser ## everything CI asks for: format, lint, types, tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

film: install browser ## pictures of every role at work in a browser, a folder a story, in out/film
	@FILM=$(abspath $(OUT))/film $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(addprefix tests/browser/test_, \
	  people_at_work.py oversight.py locking.py infusion.py enrolment.py questionnaire.py entry.py second_factor.py)

lint: install ## formatting, ruff and mypy
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy trialkit apps $(wildcard benchmarks)

format: install ## put the code into the agreed form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: install ## write docs/cli.md anew from the commands
	@$(BIN)/python -m tests.cli_page

$(PEERS): $(READY) requirements-bench.lock
	@echo "installing the benchmarks' peers ..."
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

bench: $(PEERS) ## speed and size against the peers, all in one run
	@$(BIN)/python -m benchmarks

COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links
LOCKED := \# Written by `make lock` from pyproject.toml. Every file is checked against its hash.

lock: install ## write both lock files anew from pyproject.toml
	@$(PIP) install uv
	@$(COMPILE) --extra dev --extra postgres --extra pdf --extra app --output-file requirements.lock
	@$(COMPILE) --extra bench --constraints requirements.lock --output-file requirements-bench.lock
	@for lock in requirements.lock requirements-bench.lock; do printf '%s\n' '$(LOCKED)' | cat - $$lock > $$lock.new && mv $$lock.new $$lock; done
	@touch $(READY)

clean: ## remove what make made
	rm -rf $(VENV) $(OUT) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
