"""Requests about managed policies and their versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iamsql.runs.iam_state.account_state import AccountState, Change
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest
from iamsql.tables.calls.account import POLICY_DETAILS

Apply = Callable[[AccountState, IamRequest], Iterator[Change]]
POLICIES = "aws_iam_policy"


def create_policy(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply CreatePolicy."""
    created = request.response.get("policy")
    if not isinstance(created, dict) or not isinstance(created.get("arn"), str):
        raise CannotApplyError("it has no policy in its response")
    if state.find(POLICY_DETAILS.raw, "Arn", created["arn"]):
        return
    version = {
        "CreateDate": request.iso_time,
        "Document": request.document("policyDocument"),
        "IsDefaultVersion": True,
        "VersionId": "v1",
    }
    names = {"PolicyName": "policyName", "PolicyId": "policyId", "Path": "path", "Description": "description"}
    item = {name: created[member] for name, member in names.items() if created.get(member)}
    item |= {"Description": request.parameters["description"]} if request.parameters.get("description") else {}
    item |= {
        "Arn": created["arn"], "AttachmentCount": 0, "CreateDate": request.iso_time, "DefaultVersionId": "v1", "IsAttachable": True,
        "PermissionsBoundaryUsageCount": 0, "PolicyVersionList": [version], "UpdateDate": request.iso_time,
    }  # fmt: skip
    state.add(POLICY_DETAILS.raw, item)
    yield Change(POLICIES, created["arn"], "created")


def delete_policy(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply DeletePolicy."""
    arn = request.text("policyArn")
    if not state.remove(POLICY_DETAILS.raw, "Arn", arn):
        state.skip(request, "policy", arn)
        return
    yield Change(POLICIES, arn, "deleted")


def change_versions(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply CreatePolicyVersion, SetDefaultPolicyVersion and DeletePolicyVersion."""
    arn = request.text("policyArn")
    policy = state.find(POLICY_DETAILS.raw, "Arn", arn)
    if policy is None:
        state.skip(request, "policy", arn)
        return
    versions = policy.setdefault("PolicyVersionList", [])
    created = request.response.get("policyVersion")
    version = created.get("versionId") if isinstance(created, dict) else request.parameters.get("versionId")
    if not isinstance(version, str):
        raise CannotApplyError("it has no version")
    is_new = request.name == "CreatePolicyVersion"
    exists = any(entry["VersionId"] == version for entry in versions)
    if request.name == "DeletePolicyVersion":
        versions[:] = [entry for entry in versions if entry["VersionId"] != version]
    elif is_new and not exists:
        content = request.document("policyDocument")
        versions.insert(
            0, {"CreateDate": request.iso_time, "Document": content, "IsDefaultVersion": False, "VersionId": version}
        )
    elif not exists and request.is_settled:
        raise CannotApplyError(f"the version {version} of {arn} does not exist")
    if request.name == "SetDefaultPolicyVersion" or (is_new and request.parameters.get("setAsDefault")):
        policy["DefaultVersionId"] = version
        for entry in versions:
            entry["IsDefaultVersion"] = entry["VersionId"] == version
    policy["UpdateDate"] = request.iso_time
    state.changed.add(POLICY_DETAILS.raw)
    yield Change(POLICIES, arn, f"{request.name} {version}")


APPLIED: dict[str, Apply] = {
    "CreatePolicy": create_policy,
    "DeletePolicy": delete_policy,
    **dict.fromkeys(("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"), change_versions),
}
