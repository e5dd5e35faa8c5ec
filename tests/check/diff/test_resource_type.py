"""The declarations of a resource type in the comments of its SELECT."""

from __future__ import annotations

import pytest

from iamsql.check.diff.resource_type import Dependency, _parse_resource_type, resource_types
from iamsql.tables.registry import all_calls, all_tables

TEXT = """
-- about: Things
-- depends on: aws_iam_user iam:ListUsers
-- same coverage: aws_iam_role iam:ListRoles
-- column depends on: a b aws_iam_user iam:GetUser
-- null is unknown: a
-- first use: b
-- only: new
-- on demand: yes
select 1 -- not: a declaration
"""


def test_comments_declare_how_rows_are_compared() -> None:
    resource_type = _parse_resource_type("things", TEXT)
    assert resource_type.depends_on == (
        Dependency("aws_iam_user", "iam:ListUsers"), Dependency("aws_iam_role", "iam:ListRoles", same_coverage=True),
        Dependency("aws_iam_user", "iam:GetUser", "a"), Dependency("aws_iam_user", "iam:GetUser", "b"),
    )  # fmt: skip
    assert (resource_type.null_is_unknown, resource_type.only) == (("a",), "new")
    assert (resource_type.first_use, resource_type.every_use) == (("b",), ())
    assert resource_type.on_demand and not resource_type.organization_wide


@pytest.mark.parametrize("name", sorted(resource_types()))
def test_a_shipped_resource_type_depends_on_tables_and_calls_that_exist(name: str) -> None:
    resource_type = resource_types()[name]
    calls = {f"{call.service}:{call.operation}" for call in all_calls()}
    assert resource_type.depends_on or resource_type.null_is_unknown
    for dependency in resource_type.depends_on:
        assert dependency.table in all_tables() and dependency.call in calls
    assert "-- about: " in resource_type.sql and resource_type.name == name
