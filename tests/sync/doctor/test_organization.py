"""The role that reads the organization."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from iamsql.sync.doctor.checks import diagnose
from tests.fake_aws.over_http import Served
from tests.sync.doctor.conftest import Diagnose, options, rows, statuses
from tests.sync.syncs import PAYMENTS, TOOLS

ROLE = "arn:aws:iam::{}:role/{}"


@pytest.mark.slow
def test_the_role_of_the_organization_reads_it_for_a_caller_elsewhere(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    role = ROLE.format(TOOLS, "org-reader")
    served = serve(caller=PAYMENTS)
    report = diagnose(options(tmp_path / "runs", org_role=role, accounts=(PAYMENTS, TOOLS)))
    [row] = rows(report, "organization role")
    assert (row.status, row.detail, row.account) == ("ok", role, TOOLS)
    assert rows(report, "organization", "ok")
    roles = {row.account: row.detail for row in rows(report, "role")}
    assert roles == {TOOLS: "org-reader", PAYMENTS: "The caller's own account: its credentials are used."}
    assert served.aws.counts[PAYMENTS, "AssumeRole", "ok"] == 1
    assert statuses(report) == set()


def test_without_that_role_nothing_in_the_organization_is_tried(examine: Diagnose) -> None:
    report = examine(org_role=ROLE.format("111122223333", "no-such-role"), sample=0)
    [row] = rows(report, "organization role")
    assert row.status == "failed"
    assert "iamsql deploy stackset" in row.remediation
    assert {row.status for check in ("organization", "role") for row in rows(report, check)} == {"skipped"}
