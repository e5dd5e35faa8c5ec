"""Commands ask before they use a setting of ./iamsql.toml that needs trust, and refuse it where nobody can answer."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from iamsql.catalog.settings import trust
from iamsql.catalog.settings.declarations import ANY, INSIDE, SETTINGS, Setting
from iamsql.cli import COMMANDS, main
from iamsql.cli.settings import find_parameter

FILE = (
    "[sync]\nroles = ['attacker']\n[notify]\nto = ['webhook:https://attacker.example/']\n[check]\nseverity = 'high'\n"
)
REFUSED = (
    "Error: ./iamsql.toml sets sync.roles, notify.to. A file that nobody named may do so only if you trust it.\n"
    "Read the file, then run: iamsql config trust. Or name it: --config ./iamsql.toml\n"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in somebody else's folder, with an empty list of trusted files."""
    monkeypatch.setattr(trust, "user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    for name in ("IAMSQL_RUNS", "IAMSQL_QUERIES", "IAMSQL_EXTERNAL_ID", "IAMSQL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "theirs").mkdir()
    monkeypatch.chdir(tmp_path / "theirs")
    return tmp_path


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Replace the function that makes a sync, and return its options."""
    recorded: list[Any] = []

    def collect(options: Any, _say: Any) -> None:
        recorded.append(options)
        raise SystemExit(0)

    monkeypatch.setattr("iamsql.cli.sync.collect", collect)
    return recorded


def write(text: str) -> None:
    Path("iamsql.toml").write_text(text)
    Path("iamsql.toml").chmod(0o600)


def run(*args: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, list(args), input=answer)


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.cli.trust.is_interactive", lambda: True)


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        if command is not None:
            yield (*words, name), command


def uses() -> Iterator[Any]:
    """Yield the words of a command and a setting that needs trust, for each that the command would take from the file."""
    for words, command in commands(main):
        if words[0] == "config":
            continue
        for setting in SETTINGS:
            section = {"doctor": "sync"}.get(words[0], words[0]) if len(words) == 1 else ""
            callbacks = [
                param.name for param in command.params if getattr(param.callback, "__name__", "") == "choose_file"
            ]
            is_used = setting.section in ("", section) and find_parameter(command, setting.option) is not None
            if setting.trust != ANY and callbacks and is_used:
                yield pytest.param(words, setting, id=f"{' '.join(words)} {setting.name}")


def test_the_commands_that_take_settings() -> None:
    covered = {item.values[1].name for item in uses()}
    assert covered == {setting.name for setting in SETTINGS if setting.trust != ANY}
    assert {item.values[0][0] for item in uses()} >= {
        "sync",
        "doctor",
        "notify",
        "run",
        "runs",
        "query",
        "check",
        "report",
    }
    assert {words[0] for words, _ in commands(main)} == set(COMMANDS)


@pytest.mark.parametrize(("words", "setting"), list(uses()))
def test_a_setting_of_a_file_that_nobody_named_is_refused(here: Path, words: tuple[str, ...], setting: Setting) -> None:
    value = f'"{here}"' if setting.trust == INSIDE else setting.example
    write(f"{f'[{setting.section}]' if setting.section else ''}\n{setting.key} = {value}\n")
    result = run(*words, "x")  # without an argument, some commands print their help
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        f"Error: ./iamsql.toml sets {setting.name}. A file that nobody named may do so only"
    )
    assert result.stderr.endswith("run: iamsql config trust. Or name it: --config ./iamsql.toml\n")
    assert sorted(path.name for path in here.rglob("*")) == ["iamsql.toml", "theirs"]


def test_other_commands_and_harmless_settings_work_without_a_question(seen: list[Any]) -> None:
    write("runs = 'runs'\n" + FILE)
    assert run("tables", "aws_iam_user").exit_code == run("check", "--list").exit_code == 0
    write("runs = 'runs'\n[sync]\ndays = 7\n[notify]\nto = ['slack']\n")
    result = run("sync")
    assert (result.exit_code, result.stderr) == (0, "./iamsql.toml sets runs and sync.days.\n")
    assert (seen[0].days, seen[0].runs) == (7, Path("runs"))


def test_a_person_is_asked_once_for_the_content(seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILE)
    assert (run("sync").stderr, seen) == (REFUSED, [])
    at_a_terminal(monkeypatch)
    refused = run("sync", answer="\n")
    assert refused.exit_code == 2 and not seen
    assert "./iamsql.toml sets sync.roles, notify.to. Trust this file? [y/N]" in refused.stderr
    assert refused.stderr.endswith(f"You do not trust ./iamsql.toml.\nRun without it: --config {os.devnull}\n")
    assert run("sync", answer="y\n").exit_code == 0 and seen[0].roles == ("attacker",)
    assert run("sync").stderr == "./iamsql.toml sets sync.roles.\n" and len(seen) == 2
    assert "Trust this file" not in run("notify").stderr
    write(FILE.replace("'attacker'", "'other'"))
    assert "Trust this file" in run("sync").stderr and len(seen) == 2


def test_a_named_file_is_trusted(seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILE)
    assert run("sync", "--config", "./iamsql.toml").exit_code == 0 and seen.pop().roles == ("attacker",)
    monkeypatch.setenv("IAMSQL_CONFIG", "iamsql.toml")
    assert run("sync").exit_code == 0 and seen.pop().roles == ("attacker",)


def test_the_organizations_of_a_file_are_asked_about_together(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[organization.prod]\ndays = 7\n[organization.dev]\nprofile = 'attacker'\n[organization.dev.run]\nkeep = 1\n")
    started: list[list[str]] = []

    def run_organizations(arguments: list[str], *_: Any, **__: Any) -> list[Any]:
        started.append(arguments)
        return []

    monkeypatch.setattr("iamsql.cli.run_all.run_organizations", run_organizations)
    for command in ("sync", "run"):
        result = run(command, "--all")
        assert result.exit_code == 2 and "sets organization.dev.profile, organization.dev.run.keep." in result.stderr
    assert run("sync", "--organization", "dev").exit_code == 2
    assert run("runs", "--organization", "prod").exit_code == 0 and not started
    at_a_terminal(monkeypatch)
    run("run", "--all", answer="y\n")
    assert len(started) == 1 and trust.trusted_files()


def test_a_runs_folder_of_an_organization_outside_needs_trust(here: Path) -> None:
    write(f"[organization.prod]\nruns = '{here}/mine'\n")
    for arguments in (
        ("runs", "--organization", "prod", "list"),
        ("runs", "list", "--organization", "prod"),
        ("query", "x"),
    ):
        options = () if "--organization" in arguments else ("--organization", "prod")
        result = run(*arguments, *options)
        assert result.exit_code == 2 and "sets organization.prod.runs. A file" in result.stderr


def listed() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run("config", "trust", "--list", "-o", "csv").stdout)))


def test_config_trust_remembers_lists_and_removes(here: Path, seen: list[Any]) -> None:
    path = str(here.resolve() / "theirs/iamsql.toml")
    assert run("config", "trust").exit_code == 2 and listed() == []
    write(FILE)
    assert run("config", "trust").stderr == f"Trusted {path}, which sets sync.roles, notify.to.\n"
    assert run("sync").exit_code == 0 and listed() == [{"file": path, "state": "trusted"}]
    write(FILE.replace("high", "low"))
    assert run("sync").exit_code == 2 and listed() == [{"file": path, "state": "changed"}]
    os.chdir(here)
    assert run("config", "trust", "theirs/iamsql.toml").exit_code == 0 and listed()[0]["state"] == "trusted"
    os.chdir("theirs")
    assert run("config", "trust", "--remove").stderr == "Removed iamsql.toml from the trusted files.\n"
    assert run("sync").exit_code == 2 and listed() == []
    run("config", "trust")
    Path("iamsql.toml").unlink()
    assert listed() == [{"file": path, "state": "cannot be read"}]
    assert run("config", "trust", "--remove").exit_code == 0 and listed() == []
    assert run("config", "trust", "--remove").stderr == "iamsql.toml is not a trusted file.\n"
    write("[check]\nseverity = 'high'\n")
    assert run("config", "trust").stderr.endswith(", which sets nothing that needs trust.\n")
    other = run("config", "trust", "other.toml")
    assert other.exit_code == 2 and "Only a file with the name iamsql.toml needs trust." in other.stderr


def test_config_show_says_what_commands_ask_about() -> None:
    write(FILE)
    note = "Commands ask before they use sync.roles, notify.to. To trust the file: iamsql config trust\n"
    result = run("config", "show", "-o", "csv")
    assert result.exit_code == 0 and note in result.stderr and "sync.roles,attacker,iamsql.toml" in result.stdout
    run("config", "trust")
    assert note not in run("config", "show").stderr
    assert note not in run("config", "show", "--config", "iamsql.toml").stderr


@pytest.mark.parametrize("name", ["theirs/iamsql.toml", "list"])
def test_a_file_or_list_that_others_can_write_is_refused(here: Path, seen: list[Any], name: str) -> None:
    write(FILE)
    run("config", "trust")
    path = here / name if name != "list" else trust.store_path()
    path.chmod(0o666)
    result = run("sync")
    assert result.exit_code == 2 and not seen and "an write" in result.stderr
