"""The data of the page as JSON: findings in few characters, times of use, risks, and the map."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from iamsql.model import Result
from iamsql.report.contents import MapRow
from iamsql.report.html import data
from iamsql.report.html.phrases import phrases

USER = "arn:aws:iam::111122223333:user/ci/deploy"
COLUMNS = ("account_id", "resource", "dimensions", "ident", "reason")


@pytest.mark.parametrize(
    ("resource", "prefix", "name"),
    [
        (USER, "arn:aws:iam::{account}:", "user/ci/deploy"),
        ("arn:aws:iam::999999999999:role/x", "arn:aws:iam::999999999999:", "role/x"),
        ("arn:aws:::111122223333", "arn:aws:::{account}", ""),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::", "bucket"),
        ("just:a:name:with:many:colons", "", "just:a:name:with:many:colons"),
        ("plain", "", "plain"),
    ],
)
def test_a_resource_is_a_prefix_and_a_name(resource: str, prefix: str, name: str) -> None:
    row = ("111122223333", resource, None, None, "why")
    compacted = data._compact_findings(Result(COLUMNS, [row], ("VARCHAR",) * 5))
    assert compacted.columns == ("account_id", "ident", "reason", "prefix", "name", "dimensions")
    assert compacted.rows == [("111122223333", None, "why", prefix, name, None)]
    assert prefix.replace("{account}", "111122223333") + name == resource or not name


def test_repeated_values_of_dimensions_are_references() -> None:
    dimensions = {"name": "deploy", "key": "AKIA1", "note": "<é>", "n": None, "days": 3, "empty": ""}
    row = ("111122223333", USER, json.dumps(dimensions), "AKIA1", "why")
    (compacted_row,) = data._compact_findings(Result(COLUMNS, [row], ("VARCHAR",) * 5)).rows
    assert json.loads(compacted_row[-1]) == {"name": [0], "key": [1], "note": "<é>", "n": None, "days": 3, "empty": ""}
    assert "é" in compacted_row[-1]


def test_never_used_is_a_word_and_only_unknown_is_null() -> None:
    time = datetime(2026, 3, 1, 10, 11, 12)
    rows = [(time, "used", 1), (None, "never", 2), (None, "unknown", 3)]
    result = Result(("last_used", "usage", "n"), rows, ("TIMESTAMP", "VARCHAR", "BIGINT"))
    converted = data._with_last_use(result, "last_used", "usage", phrases())
    assert converted.columns == ("last_used", "n") and converted.types == ("VARCHAR", "BIGINT")
    assert converted.rows == [("2026-03-01 10:11", 1), ("never", 2), (None, 3)]
    assert data._with_last_use(Result(("n",), [(1,)]), "last_used", "usage", phrases()).rows == [(1,)]


def test_risks_of_accounts_and_of_principals_are_two_tables() -> None:
    risks = Result(("kind", "n"), [("account", 1), ("user", 2), ("role", 3)])
    assert [row[1] for row in data._select_risks(risks, of_accounts=True).rows] == [1]
    assert [row[1] for row in data._select_risks(risks, of_accounts=False).rows] == [2, 3]
    assert data._select_risks(Result((), []), of_accounts=True).rows == []


@pytest.mark.parametrize(
    ("status", "counts", "cell"),
    [("alarm", {"alarm": 2, "ok": 9}, "alarm 2"), ("error", {}, "error"), ("", {}, None), ("ok", {"ok": 1}, "ok 1")],
)
def test_a_cell_of_the_map_has_its_status_and_number(status: str, counts: dict[str, int], cell: str | None) -> None:
    assert data._map_cell_text(status, counts) == cell
    row = MapRow("111122223333", "main", "", "complete", {"root": status}, {"root": counts}, 1, 0)
    assert row.cells["root"] == status
