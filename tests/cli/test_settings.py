"""Values of iamsql.toml as defaults of options: precedence, organizations, errors and notes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.sync import Options
from tests.minimal_run import GAPS, make_run
from tests.trusted import trust_file

FILE = """
runs = "from-file"
[sync]
profile = "audit"
roles = ["one", "two"]
days = 30
strict = true
regions = ["eu-west-1"]
external_id = "canary-7f3a"
start_date = "2026-01-01"
[organization.prod]
roles = ["own"]
[organization.dev]
runs = "dev-runs"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("IAMSQL_RUNS", "IAMSQL_QUERIES", "IAMSQL_EXTERNAL_ID", "IAMSQL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace the sync by a function that records its options."""
    recorded_options: dict[str, Any] = {}

    def sync(options: Options, _say: Any) -> SimpleNamespace:
        recorded_options.update(vars(options))
        return SimpleNamespace(path=Path("x"), status="incomplete", lines=[], gaps=1)

    monkeypatch.setattr("iamsql.cli.sync.collect", sync)
    return recorded_options


def write(text: str, name: str = "iamsql.toml") -> None:
    Path(name).write_text(text)
    Path(name).chmod(0o600)
    trust_file(Path(name))


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_values_of_the_file_are_defaults(seen: dict[str, Any]) -> None:
    write(FILE.replace('start_date = "2026-01-01"', ""))
    result = run("sync")
    assert (result.exit_code, result.stdout) == (3, "")  # strict
    assert (seen["profile"], seen["roles"], seen["days"]) == ("audit", ("one", "two"), 30)
    assert (seen["external_id"], seen["regions"], seen["runs"]) == ("canary-7f3a", ("eu-west-1",), Path("from-file"))
    assert not seen["given_options"] & {"profile", "roles", "days", "strict", "regions", "external_id", "runs"}


def test_the_command_line_replaces_the_environment_and_this_the_file(
    seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(FILE.replace("days = 30", ""))
    monkeypatch.setenv("IAMSQL_EXTERNAL_ID", "from-env")
    monkeypatch.setenv("IAMSQL_RUNS", "runs-env")
    run("sync", "--role", "typed", "--region", "us-east-1", "--days", "7")
    assert (seen["roles"], seen["regions"], seen["days"]) == (("typed",), ("us-east-1",), 7)
    assert (seen["external_id"], seen["runs"], seen["profile"]) == ("from-env", Path("runs-env"), "audit")
    run("sync", "--runs", "typed-runs", "--profile", "p")
    assert (seen["external_id"], seen["runs"], seen["profile"]) == ("from-env", Path("typed-runs"), "p")


@pytest.mark.parametrize(
    ("text", "args", "expected"),
    [
        ("start_date = 2026-01-01", ("--days", "7"), {"days": 7, "start_date": None}),
        ("end_date = 2026-01-01", ("--days", "7"), {"days": 7, "end_date": None}),
        ("days = 30\nfresh = true", (), {"days": 30, "fresh": True}),
    ],
)
def test_an_option_replaces_the_options_of_the_file_that_exclude_it(
    seen: dict[str, Any], text: str, args: tuple[str, ...], expected: dict[str, Any]
) -> None:
    write(f"[sync]\n{text}\n")
    assert run("sync", *args).exit_code == 0
    assert {name: seen[name] for name in expected} == expected


def test_the_file_is_that_of_the_option_or_the_environment_or_the_working_folder(
    seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("iamsql", "env", "typed"):
        write(f"[sync]\nprofile = '{name}'\n", f"{name}.toml")
    notes = run("sync").stderr
    assert (seen["profile"], notes) == ("iamsql", "./iamsql.toml sets sync.profile.\n")
    monkeypatch.setenv("IAMSQL_CONFIG", "env.toml")
    assert (run("sync").stderr, seen["profile"]) == ("", "env")
    assert (run("sync", "--config", "typed.toml").stderr, seen["profile"]) == ("", "typed")
    assert (run("sync", "--config", os.devnull).exit_code, seen["profile"]) == (0, None)
    missing = run("sync", "--config", "none.toml")
    assert (missing.exit_code, missing.stderr) == (2, "Error: cannot read none.toml: No such file or directory\n")


def test_a_note_lists_the_values_that_apply(seen: dict[str, Any]) -> None:
    write(FILE.replace("days = 30", "").replace('start_date = "2026-01-01"', ""))
    assert run("sync", "--role", "x", "--days", "7", "--runs", "r").stderr == (
        "./iamsql.toml sets sync.profile, sync.strict, sync.regions and sync.external_id.\n"
    )
    assert run("sync", "-q").stderr == ""
    assert "organization.prod.roles" in run("sync", "--organization", "prod").stderr
    assert "canary" not in run("sync").stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sync]\naccounts = ['1']", "iamsql.toml: sync.accounts takes an account ID of 12 digits, not '1'."),
        ("[sync]\nregions = ['all', 'eu-west-1']", "iamsql.toml: sync.regions all cannot be combined"),
        ("[sync]\nstates = ['active']", "iamsql.toml: sync.states: 'active' is not one of 'PENDING_ACTIVATION'"),
        ("[sync]\nstart_date = 'x'", "iamsql.toml: sync.start_date takes a date such as 2026-03-01, not 'x'."),
        ("[sync]\nmax_calls = 0", "iamsql.toml: sync.max_calls: 0 is not in the range x>=1."),
        (
            "[sync]\nexternal_id = 'canary 7f3a'",
            "iamsql.toml: sync.external_id takes 2 to 1224 letters",
        ),
        ("[organization.prod]\naccounts = ['1']", "iamsql.toml: organization.prod.accounts takes an account ID"),
    ],
)
def test_a_value_that_the_option_refuses_is_an_error_with_file_and_key(
    seen: dict[str, Any], text: str, message: str
) -> None:
    write(text)
    result = run("sync", *(["--organization", "prod"] if "prod" in text else []))
    assert result.exit_code == 2 and result.stderr.startswith(f"Error: {message}") and not seen
    assert "canary" not in result.stderr and "--" not in result.stderr.replace("--config", "")


@pytest.mark.slow
def test_each_command_takes_its_section(monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(Path("runs") / "20260301T100000Z-o-1.duckdb", GAPS)
    write('runs = "runs"\n[check]\nbenchmarks = ["root_mfa", "mfa"]\nseverity = "hgih"\n[report]\ntrend = 99\n')
    assert run("query", "select 1 as a", "-o", "csv").stdout == "a\n1\n"
    assert "check.severity: 'hgih' is not one of" in run("check").stderr
    assert run("report", "x.html").stderr.startswith("Error: iamsql.toml: report.trend: 99 is not in the range")
    write('runs = "runs"\n[check]\nbenchmarks = ["no_such"]\n')
    assert "no benchmark, control, tag or detection named 'no_such'" in run("check").stderr
    assert "named 'typed'" in run("check", "typed").stderr


@pytest.mark.slow
def test_the_runs_folder_of_an_organization(seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILE.replace("days = 30", ""))
    expected = {"prod": "from-file/prod", "dev": "dev-runs"}
    for name, folder in expected.items():
        for args in (("--organization", name), ("--organization", name, "--config", "iamsql.toml")):
            run("sync", *args)
            assert seen["runs"] == Path(folder)
        make_run(Path(folder) / "20260301T100000Z-o-1.duckdb", GAPS)
        assert "20260301T100000Z-o-1" in run("runs", "--organization", name).stdout
        assert "20260301T100000Z-o-1" in run("runs", "--organization", name, "list").stdout
        assert "20260301T100000Z-o-1" in run("runs", "list", "--organization", name).stdout
        assert run("query", "select 1", "--organization", name).exit_code == 0
    assert "20260301T100000Z-o-1" not in run("runs").stdout
    run("sync", "--runs", "typed", "--organization", "dev")
    assert seen["runs"] == Path("typed/dev")
    monkeypatch.setenv("IAMSQL_RUNS", "env")
    run("sync", "--organization", "prod")
    assert seen["runs"] == Path("env/prod")
    monkeypatch.delenv("IAMSQL_RUNS")
    assert "20260301T100000Z-o-1" in run("runs", "--runs", "from-file", "list", "--organization", "prod").stdout


def test_without_runs_an_organization_has_a_folder_in_the_data_folder(
    seen: dict[str, Any], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamsql.runs.directory.user_data_dir", lambda *_, **__: str(here / "data"))
    write("[organization.prod]\n")
    run("sync", "--organization", "prod")
    assert seen["runs"] == here / "data" / "runs" / "prod"


def test_an_unknown_organization_is_an_error(seen: dict[str, Any]) -> None:
    assert "--organization prod needs a configuration file" in run("sync", "--organization", "prod").stderr
    write(FILE)
    result = run("sync", "--organization", "prdo")
    assert (result.exit_code, result.stderr) == (2, "Error: iamsql.toml: no [organization.prdo]; did you mean prod?\n")
    assert not seen


@pytest.mark.slow
def test_folders_of_queries(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("file", "env", "typed"):
        (here / name).mkdir()
        (here / name / f"of_{name}.sql").write_text("-- title: T\nselect 1")
    write('queries = ["file"]\n')

    def listed(*args: str) -> set[str]:
        result = run("queries", "-o", "csv", *args)
        assert result.exit_code == 0, result.stderr
        return {name for name in ("file", "env", "typed") if f"of_{name}," in result.stdout}

    assert listed() == {"file"}
    assert listed("--queries", "typed") == {"typed"}
    monkeypatch.setenv("IAMSQL_QUERIES", f"env{os.pathsep}")
    assert listed() == {"env"}
    assert listed("--queries", "typed") == {"env", "typed"}


@pytest.mark.slow
def test_without_a_file_its_reader_is_not_imported(here: Path) -> None:
    code = (
        "import sys\nfrom iamsql.cli import main\ntry: main(['runs'])\nexcept SystemExit: pass\n"
        "print([name for name in ('iamsql.catalog.settings.read', 'iamsql.catalog.settings.declarations') if name in sys.modules])"
    )
    for text, expected in (
        ("", "[]"),
        ("runs = 'r'", "['iamsql.catalog.settings.read', 'iamsql.catalog.settings.declarations']"),
    ):
        if text:
            write(text)
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert result.stdout.splitlines()[-1] == expected
