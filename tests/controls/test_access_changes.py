"""Controls of access over copies of the sample run whose data was changed, for results that the sample organization lacks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.controls import access_changes as changed
from tests.controls.test_altered_runs import evaluate_changed
from tests.tiers import slow_but_every

CASES: tuple[tuple[str, tuple[str, ...], dict[str, int]], ...] = (
    ("bedrock_full_access", (changed.BEDROCK_POLICY,), {"ok": 153, "alarm": 1}),
    ("bedrock_key_least_privilege", (changed.ADMIN_KEY,), {"alarm": 1, "skip": 1}),
    ("bedrock_key_least_privilege", (changed.UNREAD_KEY,), {"error": 1, "skip": 1}),
    ("kms_key_not_public", (changed.OPEN_KEYS,), {"alarm": 2}),
    ("topic_not_public", (changed.OPEN_TOPICS,), {"alarm": 2}),
    ("bucket_policy_other_accounts", (changed.EDITORS,), {"ok": 6, "alarm": 1, "error": 2}),
    ("bucket_policy_other_accounts", (changed.OWN_EDITORS,), {"ok": 7, "error": 2}),
    ("secret_policy_restricts", (changed.DENIED_SECRETS,), {"ok": 2, "alarm": 1}),
    ("secret_policy_restricts", (changed.SECRETS_OF_OTHERS,), {"alarm": 3}),
    ("vpc_endpoint_policy_restricts", (changed.OWN_ENDPOINTS,), {"ok": 1}),
    ("vpc_endpoint_policy_restricts", (changed.KNOWN_ENDPOINTS,), {"ok": 1}),
    ("vpc_endpoint_policy_restricts", (changed.UNREAD_ENDPOINTS,), {"error": 1}),
    ("bucket_no_public_read", (), {"ok": 5, "alarm": 2, "error": 2}),
    ("bucket_no_public_read", (changed.PUBLIC_BUT_BLOCKED,), {"ok": 6, "alarm": 1, "error": 2}),
    ("bucket_no_public_read", (changed.UNREAD_BLOCK,), {"ok": 5, "alarm": 1, "error": 3}),
    ("bucket_no_public_read", (changed.UNREAD_ACLS,), {"ok": 5, "alarm": 1, "error": 3}),
    ("function_not_public", (changed.SERVICE_TRIGGER,), {"ok": 1, "alarm": 2}),
    ("cloudwatch_not_shared", (changed.SHARING, changed.SHARING_TRUST), {"ok": 10, "alarm": 2}),
    ("ai_services_opt_out", (changed.AI_ENABLED,), {"alarm": 1}),
    ("ai_services_opt_out", (changed.AI_ENABLED, changed.ONLY_GUARDRAILS), {"error": 1}),
    ("ai_services_opt_out", (changed.AI_ENABLED, changed.FINAL), {"alarm": 1}),
    ("ai_services_opt_out", (changed.AI_ENABLED, changed.FINAL, changed.AT_ROOT), {"ok": 1}),
    ("ai_services_opt_out", (changed.AI_ENABLED, changed.OPTIONAL, changed.AT_ROOT), {"alarm": 1}),
    ("ai_services_opt_out", (changed.AI_ENABLED, changed.OPT_IN, changed.AT_ROOT), {"alarm": 1}),
    ("tag_policies_attached", (changed.NO_TAG_TARGETS,), {"alarm": 1}),
    ("tag_policies_attached", (changed.NO_TAG_TARGETS, changed.NO_TAG_POLICIES), {"alarm": 1}),
    ("tag_policies_attached", (changed.NO_TAG_TARGETS, changed.ONLY_GUARDRAILS), {"error": 1}),
    ("tag_policies_attached", (changed.NO_TAG_TARGETS, changed.NO_TYPES), {"alarm": 1}),
    ("role_bedrock_unused", (changed.UNUSED_BY_ROLE,), {"alarm": 1}),
    ("role_bedrock_unused", (changed.USED_BY_ROLE,), {"ok": 1}),
    ("user_bedrock_unused", (changed.UNUSED_BY_USER,), {"alarm": 2}),
    ("user_bedrock_unused", (changed.USED_BY_USER,), {"ok": 1, "alarm": 1}),
    ("user_sagemaker_unused", (changed.STALE_SAGEMAKER,), {"alarm": 1}),
    ("user_sagemaker_unused", (changed.USED_SAGEMAKER,), {"ok": 1}),
    ("user_sagemaker_unused", (changed.UNUSED_SAGEMAKER, changed.NO_CREATION), {"error": 1}),
    ("scp_denies_regions", (changed.UNLISTED,), {"skip": 1, "ok": 6, "error": 7}),
)


@pytest.mark.parametrize(("control", "changes", "expected"), slow_but_every(12, CASES))
def test_a_control_over_changed_data_has_the_expected_results(
    demo_run: Path, tmp_path: Path, control: str, changes: tuple[str, ...], expected: dict[str, int]
) -> None:
    rows = evaluate_changed(demo_run, tmp_path, control, changes)
    assert Counter(row[1] for row in rows) == expected
    assert all(str(row[2]).startswith("Unknown:") == (row[1] == "error") for row in rows)
