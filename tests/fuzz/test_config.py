"""Any iamsql.toml in the working folder is applied, or is an error with the path, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.catalog.settings.declarations import SETTINGS, TABLES_OF_ORGANIZATION
from iamsql.cli import main
from tests.fuzz.example_count import TEXT, example_settings, exit_code
from tests.fuzz.test_files import TREE, shuffle_text, toml
from tests.trusted import trust_file

SECTIONS = ("sync", "check", "report", "notify", "run", "organization", "args", "mutes", "runs", "queries", "prod")
KEY = st.sampled_from([setting.key for setting in SETTINGS]) | st.sampled_from(SECTIONS) | TEXT
GOOD = st.sampled_from([json.loads(setting.example) for setting in SETTINGS if not setting.example.startswith("2026")])
VALUE = GOOD | TREE
TABLE = st.dictionaries(KEY, VALUE, max_size=4)
FILE = st.dictionaries(
    st.sampled_from(SECTIONS) | KEY, TABLE | st.fixed_dictionaries({"prod": TABLE}) | VALUE, max_size=4
)
COMMANDS = (
    ["runs"],
    ["runs", "list", "--organization", "prod"],
    ["query", "select 1 as a"],
    ["sync", "--all", "--dry-run"],
    ["tables", "aws_iam_user", "--organization", "prod"],
)


def write(text: str) -> None:
    Path("iamsql.toml").write_text(text, encoding="utf-8")
    Path("iamsql.toml").chmod(0o600)
    trust_file()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IAMSQL_RUNS", raising=False)
    monkeypatch.setattr("iamsql.runs.directory.user_data_dir", lambda *_, **__: str(tmp_path / "data"))


@example_settings(100)
@given(FILE | TEXT, st.sampled_from(COMMANDS))
def test_any_file_is_applied_or_an_error(tree: Any, command: list[str]) -> None:
    write(tree if isinstance(tree, str) else toml(tree))
    exit_code(command)


@example_settings(40)
@given(st.data())
def test_a_changed_file_is_applied_or_an_error(data: st.DataObject) -> None:
    lines = [f"[{data.draw(st.sampled_from(('sync', 'organization.prod')))}]"]
    lines += [f"{setting.key} = {setting.example}" for setting in SETTINGS if setting.section == "sync"]
    lines += [f"[organization.prod.{section}]" for section in TABLES_OF_ORGANIZATION]
    write(shuffle_text("\n".join(lines), data))
    exit_code(data.draw(st.sampled_from(COMMANDS)))


def test_every_setting_together_is_applied() -> None:
    sections: dict[str, list[str]] = {}
    for setting in SETTINGS:
        sections.setdefault(setting.section, []).append(f"{setting.key} = {setting.example}")
    write("\n".join(line for name, lines in sections.items() for line in ([f"[{name}]"] if name else []) + lines))
    assert "config" in main.list_commands(None)  # type: ignore[arg-type]
    Path("own-queries").mkdir()
    assert exit_code(["config", "show"]) == 0
