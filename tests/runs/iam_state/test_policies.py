"""Requests about attachments, inline policies, boundaries and tags."""

from __future__ import annotations

from iamsql.tables.calls.account import POLICY_DETAILS, USER_DETAILS
from tests.runs.iam_state.small_account import LOCAL, READ_ONLY, changes, request, state


def test_an_aws_managed_policy_gets_the_document_of_another_account() -> None:
    account = state()
    attached = {"roleName": "deploy", "policyArn": READ_ONLY}
    assert changes(account, request("AttachRolePolicy", attached)) == [("aws_iam_role", "r", f"attached {READ_ONLY}")]
    policy = account.find(POLICY_DETAILS.raw, "Arn", READ_ONLY)
    assert policy and (policy["AttachmentCount"], policy["PolicyVersionList"]) == (1, [1])
    changes(account, request("DetachRolePolicy", attached))
    assert account.find(POLICY_DETAILS.raw, "Arn", READ_ONLY) is None


def test_keys_tags_boundaries_and_policies_change() -> None:
    account = state()
    texts = changes(
        account,
        request("UpdateAccessKey", {"userName": "ann", "accessKeyId": "AKIA1", "status": "Inactive"}),
        request("TagUser", {"userName": "ann", "tags": [{"key": "b", "value": "2"}]}),
        request("UntagUser", {"userName": "ann", "tagKeys": ["a"]}),
        request("PutUserPermissionsBoundary", {"userName": "ann", "permissionsBoundary": LOCAL}),
        request("DeleteUserPermissionsBoundary", {"userName": "ann"}),
        request(
            "PutUserPolicy", {"userName": "ann", "policyName": "p", "policyDocument": "%7B%22Statement%22%3A%5B%5D%7D"}
        ),
        request("DeleteAccessKey", {"userName": "ann", "accessKeyId": "AKIA1"}),
    )
    assert [change for *_, change in texts] == [
        "set to Inactive", "tags changed", "tags changed", f"boundary {LOCAL}", "boundary deleted",
        "inline policy p added", "deleted",
    ]  # fmt: skip
    user = account.find(USER_DETAILS.raw, "UserName", "ann")
    assert (
        user
        and user["Tags"] == [{"Key": "b", "Value": "2"}]
        and user["UserPolicyList"][0]["PolicyDocument"] == {"Statement": []}
    )
