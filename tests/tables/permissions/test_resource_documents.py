"""Several policies of one resource are one document, with any names and texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import query


def statement(sid: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": "ses:SendEmail", "Resource": "*"}


def text(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ({"b": text(statement("2")), "a": text(statement("1"))}, ["1", "2"]),
        ({"one": json.dumps({"Statement": statement("1")})}, ["1"]),  # a statement without a list
        ({"a/b": text(statement("1")), "~": text(statement("3")), "a.b[0]'\"": text(statement("2"))}, ["2", "1", "3"]),
        ({"a": text(statement("1")), "b": "{"}, None),  # not read, rather than without the second policy
        ({"a": "[]"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_policies_are_merged(demo_run: Path, policies: Any, expected: list[str] | None) -> None:
    [(merged,)] = query(demo_run, "select cast(iam_merged_document(cast(? as json)) as varchar)", json.dumps(policies))
    assert (merged and [item["Sid"] for item in json.loads(merged)["Statement"]]) == expected
