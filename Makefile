# Each target sets up what it needs by itself: a venv in .venv, with the exact versions of constraints.txt.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && break; done)
BIN := .venv/bin
READY := .venv/.ready
JOBS ?= 2
DEMO := build/demo
IAMSQL := $(BIN)/iamsql

.PHONY: help demo test faults check check-static bench lock docs format clean

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 14

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "iamsql needs Python 3.11 or later; name yours with make PYTHON=…" >&2; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt hatchling
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@

demo: $(READY) ## a made-up organization, collected and asked
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	$(IAMSQL) sync --demo --runs $(DEMO)
	$(IAMSQL) query audit_report --runs $(DEMO)
	$(IAMSQL) query stale_keys --runs $(DEMO)
	$(IAMSQL) query skipped_accounts --runs $(DEMO)
	$(IAMSQL) query root_keys --runs $(DEMO)
	$(IAMSQL) query audit_report --runs $(DEMO) --export $(DEMO)/audit_report.csv
	@echo "The run file and the CSV are in $(DEMO)." >&2

test: $(READY) ## every test
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal

faults: $(READY) ## every call of AWS under every kind of fault, and a sync killed at fifty moments: half an hour
	IAMSQL_FAULTS=full $(BIN)/python -m pytest -q -n $(JOBS) tests/faults tests/resume/test_kill.py

check: check-static test ## everything that must hold before a change lands

check-static: $(READY) ## format, lint, types, walls between rooms, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog -I docs --check README.md
	$(BIN)/python docs/pages.py --check

bench: $(READY) ## what is slow, measured
	$(BIN)/python -m benchmarks

lock: $(READY) ## note the queries' versions in queries/catalog.lock, and the template's digest in iamsql/template.sha256
	$(BIN)/python -c 'from iamsql.catalog import load, lock_text, shipped_folder as home; \
		(home() / "catalog.lock").write_text(lock_text(load([home()])))'
	$(BIN)/python -c 'from pathlib import Path; from iamsql import template; \
		Path("iamsql", template.DIGESTS).write_text(template.digest_line())'

docs: $(READY) ## write the generated parts of the README, and the pages of tables and queries, again
	$(BIN)/cog -I docs -r README.md
	$(BIN)/python docs/pages.py

format: $(READY) ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## forget the venv and all that was built
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
