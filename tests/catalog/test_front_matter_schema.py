"""The JSON Schema accepts the front matter of every shipped query, and refuses what the parser refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from iamsql import catalog
from iamsql.catalog.front_matter_schema import json_schema
from iamsql.catalog.frontmatter import front_matter_mapping, parse
from iamsql.catalog.keys import DECLARED_KEYS
from iamsql.model import IamsqlError

VALIDATOR = Draft202012Validator(json_schema())
SHIPPED = [path for path, _ in catalog.files([catalog.shipped_folder()])]
SQL = "\n--\n-- text\nselect 1"


def test_the_schema_is_valid_and_explains_each_key() -> None:
    Draft202012Validator.check_schema(json_schema())
    properties = json_schema()["properties"]
    assert {key.name: key.about for key in DECLARED_KEYS} == {
        name: schema["description"] for name, schema in properties.items()
    }
    assert all(key.about.endswith(".") for key in DECLARED_KEYS)


def test_each_shipped_query_is_accepted() -> None:
    assert len(SHIPPED) > 200
    errors_by_name = {path.name: [error.message for error in VALIDATOR.iter_errors(_mapping(path))] for path in SHIPPED}
    assert {name: errors for name, errors in errors_by_name.items() if errors} == {}


def _mapping(path: Path) -> dict[str, Any]:
    return front_matter_mapping(path.read_text(encoding="utf-8"), path)


def test_a_repeated_key_has_a_list() -> None:
    text = f"-- title: Keys\n-- param: days integer = 3  # Days\n-- param: name text{SQL}"
    assert front_matter_mapping(text, Path("x.sql")) == {
        "title": "Keys",
        "param": ["days integer = 3  # Days", "name text"],
    }


@pytest.mark.parametrize(
    "text",
    [
        "-- kind: report", "-- title: a\n-- kind: reports", "-- title: a\n-- severity: urgent", "-- title: a\n-- version: 0",
        "-- title: a\n-- version: 1.1", "-- title: a\n-- dialect: mysql", "-- title: a\n-- tag: b", "-- title: a\n-- tags:",
        "-- title: a\n-- param: days", "-- title: a\n-- param: days int = 3", "-- title: a\n-- param: Days integer",
        "-- title: a\n-- remediation:", "-- title: a\n-- resource_types: s3_buckets", "-- title: a\n-- resource_types: s3_bucket,",
        "-- title: a\n-- layout: grid", "-- title: a\n-- layout: groups", "-- title: a\n-- layout: record text",
    ],
)  # fmt: skip
def test_what_the_parser_refuses_is_refused_by_the_schema(text: str) -> None:
    with pytest.raises(IamsqlError):
        parse(text + SQL, Path("x.sql"))
    assert not VALIDATOR.is_valid(front_matter_mapping(text + SQL, Path("x.sql")))


@pytest.mark.parametrize(("text", "message"), [
    ("-- title: a\n-- title: b", "x.sql:2: title is given twice"), ("-- title: a\n-- nothing", "x.sql:2: expected '-- key: value'"),
])  # fmt: skip
def test_a_mapping_needs_the_form_of_front_matter(text: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        front_matter_mapping(text + SQL, Path("x.sql"))
