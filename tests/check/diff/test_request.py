"""What is compared: queries and controls, and values that one of them takes."""

from __future__ import annotations

import pytest

from iamsql.check.diff.request import FindingRequest, resolve_request
from iamsql.model import IamsqlError


def test_a_request_has_queries_or_controls() -> None:
    assert FindingRequest(("stale_keys",)) and FindingRequest(controls=("mfa",)) and not FindingRequest()


def test_the_values_of_queries_are_bound_and_sql_has_none() -> None:
    resolved = resolve_request(FindingRequest(("stale_keys", "select 1 as a"), args={"days": "7"}))
    (query, values), (sql, none) = resolved.queries
    assert (query.name, values["days"], sql.sql.strip(), none) == ("stale_keys", 7, "select 1 as a", {})
    assert resolved.controls is None


@pytest.mark.parametrize(
    ("queries", "controls", "args", "message"),
    [
        (("stale_kys",), (), {}, "did you mean stale_keys"),
        (("stale_keys",), (), {"dayz": "1"}, "dayz"),
        ((), ("trail_stopped",), {}, "--check does not take detections"),
        ((), ("user_mfaa",), {}, "did you mean user_mfa"),
    ],
)
def test_what_cannot_be_compared_is_an_error(
    queries: tuple[str, ...], controls: tuple[str, ...], args: dict[str, str], message: str
) -> None:
    with pytest.raises(IamsqlError, match=message):
        resolve_request(FindingRequest(queries, controls, args))
