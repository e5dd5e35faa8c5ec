"""The JSON Schema accepts the files that iamsql reads, and refuses the others."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from iamsql.catalog.settings.declarations import SETTINGS, SYNC_SETTINGS, Setting
from iamsql.catalog.settings.json_schema import json_schema
from iamsql.catalog.settings.read import read_configuration
from iamsql.model import IamsqlError

VALIDATOR = Draft202012Validator(json_schema())


def is_read(text: str, folder: Path) -> bool:
    path = folder / "iamsql.toml"
    path.write_text(text)
    path.chmod(0o600)
    try:
        read_configuration(path)
    except IamsqlError:
        return False
    return True


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(plain(tomllib.loads(text))))


def plain(tree: Any) -> Any:
    """Return a tree as editors validate it: with dates as texts."""
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    return (
        [plain(item) for item in tree] if isinstance(tree, list) else tree if isinstance(tree, int | str) else str(tree)
    )


def test_the_schema_is_valid_and_explains_each_setting() -> None:
    Draft202012Validator.check_schema(json_schema())
    properties = json_schema()["properties"]
    for setting in SETTINGS:
        property_schema = (properties[setting.section]["properties"] if setting.section else properties)[setting.key]
        assert property_schema["description"] == setting.about and setting.about.endswith(".")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_example_of_each_setting_is_accepted(setting: Setting, tmp_path: Path) -> None:
    line = f"{setting.key} = {setting.example}\n"
    text = f"[{setting.section}]\n{line}" if setting.section else line
    assert accepts(text) and is_read(text, tmp_path)
    if setting in SYNC_SETTINGS:
        assert accepts(f"[organization.prod]\n{line}") and is_read(f"[organization.prod]\n{line}", tmp_path)
    elif setting.section:
        inner = f"[organization.prod.{setting.section}]\n{line}"
        assert accepts(inner) and is_read(inner, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1", "[sync]\nroels = ['a']", "[sync]\nroles = 'a'", "[sync]\nroles = ['']", "[sync]\ndays = 'x'",
        "[sync]\nstrict = 1", "[check]\nbenchmarks = 3", "runs = 3", "runs = ''", "queries = 'x'", "mutes = 'x'", "args = 3",
        "[args]\nx = 3", "[organization.Prod]", "[organization.prod]\nroels = []", "[organization.prod]\nqueries = ['q']",
        "[organization.prod.check]\nx = 1", "organization = 3", "[organization]\nprod = 3",
    ],
)  # fmt: skip
def test_what_the_reader_refuses_is_refused_by_the_schema(text: str, tmp_path: Path) -> None:
    assert not accepts(text)
    assert not is_read(text, tmp_path) or text.startswith(("mutes", "args", "[args"))


def test_choices_match_the_option() -> None:
    assert accepts('[check]\nseverity = "high"') and not accepts('[check]\nseverity = "hgih"')
    assert accepts('[sync]\nstates = ["ACTIVE"]') and not accepts('[sync]\nstates = ["active"]')


def test_the_files_of_the_documentation_are_accepted(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 3
    for text in blocks:
        assert accepts(text) and is_read(text, tmp_path), text
