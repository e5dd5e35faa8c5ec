"""Controls over copies of the sample run whose data was changed, for results that the sample organization does not have."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from iamsql import catalog
from iamsql.runs.store.reader import open_run
from tests.open_queries import ask
from tests.tiers import slow_but_every

MANAGEMENT, TOOLS, PAYMENTS, GREEN, WEB = (
    *("111122223333", "333344445555", "555566667777", "131313131313", "666677778888"),
)
FEATURES = "update aws_iam_organizations_features set enabled_features = '[\"RootSessions\"]'"
BILLING = "update aws_account set organization_feature_set = 'CONSOLIDATED_BILLING'"
LEFT = f"update aws_account set organization_id = null where account_id = '{GREEN}'"
BARE = "delete from aws_organizations_account_policy where not aws_managed"
UNLISTED = "update iamsql.coverage set status = 'denied' where operation = 'ListTargetsForPolicy'"
STOPPED = "update aws_cloudtrail_trail set is_logging = false where is_organization_trail"
HIDDEN = "update aws_cloudtrail_trail set is_logging = null where is_organization_trail"
FAILED = "update aws_accessanalyzer_analyzer set status = 'FAILED' where type = 'ORGANIZATION'"
UNSEEN = f"update iamsql.coverage set status = 'denied' where operation = 'ListAnalyzers' and account_id = '{TOOLS}'"
CENTER = (
    "insert into aws_ssoadmin_instance by name"
    f" select 'arn:aws:sso:::instance/one' as arn, '{MANAGEMENT}' as account_id, 'us-east-1' as region"
)
ASSIGNED = (
    "insert into aws_ssoadmin_account_assignment by name"
    f" select '{PAYMENTS}' as target_account_id, 'arn:aws:sso:::permissionSet/one/two' as permission_set_arn"
)
UNASSIGNED = (
    "update iamsql.coverage set status = 'denied'"
    f" where operation = 'ListAccountAssignments' and account_id = '{MANAGEMENT}'"
)
JUST_SET = (
    "update aws_iam_credential_report set password_last_changed = as_of() - interval '10 days'"
    f" where user_name = 'hugo' and account_id = '{WEB}'"
)
CASES: tuple[tuple[str, tuple[str, ...], dict[str, int]], ...] = (
    ("root_central_management", (), {"ok": 1}),
    ("root_central_management", (FEATURES,), {"alarm": 1}),
    ("root_central_sessions", (FEATURES,), {"ok": 1}),
    ("organization_all_features", (BILLING,), {"alarm": 1}),
    ("account_in_organization", (LEFT,), {"ok": 11, "alarm": 1}),
    ("scp_coverage", (BARE,), {"skip": 1, "alarm": 13}),
    ("scp_coverage", (BARE, UNLISTED), {"skip": 1, "error": 13}),
    ("rcp_coverage", (BARE,), {"skip": 1, "alarm": 13}),
    ("suspended_accounts_quarantined", (BARE,), {"alarm": 2}),
    ("suspended_accounts_quarantined", (BARE, UNLISTED), {"error": 2}),
    ("trail_multi_region", (STOPPED,), {"alarm": 12}),
    ("trail_multi_region", (HIDDEN,), {"error": 12}),
    ("trail_organization", (STOPPED,), {"alarm": 12}),
    ("trail_read_write", (STOPPED,), {"alarm": 12}),
    ("trail_read_write", (HIDDEN,), {"error": 12}),
    ("analyzer_external_access", (FAILED,), {"ok": 1, "alarm": 11, "error": 12}),
    ("analyzer_external_access", (FAILED, UNSEEN), {"ok": 1, "error": 22}),
    ("identity_center_in_use", (), {"error": 12}),
    ("identity_center_in_use", (CENTER, ASSIGNED), {"ok": 1, "alarm": 11}),
    ("identity_center_in_use", (CENTER, ASSIGNED, UNASSIGNED), {"ok": 1, "error": 11}),
)


def evaluate_changed(run: Path, folder: Path, control: str, changes: tuple[str, ...]) -> list[tuple[object, ...]]:
    """Change data in a copy of a run, and evaluate a control over it."""
    copy = folder / "copy.duckdb"
    shutil.copy(run, copy)
    with duckdb.connect(str(copy)) as con:
        for change in changes:
            con.execute(change)
    with open_run(copy) as reader:
        return list(ask(reader, catalog.load_query([catalog.shipped_folder()], control)).rows)


@pytest.mark.parametrize(("control", "changes", "expected"), slow_but_every(12, CASES))
def test_a_control_over_changed_data_has_the_expected_results(
    demo_run: Path, tmp_path: Path, control: str, changes: tuple[str, ...], expected: dict[str, int]
) -> None:
    rows = evaluate_changed(demo_run, tmp_path, control, changes)
    assert Counter(row[1] for row in rows) == expected
    assert all(str(row[2]).startswith("Unknown:") == (row[1] == "error") for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize(("changes", "expected"), [((), "alarm"), ((JUST_SET,), "ok")])
def test_a_password_that_was_never_used_counts_from_the_day_it_was_set(
    demo_run: Path, tmp_path: Path, changes: tuple[str, ...], expected: str
) -> None:
    reasons = {row[0]: row[1] for row in evaluate_changed(demo_run, tmp_path, "user_unused_password", changes)}
    assert reasons[f"arn:aws:iam::{WEB}:user/hugo"] == expected


@pytest.mark.slow
@pytest.mark.parametrize("control", ["principal_can_stop_trail", "principal_escalation"])
def test_an_alarm_says_that_service_control_policies_may_prevent_it(
    demo_run: Path, tmp_path: Path, control: str
) -> None:
    sentence = "service control policies, which may forbid it, were not read."
    before, now = (
        [(row[2], row[3]) for row in evaluate_changed(demo_run, tmp_path, control, changes) if row[1] == "alarm"]
        for changes in ((), (UNLISTED,))
    )
    assert not [reason for reason, _ in before if sentence in str(reason)]
    assert now and {account for reason, account in now if sentence not in str(reason)} <= {MANAGEMENT}
