"""coverage_gaps names the permission that a call needs, which is not always named like the operation."""

from __future__ import annotations

from pathlib import Path

from iamsql.schema.registry import all_calls
from tests.conftest import query


def test_the_permissions_are_those_of_the_declared_calls(demo_run: Path) -> None:
    declared = {(call.service, call.operation): call.permission for call in all_calls() if call.service != "catalogue"}
    sql = "select distinct service, operation, permission from coverage_gaps(include_excluded := true)"
    found = {(service, operation): permission for service, operation, permission in query(demo_run, sql)}
    assert found.keys() & declared.keys() >= {("s3", "GetPublicAccessBlock"), ("opensearch", "DescribeDomain")}
    assert found == {key: declared.get(key, permission) for key, permission in found.items()}
