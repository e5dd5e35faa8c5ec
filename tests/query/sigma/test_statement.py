"""The SELECT of a rule, and rules without a defined meaning."""

from __future__ import annotations

from typing import Any

import pytest
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from iamsql.query.sigma.policy import SIGMA_POLICY
from iamsql.query.sigma.statement import MAX_FIELD_NAME_CHARACTERS, MAX_FIELD_NAME_MEMBERS, rule_statement
from tests.query.sigma.harness import rule_of


def sql_of(detection: dict[str, Any], **members: Any) -> str:
    return rule_statement(SigmaRule.from_dict(rule_of(detection, **members), policy=SIGMA_POLICY))


def test_the_title_is_a_literal_and_a_column_is_scanned() -> None:
    sql = sql_of({"x": {"eventName": ["CreateUser", "DeleteUser"], "userAgent": "a"}}, title="it's {conditions}")
    assert "concat('it''s {conditions}', ', failed with ' || e.error_code) as detail" in sql
    assert sql.count("scan_filter(") == 2 and "lower(e.event_name) in ('createuser', 'deleteuser')" in sql
    assert "scan_filter(" not in sql_of({"x": {"requestParameters.a": "1"}})


@pytest.mark.parametrize(
    ("detection", "message"),
    [
        ({"x": {"a": "1"}, "timeframe": "5m", "condition": "x"}, "a timeframe is not supported"),
        ({"x": {"a|re|startswith": "b"}}, "not supported|startswith"),
        ({"x": {"a|cased|fieldref": "b"}}, "cased.fieldref is not supported|fieldref"),
        ({"x": {"a" * (MAX_FIELD_NAME_CHARACTERS + 1): "1"}}, f"more than {MAX_FIELD_NAME_CHARACTERS} characters"),
        ({"x": {".".join("a" * (MAX_FIELD_NAME_MEMBERS + 1)): "1"}}, f"or {MAX_FIELD_NAME_MEMBERS} members"),
        ({"x": {"a|fieldref": ".".join("a" * (MAX_FIELD_NAME_MEMBERS + 1))}}, f"or {MAX_FIELD_NAME_MEMBERS} members"),
    ],
)
def test_a_rule_that_is_not_supported_is_an_error(detection: dict[str, Any], message: str) -> None:
    with pytest.raises(SigmaError, match=message):
        sql_of(detection)
