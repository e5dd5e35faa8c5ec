"""The typed tables have the tree, policies and accounts of an organization that was imported from files of the AWS CLI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iamsql.sync.importer.write import import_files
from tests.sync.syncs import query
from tests.tables.permissions import organization_dumps
from tests.tiers import slow_after

pytestmark = pytest.mark.skipif(not organization_dumps.ORGANIZATIONS.is_dir(), reason="the shared data is not here")


@pytest.fixture(scope="module", params=slow_after(1, ["mixed-1", "scps-1"]))
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[organization_dumps.Item, Path]:
    """Return a sample organization and the run that was imported from its files."""
    data, folder = organization_dumps.read(request.param), tmp_path_factory.mktemp("data")
    result = import_files([organization_dumps.write_dumps(data, folder / "dumps")], None, folder / "runs")
    assert result.path and not [line for line in result.lines if "skipped: " in line]
    return data, result.path


@pytest.mark.slow
def test_policies_and_targets(imported: tuple[organization_dumps.Item, Path]) -> None:
    data, path = imported
    policies = query(path, "select id, name, type, content::varchar from aws_organizations_policy")
    assert {(row[0], row[1], row[2]) for row in policies} == {
        (policy["id"], policy["name"], organization_dumps.SCP) for policy in data["scps"]
    }
    documents = {policy["id"]: policy["document"] for policy in data["scps"]}
    assert {key: json.loads(content) for key, _, _, content in policies} == documents
    sql = "select id, target_id, target_type, target_name is not null, content is not null from aws_organizations_policy_target"
    kinds = {"r": "ROOT", "o": "ORGANIZATIONAL_UNIT"}
    expected = {
        (policy["id"], target, kinds.get(target[0], "ACCOUNT"), True, True)
        for policy in data["scps"]
        for target in policy["targets"]
    }
    rows = query(path, sql)
    assert set(rows) == expected and len(rows) == len(expected)


def test_tree_and_accounts(imported: tuple[organization_dumps.Item, Path]) -> None:
    data, path = imported
    organization = data["organization"]
    units = [
        (child["id"], child["name"], node["id"])
        for node in organization_dumps.nodes(organization["tree"])
        for child in node["children"]
    ]
    assert sorted(query(path, "select id, name, parent_id from aws_organizations_organizational_unit")) == sorted(units)
    assert query(path, "select id from aws_organizations_root") == [(organization["root"],)]
    accounts = [(account["id"], account["name"], account["ou"]) for account in organization["accounts"]]
    assert sorted(query(path, "select id, name, parent_id from aws_organizations_account")) == sorted(accounts)
    up = {unit: (name, parent) for unit, name, parent in units}

    def path_of(unit: str) -> str:
        return f"{path_of(up[unit][1])}/{up[unit][0]}".lstrip("/") if unit in up else ""

    placed = {account["id"]: path_of(account["ou"]) for account in organization["accounts"]}
    assert dict(query(path, "select account_id, ou_path from iamsql.accounts")) == placed


def test_account_details_and_no_organization_gaps(imported: tuple[organization_dumps.Item, Path]) -> None:
    data, path = imported
    for table, member in (
        ("aws_iam_user", "UserDetailList"),
        ("aws_iam_role", "RoleDetailList"),
        ("aws_iam_policy", "Policies"),
    ):
        counts = {key: len(account[member]) for key, account in data["accounts"].items() if account[member]}
        assert dict(query(path, f"select account_id, count(*) from {table} group by all")) == counts, table
    states = query(
        path,
        "select operation, status, error_message from iamsql.coverage where service = 'organizations' order by all",
    )
    assert len(states) == 10 and {status for _, status, _ in states} == {"ok"}, states
