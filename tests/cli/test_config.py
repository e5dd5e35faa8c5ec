"""`iamsql config`: values with their origin, without secrets, and the JSON Schema."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from iamsql.catalog.settings.json_schema import json_schema
from iamsql.cli import main

FILE = """
runs = "data"
mutes = ["mutes.csv"]
[sync]
roles = ["one", "two"]
external_id = "canary-7f3a"
strict = true
[notify]
to = ["slack:env:CANARY", "webhook:https://example.com/canary", "teams"]
link = "https://example.com/canary"
[organization.prod]
roles = ["own"]
days = 7
[args.stale_keys]
days = 45
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("IAMSQL_RUNS", "IAMSQL_QUERIES", "IAMSQL_EXTERNAL_ID", "IAMSQL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(text: str, name: str = "iamsql.toml") -> None:
    Path(name).write_text(text)
    Path(name).chmod(0o600)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def shown(*args: str) -> dict[str, tuple[str, str]]:
    result = run("config", "show", "-o", "csv", *args)
    assert result.exit_code == 0, result.output
    return {row["setting"]: (row["value"], row["origin"]) for row in csv.DictReader(io.StringIO(result.stdout))}


def test_each_setting_has_a_value_and_an_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILE)
    monkeypatch.setenv("IAMSQL_QUERIES", str(Path.cwd()))
    settings = shown()
    assert settings["runs"] == ("data", "iamsql.toml")
    assert settings["queries"] == (str(Path.cwd()), "environment variable IAMSQL_QUERIES")
    assert settings["sync.roles"] == ("one, two", "iamsql.toml")
    assert (settings["sync.strict"], settings["sync.fresh"]) == (("true", "iamsql.toml"), ("false", "default"))
    assert settings["report.benchmarks"] == ("iamsql", "default")
    assert settings["mutes"] == ("mutes.csv", "iamsql.toml")
    assert settings["args.stale_keys.days"] == ("45", "iamsql.toml")


@pytest.mark.slow
def test_values_of_one_command_and_of_an_organization() -> None:
    write(FILE)
    settings = shown("sync", "--organization", "prod")
    assert settings["sync.roles"] == ("own", "iamsql.toml: organization.prod.roles")
    assert settings["sync.days"] == ("7", "iamsql.toml: organization.prod.days")
    assert settings["runs"] == ("data/prod", "iamsql.toml")
    assert not [name for name in settings if name.startswith(("check.", "args."))]
    assert {"runs", "queries", "timeout", "memory", "csv_safe", "mutes", "args.stale_keys.days"} == shown(
        "query"
    ).keys()
    assert "Error: There is no command 'snyc'." in run("config", "show", "snyc").stderr


@pytest.mark.slow
def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILE)
    for output, origin in (("csv", "iamsql.toml"), ("table", "environment variable IAMSQL_EXTERNAL_ID")):
        if output == "table":
            monkeypatch.setenv("IAMSQL_EXTERNAL_ID", "canary-from-env")
        result = run("config", "show", "-o", output)
        (line,) = [line for line in result.stdout.splitlines() if "sync.external_id" in line]
        assert "canary" not in result.output.lower() and "(set)" in line and origin in line
    if "notify" in main.list_commands(click.Context(main)):
        assert shown()["notify.to"][0] == "slack:…, webhook:…, teams"


@pytest.mark.slow
def test_showing_validates_the_file() -> None:
    for text, message in (
        ("[sync]\nroels = []", "iamsql.toml: sync.roels: unknown key"),
        ("[report]\ntrend = 99", "iamsql.toml: report.trend: 99 is not in the range"),
        ("[args.stale_kyes]\ndays = 1", "iamsql.toml: args.stale_kyes: no query of that name"),
        ("[args.stale_keys]\ndays = 'x'", "iamsql.toml: args.stale_keys.days"),
    ):
        write(text)
        result = run("config", "show")
        assert (result.exit_code, result.stdout) == (2, "") and message in result.stderr


@pytest.mark.slow
def test_the_file_is_named_on_stderr() -> None:
    assert run("config", "show").stderr == "There is no ./iamsql.toml.\n"
    write("runs = 'x'", "own.toml")
    result = run("config", "show", "--config", "own.toml")
    assert (result.stderr, shown("--config", "own.toml")["runs"]) == ("Read own.toml.\n", ("x", "own.toml"))
    assert run("config", "show", "--config", "own.toml", "-q").stderr == ""


def test_the_schema_is_printed() -> None:
    assert json.loads(run("config", "schema").stdout) == json_schema()
