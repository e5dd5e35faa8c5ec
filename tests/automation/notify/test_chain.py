"""A chain of syncs of the fake AWS with faults: findings open and are resolved while an account cannot be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.automation.notify.answers import iter_answers
from iamsql.automation.notify.model import Message, Notice
from iamsql.check.diff.request import FindingRequest, resolve_request
from iamsql.check.finding_record import FindingRecord
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.automation.notify.recording import RecordingTarget, send, use
from tests.check.diff.run_pairs import GREEN, WEB
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults

CONTROLS = ("user_mfa", "access_key_rotated", "access_key_unused")
CHAIN: list[dict[str, Any]] = [
    {"deny": ((WEB, "iam:GetCredentialReport"), (WEB, "iam:GenerateCredentialReport"))},
    {"deny": ((GREEN, "sts:AssumeRole"), (WEB, "iam:ListAccessKeys"))},
    {"deny": ((GREEN, "iam:ListMFADevices"), (GREEN, "iam:GetCredentialReport"))},
    {"deny": ((WEB, "iam:GetAccountAuthorizationDetails"), (WEB, "iam:ListUsers"))},
    {},
]


class Hub(RecordingTarget):
    """A target that keeps the findings it receives, as Security Hub does."""

    def __init__(self) -> None:
        """Begin without findings. `open` maps the fingerprints of open findings to their controls and accounts."""
        super().__init__("hub", takes_all=True)
        self.open: dict[str, tuple[str, str]] = {}

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Apply the changes, and yield a message without fingerprints."""
        for change in notice.changes:
            if change.finding and change.change_type == "resolved":
                del self.open[change.finding.fingerprint]
            elif change.finding:
                assert change.finding.fingerprint not in self.open
                self.open |= place(change.finding)
        for record in notice.open_findings():
            self.open |= place(record)
        yield Message("POST", dict(notice.counts))


def place(record: FindingRecord) -> dict[str, tuple[str, str]]:
    """Map the fingerprint of a finding to its control and account."""
    return {record.fingerprint: (record.rule.id, record.account_id)}


def run_of(folder: Path, day: int, faults: dict[str, Any]) -> Path:
    """Sync the sample organization as it is some days later, with faults; each day, other users have MFA."""
    aws = FakeAws(DAY + timedelta(days=day), faults=Faults(**faults))
    result = sync(Options(runs=folder, demo=True, days=1), Progress(), aws)
    assert result.path is not None
    with duckdb.connect(str(result.path)) as connection:
        connection.execute(f"update aws_iam_user set mfa_enabled = not mfa_enabled where hash(arn) % 4 = {day % 4}")
    return result.path.rename(folder / f"{DAY + timedelta(days=day):%Y%m%d}T120000Z-o-demo123456.duckdb")


def open_findings(path: Path) -> tuple[dict[str, tuple[str, str]], set[tuple[str, str]]]:
    """Return the alarms of a run, and the controls and accounts without an answer."""
    open_controls = resolve_request(FindingRequest(controls=CONTROLS)).controls
    assert open_controls is not None
    alarms: dict[str, tuple[str, str]] = {}
    unknown = set()
    with open_controls(path) as control_run:
        for _, answers in iter_answers(control_run):
            alarms |= {identity: (answers.rule.id, account) for identity, account in answers.accounts.items()}
            unknown |= {(answers.rule.id, name) for name in answers.coverage.accounts.names if answers.lacks(name)}
    return alarms, unknown


@pytest.mark.slow
def test_the_notices_of_a_chain_of_syncs_add_up_to_the_open_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub()
    use(monkeypatch, {"hub": hub})
    opened_and_resolved = []
    for number, faults in enumerate(CHAIN):
        path = run_of(tmp_path, number, faults)
        assert not send(tmp_path, "hub", benchmarks=CONTROLS, kinds=("opened", "resolved")).failures
        opened_and_resolved.append(hub.told())
    alarms, unknown = open_findings(path)
    assert unknown and hub.open.items() >= alarms.items()
    # Where the last run has no answer, findings stay open.
    assert {entry for entry in hub.open.items() if entry[1] not in unknown} == {
        entry for entry in alarms.items() if entry[1] not in unknown
    }
    counts = sum((Counter(counts) for (counts,) in opened_and_resolved), Counter[str]())
    assert counts["opened"] > 3 and counts["resolved"] > 3
