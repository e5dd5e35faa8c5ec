"""Detections over the public log files of an attack simulation: what they find are its steps, and little else.

The files are from Invictus Incident Response, in the data folder next to the repository, where it exists.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.detections.harness import DETECTIONS, detection_rows, load_events

LOG_FILES = Path(__file__).parents[3] / "shared/data/cloudtrail-invictus/AWSLogs"
# The steps of the simulation: each gives one row.
STEPS = {
    "account_details_downloaded": "GetAccountAuthorizationDetails",
    "console_login_without_mfa": "ConsoleLogin",
    "discovery_burst": "GetTrailStatus",
    "flow_logs_deleted": "DeleteFlowLogs",
    "image_shared": "ModifyImageAttribute",
    "login_profile_for_another_user": "CreateLoginProfile",
    "role_passed_to_service": "RunInstances",
    "roles_anywhere_trust_anchor": "CreateTrustAnchor",
    "security_group_opened": "AuthorizeSecurityGroupIngress",
}
ROWS_PER_THOUSAND = 6  # largest number of other rows for 1,000 events


@pytest.mark.slow
@pytest.mark.skipif(not LOG_FILES.exists(), reason="the public log files are not beside the repository")
def test_few_findings_are_not_steps_of_the_attack(con: duckdb.DuckDBPyConnection) -> None:
    records: list[Any] = []
    for path in sorted(LOG_FILES.rglob("*.json.gz")):
        records += json.loads(gzip.decompress(path.read_bytes()))["Records"]
    load_events(con, records)
    rows = [(name, row["event_name"]) for name, query in DETECTIONS.items() for row in detection_rows(con, query)]
    assert set(STEPS.items()) <= set(rows)
    others = Counter(rows) - Counter(STEPS.items())
    assert others.total() * 1000 <= ROWS_PER_THOUSAND * len(records), others
