"""`notify` over pairs and chains of run files: what each target receives, once, and what it receives after a failure."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from iamsql.automation.notify import findings
from iamsql.automation.notify.model import MessageError
from iamsql.automation.notify.state import STATE_FILE
from iamsql.model import IamsqlError
from tests.automation.notify.recording import CONTROL, RecordingTarget, send, use
from tests.check.diff.run_pairs import GREEN, TOOLS, WEB, copy, delete_sql, deny_sql

RUNNER, HUGO = f"arn:aws:iam::{GREEN}:user/machines/ci-runner", f"arn:aws:iam::{WEB}:user/hugo"


def mfa(account: str, name: str, enabled: bool = True) -> str:
    """Return the SQL that gives a user MFA, or takes it away."""
    return f"update aws_iam_user set mfa_enabled = {enabled} where account_id = '{account}' and name = '{name}'"


RUNNER_SAFE, HUGO_SAFE = mfa(GREEN, "ci-runner"), mfa(WEB, "hugo")
GREEN_DENIED = [
    f"update iamsql.accounts set outcome = 'assume_role_failed', reason = 'AccessDenied' where account_id = '{GREEN}'",
    f"update iamsql.coverage set status = 'skipped', error_code = 'AssumeRole' where account_id = '{GREEN}'",
    *delete_sql(GREEN, "aws_iam_user", "aws_iam_credential_report"),
]


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> RecordingTarget:
    """Return the target `recording`."""
    target = RecordingTarget()
    use(monkeypatch, {"recording": target})
    return target


@pytest.mark.slow
def test_a_run_is_sent_once_and_the_next_one_is_compared_with_it(
    demo_run: Path, tmp_path: Path, target: RecordingTarget
) -> None:
    copy(demo_run, tmp_path, 0, [RUNNER_SAFE])
    first = send(tmp_path)
    assert target.told() == ["numbers"] and first.notice is not None and first.notice.earlier is None
    assert first.notice.open_alarms.keys() == {"medium"} and first.notice.unread_accounts and not first.notice.counts
    copy(demo_run, tmp_path, 1, [HUGO_SAFE])
    second = send(tmp_path)
    assert target.told() == [("opened", GREEN, RUNNER), ("resolved", WEB, HUGO)]
    assert second.rows.rows == [("recording", "sent", 2, 2, "ok")] and not second.failures
    (resolved,) = [change for change in target.notices[-1].changes if change.change_type == "resolved"]
    assert resolved.finding is not None and resolved.finding.status == "ok" and "MFA" in resolved.reason
    assert resolved.finding.rule.id == CONTROL and len(resolved.finding.fingerprint) == 64
    assert send(tmp_path).rows.rows == [("recording", "nothing new", 0, 0, None)] and target.told() == []
    copy(demo_run, tmp_path, 2, [HUGO_SAFE])
    assert send(tmp_path).rows.rows == [("recording", "nothing new", 0, 0, None)]
    assert stat.S_IMODE((tmp_path / STATE_FILE).stat().st_mode) == 0o600


@pytest.mark.slow
def test_what_opened_while_an_account_could_not_be_read_is_told_when_it_is_read_again(
    demo_run: Path, tmp_path: Path, target: RecordingTarget
) -> None:
    copy(demo_run, tmp_path, 0, [RUNNER_SAFE])
    copy(demo_run, tmp_path, 1, GREEN_DENIED)
    denied = send(tmp_path)
    assert target.told() == [("unknown", GREEN, "")]  # not resolved, and not opened
    assert denied.notice is not None
    newest, *others = denied.notice.unread_accounts
    assert (newest.account_id, newest.is_new) == (GREEN, True) and "AssumeRole failed" in newest.reason
    assert others and not any(account.is_new for account in others)
    copy(demo_run, tmp_path, 2)
    assert send(tmp_path).notice is not None
    assert target.told() == [("opened", GREEN, RUNNER)]
    copy(demo_run, tmp_path, 3)
    send(tmp_path)
    assert target.told() == []


@pytest.mark.slow
def test_a_call_that_is_denied_in_an_account_makes_its_findings_unknown(
    demo_run: Path, tmp_path: Path, target: RecordingTarget
) -> None:
    copy(demo_run, tmp_path, 0)
    denied = [deny_sql(call, WEB) for call in ("GetCredentialReport", "ListMFADevices")]
    copy(demo_run, tmp_path, 1, [*denied, HUGO_SAFE])
    result = send(tmp_path)
    assert target.told() == [("unknown", WEB, "")]
    assert result.notice is not None and result.notice.unread_accounts[0].reason.startswith(
        "iam:GetCredentialReport denied"
    )


@pytest.mark.slow
def test_suppressed_alarms_are_not_told(demo_run: Path, tmp_path: Path, target: RecordingTarget) -> None:
    mutes = tmp_path / "mutes.csv"
    mutes.write_text(
        f"control,account,resource,owner,reason,expires\n{CONTROL},{GREEN},*,ana,leaves soon,2027-01-01\n", "utf-8"
    )
    runs = tmp_path / "runs"
    copy(demo_run, runs, 0, [RUNNER_SAFE])
    copy(demo_run, runs, 1)
    send(runs, mutes=(mutes,))
    assert target.told() == []
    copy(demo_run, runs, 2)
    send(runs)  # without the suppression
    assert target.told() == []  # the alarm is in both runs
    send(runs, since="20260302", mutes=(mutes,))
    assert target.told() == []


@pytest.mark.slow
def test_a_target_that_fails_receives_the_rest_with_the_next_command(
    demo_run: Path, tmp_path: Path, target: RecordingTarget
) -> None:
    copy(demo_run, tmp_path, 0, [RUNNER_SAFE])
    copy(demo_run, tmp_path, 1, [HUGO_SAFE])
    target.fails_at = {1}
    failed = send(tmp_path)
    assert failed.failures == ["recording: the channel is closed. Open it."]
    assert failed.rows.rows[0][1:4] == ("failed", 2, 1)
    copy(demo_run, tmp_path, 2, [RUNNER_SAFE])
    assert not send(tmp_path).failures
    # The rest of the second run, and then what changed after it: each change once.
    titles = target.told()
    assert len(titles) == 4 and set(titles) == {
        ("opened", GREEN, RUNNER), ("resolved", WEB, HUGO), ("resolved", GREEN, RUNNER), ("opened", WEB, HUGO),
    }  # fmt: skip
    assert send(tmp_path).rows.rows[0][1] == "nothing new"


@pytest.mark.slow
def test_a_target_that_could_not_be_reached_receives_the_changes_since_its_last_message(
    demo_run: Path, tmp_path: Path, target: RecordingTarget
) -> None:
    copy(demo_run, tmp_path, 0, [RUNNER_SAFE, HUGO_SAFE])
    send(tmp_path)
    target.told()
    copy(demo_run, tmp_path, 1, [RUNNER_SAFE])
    target.fails_at = {1}
    assert send(tmp_path).failures
    copy(demo_run, tmp_path, 2)
    assert not send(tmp_path).failures
    assert target.told() == [("opened", GREEN, RUNNER), ("opened", WEB, HUGO)]


@pytest.mark.slow
def test_a_target_that_takes_all_receives_the_open_findings_first_and_those_that_open_later(
    demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, chat = RecordingTarget("hub", takes_all=True), RecordingTarget("chat")
    use(monkeypatch, {"hub": hub, "chat": chat})
    copy(demo_run, tmp_path, 0, GREEN_DENIED)
    copy(demo_run, tmp_path, 1, GREEN_DENIED)
    hub.fails_at, hub.error = {2}, MessageError
    assert [delivery.status for delivery in send(tmp_path, "hub", "chat").deliveries] == ["failed", "nothing new"]
    part = hub.told()
    send(tmp_path, "hub", "chat")
    later = hub.told()
    assert len(later) == 1 and ("open", WEB, HUGO) in [*part, *later] and len({*part, *later}) == len(part) + 1
    copy(demo_run, tmp_path, 2)
    result = send(tmp_path, "hub", "chat")
    # No run read the account before: chats do not say that its findings opened, and Security Hub needs them.
    assert ("opened", GREEN, RUNNER) in hub.told() and chat.told() == []
    assert result.notice is not None and "no earlier run has an answer" in result.notice.notes[0]
    copy(demo_run, tmp_path, 70)
    send(tmp_path, "hub", "chat")
    assert {("open", GREEN, RUNNER), ("open", WEB, HUGO)} <= set(hub.told())  # before Security Hub deletes them


@pytest.mark.slow
def test_targets_with_different_selections_and_baselines(
    demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, late = RecordingTarget("chat"), RecordingTarget("late")
    use(monkeypatch, {"chat": chat, "late": late})
    copy(demo_run, tmp_path, 0, [RUNNER_SAFE, HUGO_SAFE])
    send(tmp_path, "chat", "late")
    copy(demo_run, tmp_path, 1, [RUNNER_SAFE])
    send(tmp_path, "chat")
    assert chat.told() == [("opened", WEB, HUGO), "numbers"]
    copy(demo_run, tmp_path, 2)
    send(tmp_path, "chat", "late")
    assert chat.told() == [("opened", GREEN, RUNNER)]
    assert late.told() == [("opened", GREEN, RUNNER), ("opened", WEB, HUGO), "numbers"]
    send(tmp_path, "chat", kinds=["resolved"])
    assert chat.told() == []
    send(tmp_path, "chat", severity="critical")
    assert chat.told() == []
    send(tmp_path, "chat", kinds=["opened"])  # a selection that the target did not receive yet
    assert chat.told() == [("opened", GREEN, RUNNER)]


@pytest.mark.slow
def test_the_link_of_a_bucket_is_in_the_other_messages(
    demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, chat = RecordingTarget("s3://b", link="https://b.example/report?signature=1"), RecordingTarget("chat")
    use(monkeypatch, {"chat": chat, "s3://b": bucket})
    copy(demo_run, tmp_path, 0)
    result = send(tmp_path, "chat", "s3://b")
    assert chat.notices[-1].link == bucket.link and [delivery.target for delivery in result.deliveries] == [
        "s3://b",
        "chat",
    ]
    copy(demo_run, tmp_path, 1, [HUGO_SAFE])
    send(tmp_path, "chat", "s3://b", link="https://reports.example")
    assert chat.notices[-1].link == bucket.notices[-1].link == "https://reports.example"


def test_a_preview_sends_and_records_nothing(demo_run: Path, tmp_path: Path, target: RecordingTarget) -> None:
    copy(demo_run, tmp_path, 0, [RUNNER_SAFE])
    copy(demo_run, tmp_path, 1)
    previews: list[Any] = []
    result = send(tmp_path, preview=previews.append)
    assert previews == [{"target": "recording", "operation": "POST", "body": ("opened", GREEN, RUNNER)}]
    assert result.rows.rows == [("recording", "preview", 1, 1, None)]
    assert target.sent == [] and not (tmp_path / STATE_FILE).exists()


@pytest.mark.slow
def test_large_runs_are_compared_one_after_the_other_with_the_same_result(
    demo_run: Path, tmp_path: Path, target: RecordingTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(demo_run, tmp_path, 0, [RUNNER_SAFE])
    copy(demo_run, tmp_path, 1, [HUGO_SAFE])
    runs_of_previews = []
    for size in (10**12, 0):
        monkeypatch.setattr(findings, "MAX_CONCURRENT_BYTES", size)
        previews: list[Any] = []
        send(tmp_path, preview=previews.append, benchmarks=(CONTROL, "root_mfa", "access_key_rotated"))
        runs_of_previews.append(previews)
    titles = {row["body"] for row in runs_of_previews[0]}
    assert runs_of_previews[0] == runs_of_previews[1] and titles >= {("opened", GREEN, RUNNER), ("resolved", WEB, HUGO)}


@pytest.mark.slow
def test_new_keys_administrators_and_accounts(demo_run: Path, tmp_path: Path, target: RecordingTarget) -> None:
    copy(
        demo_run,
        tmp_path,
        0,
        [f"delete from {table} where account_id = '{TOOLS}'" for table in ("iamsql.accounts", "iamsql.coverage")],
    )
    key = "insert into aws_iam_access_key by name select * replace ('AKIANEW' as access_key_id) from aws_iam_access_key limit 1"
    copy(demo_run, tmp_path, 1, [key])
    send(tmp_path, kinds=["key", "account"])
    titles = target.told()
    assert ("account", TOOLS, f"arn:aws:::{TOOLS}") in titles
    assert [resource for kind, _, resource in titles if kind == "key" and resource == "AKIANEW"] == ["AKIANEW"]
    assert {kind for kind, *_ in titles} == {"account", "key"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": ["open"]}, "unknown kind of change 'open'; did you mean opened"),
        ({"severity": "hihg"}, "unknown severity 'hihg'; did you mean high"),
        ({"benchmarks": ("user_mfaa",)}, "'user_mfaa'; did you mean user_mfa"),
        ({"since": "latest"}, "is not earlier than"),
        ({"run": "20010101"}, "There is no run 20010101"),
    ],
)
def test_an_invalid_request_is_an_error(
    demo_run: Path, target: RecordingTarget, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(IamsqlError, match=message):
        send(demo_run.parent, **options)
    assert target.notices == []


@pytest.mark.slow
def test_a_damaged_record_of_deliveries_is_an_error_and_nothing_is_sent(
    demo_run: Path, tmp_path: Path, target: RecordingTarget
) -> None:
    copy(demo_run, tmp_path, 0)
    (tmp_path / STATE_FILE).write_text(json.dumps({"schema": "iamsql.notify-state/9"}), "utf-8")
    with pytest.raises(IamsqlError, match="newer version"):
        send(tmp_path)
    assert target.notices == []
