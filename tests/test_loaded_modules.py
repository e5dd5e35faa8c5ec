"""Deferred imports: run commands in a process, and compare the modules that they load with what they need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

AWS = {"boto3", "botocore"}
LARGE = {
    "sqlglot",
    "jinja2",
    "prompt_toolkit",
    "rich",
    "xlsxwriter",
    "yaml",
    "mcp",
    "sigma",
    "pyspark",
    "pandas",
    "polars",
    "tomllib",
}
WRITERS = {"iamsql.sync", "iamsql.lake", "iamsql.automation", "iamsql.demo"}
ANSWERS = {
    "iamsql.report",
    "iamsql.check.controls",
    "iamsql.check.diff",
    "iamsql.query.shell",
    "iamsql.query.export",
    "iamsql.api.mcp_server",
}
DECLARATIONS = {"iamsql.tables.aws_iam_user", "iamsql.tables.aws_sqs_queue", "iamsql.runs.file.build_template"}
CLI = "from iamsql.__main__ import main; main()"
# A command, and the packages and modules that it must not load. RUNS is a folder with a run of the sample organization.
COMMANDS: dict[str, set[str]] = {
    "--version": {"click", "duckdb", "iamsql.cli", "iamsql.api", *AWS, *LARGE},
    "--help": {"duckdb", "iamsql.api", "iamsql.catalog", "iamsql.cli.query", *AWS, *LARGE, *WRITERS},
    "query --runs RUNS stale_keys": {*AWS, *LARGE, *WRITERS, *ANSWERS, *DECLARATIONS, "urllib3"},
    "query --runs RUNS stale_keys -o json": {*AWS, *LARGE, *WRITERS, *ANSWERS, *DECLARATIONS, "wcwidth"},
    "queries": {"duckdb", *AWS, *LARGE, *WRITERS, *ANSWERS},
    "check --runs RUNS root_mfa": {*AWS, *LARGE - {"tomllib"}, *WRITERS, "iamsql.report", "iamsql.query.shell"},
    "runs list --runs RUNS": {*AWS, *LARGE, *WRITERS, *ANSWERS, *DECLARATIONS},
    "role": {"boto3", *LARGE, "iamsql.lake", "iamsql.demo", "iamsql.report"},
    "diff --runs RUNS": {*AWS, *LARGE, *WRITERS, "iamsql.report"},
    "sync --help": {"duckdb", *LARGE, "iamsql.lake", "iamsql.demo"},
    "report --help": {*AWS, *WRITERS},
    "lake list --lake none": {*AWS, "sqlglot", "pyspark", "iamsql.sync", "iamsql.report"},
}
API: dict[str, set[str]] = {
    "import iamsql": {"duckdb", "click", "iamsql.api", "iamsql.model"},
    "import iamsql; iamsql.open": {"click", *AWS, *LARGE, *WRITERS, *ANSWERS},
    "import iamsql; iamsql.IamsqlError": {"click", *AWS, *LARGE},
    "import iamsql; iamsql.collect": {"click", *AWS, *LARGE, *WRITERS, *ANSWERS},
    "import iamsql.check.testing.pytest_plugin": {"duckdb", "iamsql.query", "iamsql.catalog", *AWS, *LARGE},
}


def loaded(code: str, *arguments: str) -> set[str]:
    """Return the modules that a process has loaded when its code has run."""
    hook = f"import atexit, json, sys; atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr)); {code}"
    result = subprocess.run([sys.executable, "-c", hook, *arguments], capture_output=True, text=True, timeout=120)
    modules: list[str] = json.loads(result.stderr.splitlines()[-1])
    return set(modules)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_only_what_it_needs(command: str, demo_run: Path) -> None:
    arguments = [str(demo_run.parent) if word == "RUNS" else word for word in command.split()]
    assert loaded(CLI, *arguments) & COMMANDS[command] == set()


@pytest.mark.parametrize("code", API)
def test_the_python_api_loads_only_what_it_needs(code: str) -> None:
    assert loaded(code) & API[code] == set()


def test_the_modules_of_the_tables_exist() -> None:
    """A misspelled or renamed module would never be loaded."""
    names = {name for names in (*COMMANDS.values(), *API.values()) for name in names if name.startswith("iamsql")}
    code = "import importlib.util as u, sys; print([n for n in sys.argv[1:] if u.find_spec(n) is None])"
    result = subprocess.run([sys.executable, "-c", code, *sorted(names)], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
