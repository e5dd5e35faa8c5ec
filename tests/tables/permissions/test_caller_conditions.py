"""A condition for every value restricts nothing."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from tests.detections.harness import empty_run
from tests.tables.permissions.policy_builders import trust, when

KEYS = """
select iam_restricting_keys(
    list_extract(iam_document_statements($document::json), 1).conditions, ['aws:sourceip', 'sts:externalid']
)
"""


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return empty_run()


@pytest.mark.parametrize(
    "condition",
    [
        when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        {"Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "::/0"]}}},
        when("StringEquals", "sts:ExternalId", "${sts:ExternalId}"),
        when("StringLike", "sts:ExternalId", "?*"),
    ],
)
def test_a_condition_for_every_value_restricts_nothing(con: duckdb.DuckDBPyConnection, condition: Any) -> None:
    document = json.dumps({"Statement": [trust("*", **condition)]})
    assert con.execute(KEYS, {"document": document}).fetchall() == [([],)]
