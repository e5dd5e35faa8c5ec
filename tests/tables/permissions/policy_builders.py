"""Build policies, principals and accounts of sample organizations, and import a sample organization into a run file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from iamsql.sync.importer.write import import_files
from tests.tables.permissions import organization_dumps

HOME, MEMBER, OTHER = "111122223333", "222233334444", "333344445555"
CREATED = "2025-01-01T00:00:00+00:00"
Document = dict[str, Any]
# The management account under the root, and a member in each of two units.
ORGANIZATION: Document = {
    "id": "o-acme123456",
    "root": "r-acme",
    "management_account": HOME,
    "tree": {
        "id": "r-acme",
        "name": "Root",
        "children": [
            {"id": "ou-acme-00000001", "name": "Workloads", "children": []},
            {"id": "ou-acme-00000002", "name": "Data", "children": []},
        ],
    },
    "accounts": [
        {"id": HOME, "name": "home", "ou": "r-acme"},
        {"id": MEMBER, "name": "member", "ou": "ou-acme-00000001"},
        {"id": OTHER, "name": "other", "ou": "ou-acme-00000002"},
    ],
}


def allow(action: str | list[str] = "*", resource: str | list[str] = "*", **more: Any) -> Document:
    """Return an Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(action: str | list[str] = "*", resource: str | list[str] = "*", **more: Any) -> Document:
    """Return a Deny statement."""
    return allow(action, resource, **more) | {"Effect": "Deny"}


def when(operator: str, key: str, *values: str) -> Document:
    """Return a condition."""
    return {"Condition": {operator: {key: list(values) if len(values) != 1 else values[0]}}}


def user(name: str, statements: Any, account_id: str = MEMBER, **more: Any) -> Document:
    """Return a user with an inline policy; `more` replaces or adds members of the response."""
    document = statements if isinstance(statements, dict) else {"Version": "2012-10-17", "Statement": statements}
    return {
        "Path": "/", "UserName": name, "UserId": f"AIDA{name.upper().replace('-', '')}",
        "Arn": f"arn:aws:iam::{account_id}:user/{name}",
        "CreateDate": CREATED, "GroupList": [], "AttachedManagedPolicies": [],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
        "Tags": [{"Key": "bucket", "Value": "acme-data"}],
    } | more  # fmt: skip


def policy(name: str, *versions: Any) -> Document:
    """Return a managed policy of the member account; the last version is the default version."""
    return {
        "PolicyName": name, "PolicyId": f"ANPA{name.upper()}", "Arn": f"arn:aws:iam::{MEMBER}:policy/{name}", "Path": "/",
        "DefaultVersionId": f"v{len(versions)}", "AttachmentCount": 1, "IsAttachable": True,
        "CreateDate": CREATED, "UpdateDate": CREATED,
        "PolicyVersionList": [
            {"Document": {"Version": "2012-10-17", "Statement": statements}, "VersionId": f"v{number}",
             "IsDefaultVersion": number == len(versions), "CreateDate": CREATED}
            for number, statements in enumerate(versions, 1)
        ],
    }  # fmt: skip


def role(account: str, name: str, trust: Any, statements: Any = (), path: str = "/") -> Document:
    """Return a role."""
    return {
        "Path": path, "RoleName": name, "RoleId": f"AROA{name.upper().replace('-', '')}",
        "Arn": f"arn:aws:iam::{account}:role{path}{name}",
        "CreateDate": CREATED, "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}],
    }  # fmt: skip


def control_policy(name: str, statements: list[Document], *targets: str) -> Document:
    """Return a service or resource control policy with its targets."""
    document = {"Version": "2012-10-17", "Statement": statements}
    return {"id": name, "name": name[2:], "document": document, "targets": list(targets)}


def group(name: str, attached: list[Document], statements: list[Document]) -> Document:
    """Return a group of the member account."""
    inline = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}]
    return {
        "Path": "/", "GroupName": name, "GroupId": f"AGPA{name.upper()}", "Arn": f"arn:aws:iam::{MEMBER}:group/{name}",
        "CreateDate": CREATED, "AttachedManagedPolicies": attached,
        "GroupPolicyList": inline if statements else [],
    }  # fmt: skip


def trust(principal: Any, **more: Any) -> Document:
    """Return a statement of a trust policy."""
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more


def imported(organization: Document, folder: Path, without: Sequence[str] = ()) -> Path:
    """Import a sample organization, except the files that match the patterns of `without`, and return the path of the run file."""
    dumps = organization_dumps.write_dumps(organization, folder / "dumps")
    for pattern in without:
        files = list(dumps.glob(pattern))
        assert files, f"no dump matches {pattern}"
        for path in files:
            path.unlink()
    result = import_files([dumps], None, folder / "runs")
    assert result.path
    return result.path


def account(**lists: list[Document]) -> Document:
    """Return the response of GetAccountAuthorizationDetails for an account."""
    empty: Document = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    return empty | lists
