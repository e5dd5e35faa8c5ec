"""The typed tables have the tree, policies and accounts of an organization that was imported from files of the AWS CLI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iamsql.importer.run import import_files
from tests.permissions import estate
from tests.sync.syncs import query
from tests.tiers import slow_after

pytestmark = pytest.mark.skipif(not estate.ESTATES.is_dir(), reason="the shared data is not here")


@pytest.fixture(scope="module", params=slow_after(1, ["mixed-1", "scps-1"]))
def imported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[estate.Item, Path]:
    """Return an estate and the run that was imported from its files."""
    whole, folder = estate.read(request.param), tmp_path_factory.mktemp("estate")
    brought = import_files([estate.dumped(whole, folder / "dumps")], None, folder / "runs")
    assert brought.path and not [line for line in brought.lines if "skipped: " in line]
    return whole, brought.path


def test_policies_and_targets(imported: tuple[estate.Item, Path]) -> None:
    whole, path = imported
    found = query(path, "select id, name, type, content::varchar from aws_organizations_policy")
    assert {(one[0], one[1], one[2]) for one in found} == {
        (one["id"], one["name"], estate.SCP) for one in whole["scps"]
    }
    documents = {one["id"]: one["document"] for one in whole["scps"]}
    assert {key: json.loads(content) for key, _, _, content in found} == documents
    sql = "select id, target_id, target_type, target_name is not null, content is not null from aws_organizations_policy_target"
    kinds = {"r": "ROOT", "o": "ORGANIZATIONAL_UNIT"}
    wanted = {
        (one["id"], place, kinds.get(place[0], "ACCOUNT"), True, True)
        for one in whole["scps"]
        for place in one["targets"]
    }
    rows = query(path, sql)
    assert set(rows) == wanted and len(rows) == len(wanted)


def test_tree_and_accounts(imported: tuple[estate.Item, Path]) -> None:
    whole, path = imported
    organization = whole["organization"]
    units = [
        (child["id"], child["name"], node["id"])
        for node in estate.nodes(organization["tree"])
        for child in node["children"]
    ]
    assert sorted(query(path, "select id, name, parent_id from aws_organizations_organizational_unit")) == sorted(units)
    assert query(path, "select id from aws_organizations_root") == [(organization["root"],)]
    accounts = [(one["id"], one["name"], one["ou"]) for one in organization["accounts"]]
    assert sorted(query(path, "select id, name, parent_id from aws_organizations_account")) == sorted(accounts)
    up = {unit: (name, parent) for unit, name, parent in units}

    def path_of(place: str) -> str:
        return f"{path_of(up[place][1])}/{up[place][0]}".lstrip("/") if place in up else ""

    placed = {one["id"]: path_of(one["ou"]) for one in organization["accounts"]}
    assert dict(query(path, "select account_id, ou_path from iamsql.accounts")) == placed


def test_account_details_and_no_organization_gaps(imported: tuple[estate.Item, Path]) -> None:
    whole, path = imported
    for table, member in (
        ("aws_iam_user", "UserDetailList"),
        ("aws_iam_role", "RoleDetailList"),
        ("aws_iam_policy", "Policies"),
    ):
        counts = {key: len(one[member]) for key, one in whole["accounts"].items() if one[member]}
        assert dict(query(path, f"select account_id, count(*) from {table} group by all")) == counts, table
    states = query(
        path,
        "select operation, status, error_message from iamsql.coverage where service = 'organizations' order by all",
    )
    assert len(states) == 8 and {status for _, status, _ in states} == {"ok"}, states
