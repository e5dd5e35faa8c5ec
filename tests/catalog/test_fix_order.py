"""AWS accepts the commands of a query in their order, and in the partition of each finding."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.catalog import load, remediation, shipped_folder
from iamsql.model import Query
from tests.catalog.command_lines import command_line

EXPECTED = Path(__file__).parents[1] / "controls" / "expected"
QUERIES = [versions for several in load([shipped_folder()]).values() for versions in several]
WITH_FIXES = [query for query in QUERIES if query.fixes]
# What AWS requires before a deletion, by the API references of IAM and of Organizations.
REQUIRED = {
    "iam delete-role": {
        "iam delete-role-policy", "iam detach-role-policy", "iam remove-role-from-instance-profile",
    },
    "iam delete-user": {
        "iam delete-login-profile", "iam delete-access-key", "iam delete-signing-certificate", "iam delete-ssh-public-key",
        "iam delete-service-specific-credential", "iam deactivate-mfa-device", "iam delete-user-policy",
        "iam detach-user-policy", "iam remove-user-from-group",
    },
    "iam delete-group": {"iam remove-user-from-group", "iam delete-group-policy", "iam detach-group-policy"},
    "iam delete-policy": {
        "iam detach-user-policy", "iam detach-group-policy", "iam detach-role-policy", "iam delete-policy-version",
    },
    "iam delete-instance-profile": {"iam remove-role-from-instance-profile"},
    "iam delete-virtual-mfa-device": {"iam deactivate-mfa-device"},
    "organizations delete-policy": {"organizations detach-policy"},
}  # fmt: skip
_DETACH = {"iam detach-user-policy", "iam detach-group-policy", "iam detach-role-policy"}
# What an alarm says that there is not.
ABSENT = {
    "group_has_users": {"iam remove-user-from-group"},
    "policy_attached": _DETACH,
    "policy_no_full_admin_unattached": _DETACH,
    "instance_profile_has_role": {"iam remove-role-from-instance-profile"},
    "virtual_mfa_assigned": {"iam deactivate-mfa-device"},
    "organization_policy_in_use": {"organizations detach-policy"},
}


def operations(query: Query) -> list[str]:
    """Return the AWS operations of the commands of a query, such as `iam delete-role`, in their order."""
    lines = [command_line(fix).split() for fix in query.fixes]
    return [" ".join(line[1:3]) if line[:1] == ["aws"] else "" for line in lines]


@pytest.mark.parametrize("query", WITH_FIXES, ids=lambda query: query.macro)
def test_what_aws_requires_comes_before_a_deletion(query: Query) -> None:
    operation_names = operations(query)
    for number, operation in enumerate(operation_names):
        missing = REQUIRED.get(operation, set()) - ABSENT.get(query.name, set()) - {*operation_names[:number]}
        assert not missing, f"{operation} needs {', '.join(sorted(missing))} before it"


def test_each_absence_is_of_a_query_that_deletes() -> None:
    deleting = {query.name for query in WITH_FIXES if REQUIRED.keys() & {*operations(query)}}
    assert ABSENT.keys() <= deleting and {"role_unused", "unused_roles", "management_account_no_workloads"} <= deleting


def test_the_policy_that_disables_a_role_is_detached_last() -> None:
    for query in WITH_FIXES:
        lines = " ".join(query.fixes)
        if "delete-role " in lines and "policy/AWSDenyAll" in lines:
            assert lines.index("delete-role-policy") < lines.index("AWSDenyAll last: aws iam detach-role-policy")


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_each_command_names_the_partition_of_its_finding(partition: str) -> None:
    lines = 0
    for query in WITH_FIXES:
        for values in [{"resource": "arn:aws:iam::111122223333:role/old"}, *_alarms(query)]:
            moved = json.loads(json.dumps(values).replace("arn:aws:", f"arn:{partition}:"))
            for line in remediation.commands(query.fixes, moved):
                assert "arn:aws:" not in line, (query.name, line)
                assert "arn:PARTITION:" not in line, (query.name, line)
                lines += f"arn:{partition}:iam::aws:policy/" in line
    assert lines > 50


def _alarms(query: Query) -> Iterator[dict[str, object]]:
    """Yield the values of the alarms of a control over the sample organization."""
    path = EXPECTED / f"{query.macro}.csv"
    with (path if path.exists() else Path("/dev/null")).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["status"] == "alarm":
                yield {
                    **json.loads(row["dimensions"] or "{}"),
                    **{name: row[name] for name in ("resource", "account_id", "region")},
                }
