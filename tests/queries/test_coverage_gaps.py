"""coverage_gaps names the permission that a call needs, which is not always named like the operation."""

from __future__ import annotations

from pathlib import Path

from iamsql.tables.registry import all_calls
from tests.conftest import query


def test_each_declared_call_has_its_permission(demo_run: Path) -> None:
    calls = [call for call in all_calls() if call.service != "catalogue"]
    sql = "select call_permission(?, ?)"
    permissions = {
        (call.service, call.operation): query(demo_run, sql, call.service, call.operation)[0][0] for call in calls
    }
    assert permissions == {(call.service, call.operation): call.permission for call in calls}
    assert len(permissions) > 100


def test_the_gaps_have_the_permission_of_each_call(demo_run: Path) -> None:
    declared = {(call.service, call.operation): call.permission for call in all_calls()}
    sql = "select distinct service, operation, permission from coverage_gaps(include_excluded := true)"
    gaps = {(service, operation): permission for service, operation, permission in query(demo_run, sql)}
    assert gaps.keys() & declared.keys() >= {("s3", "GetPublicAccessBlock"), ("opensearch", "DescribeDomain")}
    assert gaps == {key: declared.get(key, permission) for key, permission in gaps.items()}
