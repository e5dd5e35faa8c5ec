# Each target first creates a virtual environment in .venv, with the exact versions of constraints.txt.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
BIN := .venv/bin
READY := .venv/.ready
JOBS ?= 2
DEMO := build/demo
COMPILED := botocore boto3 click duckdb sqlglot jinja2 rich urllib3 filelock platformdirs wcwidth prompt_toolkit dateutil jmespath
COGGED := README.md docs/*.md docs/guide/*.md docs/reference/*.md
# The demo uses .venv if it is ready, else a virtual environment without development tools.
DEMO_VENV := $(if $(wildcard $(READY)),.venv,build/demo-venv)
IAMSQL := $(DEMO_VENV)/bin/iamsql
# Without the bytecode of the tests, each process would compile them and rewrite their assertions: 12 seconds of CPU time.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV := build/uv/bin/uv --quiet --no-cache pip compile --universal --python-version 3.11 --constraint constraints.txt \
	--upgrade --generate-hashes --no-annotate --custom-compile-command 'make requirements'
# The time of the last commit makes archives and the SBOM reproducible; a source tree without git has a fixed time.
EPOCH = $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)

.PHONY: help demo test test-changed test-random test-readme test-slow test-all sail certify certify-spark expected clients facts screenshot recording matrices check check-static bench lock requirements dist docs site site-tools format clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 14

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "iamsql needs Python 3.11 or later; give its path with make PYTHON=…" >&2; exit 2; }
	$(PYTHON) -m venv --clear .venv
	@# The pip of Python 3.11 takes half a minute of CPU time longer for the rest.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --upgrade pip hatchling
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt --no-build-isolation -e '.[dev]'
	@# Tests start hundreds of processes, each of which would compile these modules where PYTHONDONTWRITEBYTECODE is set.
	$(BIN)/python -m compileall -q iamsql $(addprefix .venv/lib/python*/site-packages/,$(COMPILED))
	@touch $@

build/demo-venv/.ready: pyproject.toml requirements.txt requirements-build.txt
	@test -n "$(PYTHON)" || { echo "iamsql needs Python 3.11 or later; give its path with make PYTHON=…" >&2; exit 2; }
	$(PYTHON) -m venv --clear build/demo-venv
	build/demo-venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--require-hashes --only-binary :all: -r requirements.txt -r requirements-build.txt
	build/demo-venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(DEMO_VENV)/.ready ## collect a sample organization without AWS, and query it
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@echo; echo "1. Collect a sample organization of 16 accounts. No AWS account is involved."
	$(IAMSQL) sync --demo --runs $(DEMO)
	@echo; echo "2. List the oldest access keys."
	$(IAMSQL) query --runs $(DEMO) \
		"select account_name, user_name, age_days, unused_days from stale_keys() order by age_days desc limit 5"
	@echo; echo "3. List users with administrator permissions, and why they have them."
	$(IAMSQL) query --runs $(DEMO) \
		"select account_name, split_part(principal, '/', -1) as user_name, reason from admins() where principal like '%:user/%' limit 5"
	@echo; echo "4. List the accounts that the answers lack."
	$(IAMSQL) query --runs $(DEMO) --quiet \
		"select account_id, state, outcome, left(reason, 44) as reason from skipped_accounts()"
	@echo; echo "5. Write the audit report as CSV: a row for each user and access key, with 34 columns."
	$(IAMSQL) query --runs $(DEMO) --quiet audit_report --export $(DEMO)/audit_report.csv
	@echo; echo "6. Write the run as one HTML page."
	$(IAMSQL) report --runs $(DEMO) --quiet $(DEMO)/report.html
	@echo; echo "Open the page in a browser: file://$(CURDIR)/$(DEMO)/report.html"
	@echo "The run file and audit_report.csv are also in $(DEMO). Next:"
	@printf '  %-62s %s\n' "$(IAMSQL) queries" "list the shipped queries" \
		"$(IAMSQL) check cis_v3.0 --runs $(DEMO)" "evaluate a benchmark" \
		"$(IAMSQL) query --runs $(DEMO)" "write SQL at a prompt" \
		"$(IAMSQL) sync" "collect your own organization"

test: $(READY) ## run the quick tests: four minutes on two cores
	$(PYTEST)

test-random: $(READY) ## run the quick tests in a random order, beside two busy processes: no test depends on either
	for number in 1 2; do while :; do :; done & done; trap 'kill $$(jobs -p)' EXIT; $(PYTEST) -p randomly

test-changed: $(READY) ## run the quick tests of what differs from the upstream branch: about a minute; SINCE=main names another
	$(BIN)/python -m tests.changed $(SINCE) -- $(PYTEST)

test-readme: $(READY) ## run the commands of README in order
	$(PYTEST) -m slow -k "README.md" tests/test_readme.py

test-slow: $(READY) sail site-tools ## run the slow tests of one of seventeen parts: PART=1 to PART=17, or the part of the last commit
	IAMSQL_TEST_PART=$(or $(PART),commit) $(PYTEST) -m "slow and not lists"

test-all: $(READY) sail site-tools ## run all tests, an hour and a half; PART=1 to PART=17 runs one of seventeen parts of them
	IAMSQL_FUZZ=100 IAMSQL_TEST_PART=$(PART) $(PYTEST) -m "slow or not slow"

sail: $(READY) # a Spark Connect server in Python, and its client, which the slow tests of engines need
	$(PIP) install -c constraints.txt -e '.[sail,notebooks]'

certify: $(READY) sail ## write the list of queries whose answers on Sail equal DuckDB's
	$(BIN)/python -m tests.lake.engines.certify sail

certify-spark: $(READY) ## write the same list for Apache Spark; needs Java 17, and installs PySpark in build
	$(PYTHON) -m venv --clear build/spark
	build/spark/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' 'pyspark[connect]==4.2.*' 'pandas<3'
	build/spark/bin/python -m tests.lake.engines.certify spark

expected: $(READY) ## write the expected answers of queries, controls, diff, check and terminals over the sample organization
	$(BIN)/python -m tests.queries.test_queries
	$(BIN)/python -m tests.controls.test_controls
	$(BIN)/python -m tests.check.diff.test_resources
	$(BIN)/python -m tests.cli.test_terminal
	$(BIN)/python -m tests.check.test_terminal_tree
	$(BIN)/python -m tests.tables.permissions.test_blocks

clients: $(READY) ## write the list of what each version of DuckDB reads of a run file; installs them in build
	$(BIN)/python -m tests.slow.clients

facts: $(READY) ## rebuild the facts about AWS, print what changes, and list those that a person has to check
	$(BIN)/python -m aws_facts

screenshot: $(READY) ## write the picture of the report in README; needs Chromium
	$(BIN)/python -m tests.report.html.screenshot

recording: $(READY) ## write the animation of commands in README
	$(BIN)/python -m tests.cli.recording

matrices: $(READY) ## test each AWS call with each kind of fault, and the controls with each call denied in each account: half an hour
	IAMSQL_TEST_WHOLE=1 $(PYTEST) -m "slow or not slow" tests/sync/faults tests/controls/test_denied.py

check: check-static test ## run everything that must pass before a change is merged

check-static: $(READY) ## check format, lint, types, import contracts, generated documentation and prose
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog -I docs --check $(COGGED)
	$(BIN)/python docs/pages.py --check
	$(BIN)/python docs/data_model.py --check
	$(BIN)/python docs/prose.py

bench: $(READY) ## measure speed and memory, half an hour; BENCH has options and names: make bench BENCH='--save sync cpu'
	$(BIN)/python -m benchmarks $(BENCH)

lock: $(READY) ## write the hashes of queries to queries/catalog.lock
	$(BIN)/python -c 'from iamsql.catalog import load, lock_text, shipped_folder as home; \
		(home() / "catalog.lock").write_text(lock_text(load([home()])))'

requirements: $(READY) ## write the hashes of the three files of requirements, with the versions of constraints.txt
	$(BIN)/python -m venv --clear build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	$(UV) pyproject.toml --output-file requirements.txt
	printf '%s\n' hatchling duckdb | $(UV) - --output-file requirements-build.txt
	printf '%s\n' mkdocs==1.6.1 'mkdocs-material==9.*' | $(UV) - --output-file docs/site-requirements.txt

dist: $(READY) ## build the wheel and the source distribution, with bill of materials (CycloneDX) and SHA256SUMS, in dist
	rm -rf dist
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/python -m hatchling build -d dist
	$(BIN)/python -m venv --clear --without-pip build/sbom
	$(PIP) --python build/sbom/bin/python install --only-binary :all: --require-hashes -r requirements.txt
	$(PIP) --python build/sbom/bin/python install --no-index --no-deps dist/*.whl
	sed "s/^dynamic = .*/version = \"$$($(BIN)/python -m hatchling version)\"/" pyproject.toml > build/sbom/pyproject.toml
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/cyclonedx-py environment --output-reproducible --spec-version 1.6 \
		--pyproject build/sbom/pyproject.toml --output-file dist/sbom.cdx.json build/sbom/bin/python
	cd dist && sha256sum -- *.whl *.tar.gz sbom.cdx.json > SHA256SUMS

docs: $(READY) ## generate blocks of the documentation, and the pages of tables and queries
	$(BIN)/cog -I docs -r $(COGGED)
	$(BIN)/python docs/pages.py
	$(BIN)/python docs/data_model.py

site-tools: build/site-venv/.ready ## install what builds the documentation site, in build/site-venv

build/site-venv/.ready: docs/site-requirements.txt
	@test -n "$(PYTHON)" || { echo "iamsql needs Python 3.11 or later; give its path with make PYTHON=…" >&2; exit 2; }
	$(PYTHON) -m venv --clear build/site-venv
	build/site-venv/bin/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --only-binary :all: -r docs/site-requirements.txt
	@touch $@

site: $(READY) site-tools ## build the documentation site in build/site, with the demo report and the demo run file
	rm -rf build/site build/site-demo && mkdir -p build/site-demo
	$(BIN)/iamsql sync --demo --day 2 --quiet --runs build/site-demo/runs
	$(BIN)/iamsql sync --demo --day 3 --trail auto --quiet --runs build/site-demo/runs
	$(BIN)/iamsql report --quiet --runs build/site-demo/runs build/site-demo/report.html
	cp "$$($(BIN)/iamsql runs show latest --runs build/site-demo/runs | awk '$$1 == "path" {print $$2}')" build/site-demo/demo.duckdb
	NO_MKDOCS_2_WARNING=1 build/site-venv/bin/mkdocs build --strict
	@echo "Open the site with: build/site-venv/bin/python -m http.server -d build/site"

format: $(READY) ## format the code, and fix lint errors that ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## delete the virtual environment, caches and build results
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
