"""Elements of sample estates, in the format of ../shared/permissions, and their import into a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from iamsql.importer.run import import_files
from tests.permissions import estate

HOME, MEMBER, OTHER = "111122223333", "222233334444", "333344445555"
MADE = "2025-01-01T00:00:00+00:00"
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


def user(name: str, statements: Any, of: str = MEMBER, **more: Any) -> Document:
    """Return a user with an inline policy."""
    document = statements if isinstance(statements, dict) else {"Version": "2012-10-17", "Statement": statements}
    return {
        "Path": "/", "UserName": name, "UserId": f"AIDA{name.upper().replace('-', '')}",
        "Arn": f"arn:aws:iam::{of}:user/{name}",
        "CreateDate": MADE, "GroupList": [], "AttachedManagedPolicies": [],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
        "Tags": [{"Key": "bucket", "Value": "acme-data"}],
    } | more  # fmt: skip


def policy(name: str, *versions: Any) -> Document:
    """Return a managed policy of the member account; the last version is the default version."""
    return {
        "PolicyName": name, "PolicyId": f"ANPA{name.upper()}", "Arn": f"arn:aws:iam::{MEMBER}:policy/{name}", "Path": "/",
        "DefaultVersionId": f"v{len(versions)}", "AttachmentCount": 1, "IsAttachable": True,
        "CreateDate": MADE, "UpdateDate": MADE,
        "PolicyVersionList": [
            {"Document": {"Version": "2012-10-17", "Statement": one}, "VersionId": f"v{place}",
             "IsDefaultVersion": place == len(versions), "CreateDate": MADE}
            for place, one in enumerate(versions, 1)
        ],
    }  # fmt: skip


def role(account: str, name: str, trust: Any, statements: Any = (), path: str = "/") -> Document:
    """Return a role."""
    return {
        "Path": path, "RoleName": name, "RoleId": f"AROA{name.upper().replace('-', '')}",
        "Arn": f"arn:aws:iam::{account}:role{path}{name}",
        "CreateDate": MADE, "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}],
    }  # fmt: skip


def guard(name: str, statements: list[Document], *targets: str) -> Document:
    """Return a service control policy."""
    document = {"Version": "2012-10-17", "Statement": statements}
    return {"id": name, "name": name[2:], "document": document, "targets": list(targets)}


def group(name: str, attached: list[Document], statements: list[Document]) -> Document:
    """Return a group of the member account."""
    inline = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}]
    return {
        "Path": "/", "GroupName": name, "GroupId": f"AGPA{name.upper()}", "Arn": f"arn:aws:iam::{MEMBER}:group/{name}",
        "CreateDate": MADE, "AttachedManagedPolicies": attached,
        "GroupPolicyList": inline if statements else [],
    }  # fmt: skip


def trust(principal: Any, **more: Any) -> Document:
    """Return a statement of a trust policy."""
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more


def imported(estate_of: Document, folder: Path, without: Sequence[str] = ()) -> Path:
    """Import an estate without the files that some patterns match, and return the run."""
    dumps = estate.dumped(estate_of, folder / "dumps")
    for pattern in without:
        files = list(dumps.glob(pattern))
        assert files, f"no dump is named {pattern}"
        for path in files:
            path.unlink()
    brought = import_files([dumps], None, folder / "runs")
    assert brought.path
    return brought.path


def account(**lists: list[Document]) -> Document:
    """Return the response of GetAccountAuthorizationDetails for an account."""
    empty: Document = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    return empty | lists
