"""Conditions that name accounts or organizations restrict a trust in everybody; a wildcard or a comparison with itself does not."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from tests.detections.harness import empty_run
from tests.permissions.policy_builders import trust, when

LIKE, EQUALS, ORG = "StringLike", "StringEquals", "aws:PrincipalOrgID"
OTHER = "222233334444"
RESTRICTED: dict[str, dict[str, Any]] = {
    "organization": when(EQUALS, ORG, "o-acme123456"),
    "organization of the role": when(EQUALS, ORG, "${aws:ResourceOrgID}"),
    "unit": when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-acme123456/*/ou-acme-00000002/*"),
    "account": when(EQUALS, "aws:PrincipalAccount", OTHER),
    "account of the role": when(EQUALS, "aws:PrincipalAccount", "${aws:ResourceAccount}"),
    "role of an account": when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:role/*"),
    "sessions of a role": when(LIKE, "aws:userid", "AROAEXAMPLE123456789:*"),
}
OPEN: dict[str, dict[str, Any]] = {
    "any organization": when(LIKE, ORG, "o-*"),
    "one of two": {"Condition": {LIKE: {ORG: ["o-acme123456", "o-*"]}}},
    "its own organization": when(EQUALS, ORG, "${aws:PrincipalOrgID}"),
    "its own account": when(EQUALS, "aws:PrincipalAccount", "${aws:PrincipalAccount}"),
    "root of any organization": when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "*/r-acme/*"),
    "a tenth of the accounts": when(LIKE, "aws:PrincipalAccount", "1*"),
    "roles of any account": when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
    "roles of their own account": when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::${aws:PrincipalAccount}:role/*"),
    "any session": when(LIKE, "aws:userid", "A*:*"),
}
KEYS = "select iam_known_caller_keys(list_extract(iam_document_statements($document::json), 1).conditions)"


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return empty_run()


@pytest.mark.parametrize("name", [*RESTRICTED, *OPEN])
def test_the_keys_that_restrict_everybody(con: duckdb.DuckDBPyConnection, name: str) -> None:
    document = json.dumps({"Statement": [trust("*", **(RESTRICTED | OPEN)[name])]})
    ((keys,),) = con.execute(KEYS, {"document": document}).fetchall()
    assert bool(keys) == (name in RESTRICTED), keys


@pytest.mark.parametrize(
    "condition",
    [
        when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        {"Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "::/0"]}}},
        when(EQUALS, "sts:ExternalId", "${sts:ExternalId}"),
        when(LIKE, "sts:ExternalId", "?*"),
    ],
)
def test_a_condition_for_every_value_restricts_nothing(con: duckdb.DuckDBPyConnection, condition: Any) -> None:
    sql = KEYS.replace("iam_known_caller_keys(", "iam_restricting_keys(")[:-1] + ", ['aws:sourceip', 'sts:externalid'])"
    assert con.execute(sql, {"document": json.dumps({"Statement": [trust("*", **condition)]})}).fetchall() == [([],)]
