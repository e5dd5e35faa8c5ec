"""Requests about managed policies and their versions."""

from __future__ import annotations

from iamsql.tables.calls.account import POLICY_DETAILS
from tests.runs.iam_state.small_account import LOCAL, changes, request, state


def test_a_version_becomes_the_default() -> None:
    account = state()
    document = '{"Statement":[]}'
    new = request(
        "CreatePolicyVersion",
        {"policyArn": LOCAL, "policyDocument": document, "setAsDefault": True},
        {"policyVersion": {"versionId": "v2"}},
    )
    changes(account, new, request("DeletePolicyVersion", {"policyArn": LOCAL, "versionId": "v1"}))
    policy = account.find(POLICY_DETAILS.raw, "Arn", LOCAL)
    assert policy and policy["DefaultVersionId"] == "v2"
    assert [(entry["VersionId"], entry["IsDefaultVersion"]) for entry in policy["PolicyVersionList"]] == [("v2", True)]
