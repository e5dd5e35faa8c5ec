"""A request without its data is refused."""

from __future__ import annotations

import pytest

from iamsql.runs.iam_state.request import CannotApplyError
from tests.runs.iam_state.small_account import changes, request, state


def test_a_record_without_its_data_is_refused() -> None:
    for name in ("CreateUser", "CreateAccessKey", "CreatePolicy"):
        with pytest.raises(CannotApplyError, match="in its response"):
            changes(state(), request(name, {"userName": "ann"}))
    with pytest.raises(CannotApplyError, match="it has no policyDocument"):
        changes(state(), request("PutUserPolicy", {"userName": "ann", "policyName": "p"}))
    with pytest.raises(CannotApplyError, match="its policyDocument is not valid JSON"):
        changes(state(), request("PutUserPolicy", {"userName": "ann", "policyName": "p", "policyDocument": "{…"}))
