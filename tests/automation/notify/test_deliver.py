"""Deliveries to several targets: one that fails stops neither the others nor, if it says so, its next messages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from iamsql.automation.notify.compare import Comparison
from iamsql.automation.notify.deliver import Deliverer, Order
from iamsql.automation.notify.model import KINDS, Message, MessageError, Notice
from iamsql.automation.notify.request import Delivery
from iamsql.automation.notify.state import NotifyState
from iamsql.automation.notify.steps import Step, build_steps
from iamsql.model import IamsqlError
from tests.automation.notify import notices
from tests.automation.notify.findings import changed, finding
from tests.automation.notify.known_runs import run
from tests.automation.notify.recording import RecordingTarget

CHANGES = [notices.change(number) for number in (1, 2, 3)]
STEP = Step(run(2), [run(1)])


def order(target: RecordingTarget, notice: Notice | None = None, **step: Any) -> Order:
    comparison = Comparison(notice or notices.notice(CHANGES), [notices.change(9)])
    return Order(target, (target.label, "", ""), [Step(run(2), [run(1)], **step)], [comparison])


def deliver(folder: Path, *orders: Order, kinds: Sequence[str] = KINDS) -> list[Delivery]:
    return Deliverer(NotifyState(folder), kinds).deliver([], orders, "")


def test_a_target_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    targets = [RecordingTarget(f"target-{number}") for number in range(20)]
    targets[3].fails_at = {0}
    result = deliver(tmp_path, *map(order, targets))
    assert [(row.target, row.status) for row in result if row.status != "sent"] == [("target-3", "failed")]
    assert [len(target.sent) for target in targets] == [3] * 3 + [0] + [3] * 16
    state = NotifyState(tmp_path)
    assert {state.of((target.label, "", "")).delivered for target in targets} == {"run-2", ""}


def test_messages_after_a_failed_one_are_sent_only_if_the_target_says_so(tmp_path: Path) -> None:
    stops, goes_on = RecordingTarget("stops"), RecordingTarget("goes on")
    stops.fails_at, goes_on.fails_at, goes_on.error = {0}, {0, 1}, MessageError
    result = deliver(tmp_path, order(stops), order(goes_on))
    assert (len(stops.sent), len(goes_on.sent)) == (0, 1)
    assert result[1].detail == "the channel is closed. Open it."
    deliver(tmp_path, order(stops), order(goes_on))
    assert (len(stops.sent), len(goes_on.sent)) == (3, 3)


def test_an_error_of_a_file_that_a_target_needs_is_a_failure_and_a_bug_is_not(tmp_path: Path) -> None:
    class Broken(RecordingTarget):
        error_of_messages: Exception = IamsqlError("no space left")

        def messages(self, notice: Notice) -> Any:
            raise self.error_of_messages

    broken = Broken("broken")
    assert deliver(tmp_path, order(broken))[0].detail == "not delivered: no space left"
    broken.error_of_messages = KeyError("bug")
    with pytest.raises(KeyError):
        deliver(tmp_path, order(broken))


def test_kinds_that_are_not_selected_are_left_out_and_a_run_without_news_is_recorded(tmp_path: Path) -> None:
    target = RecordingTarget()
    (result,) = deliver(tmp_path, order(target), kinds=["key"])
    assert (result.status, result.changes, target.sent) == ("nothing new", 0, [])
    assert NotifyState(tmp_path).of(("recording", "", "")).delivered == "run-2"


def test_findings_of_accounts_that_were_never_read_are_for_targets_that_take_all(tmp_path: Path) -> None:
    chat, hub = RecordingTarget("chat"), RecordingTarget("hub", takes_all=True)
    deliver(tmp_path, order(chat), order(hub))
    assert (len(chat.sent), len(hub.sent)) == (3, 4)
    everything = RecordingTarget("everything", takes_all=True)
    deliver(tmp_path, order(everything, with_all=True))
    assert everything.notices[0].changes == [], "the opened findings are among the open ones"


def test_a_message_without_fingerprints_is_sent_again_and_others_are_not(tmp_path: Path) -> None:
    class Files(RecordingTarget):
        def messages(self, notice: Notice) -> Any:
            yield Message("PutObject", "file", ["digest of the file"])
            yield Message("PutEvents", "run")
            yield Message("PutObject", "report", ["digest of the report"])

    files = Files("files")
    files.fails_at = {2}
    deliver(tmp_path, order(files))
    deliver(tmp_path, order(files))
    assert files.sent == ["file", "run", "run", "report"]


FIRST, SECOND = "222222222222", "333333333333"


class Accounts(RecordingTarget):
    """Imports findings account by account, and refuses some accounts, or some findings for ever."""

    def __init__(self) -> None:
        super().__init__("hub", takes_all=True)
        self.refused: set[str] = set()
        self.invalid: set[str] = set()

    def group_of(self, account_id: str) -> str:
        return account_id

    def messages(self, notice: Notice) -> Any:
        result = [
            (change.change_type, change.finding, change.fingerprint) for change in notice.changes if change.finding
        ]
        result += [("open", record, record.fingerprint) for record in notice.open_findings()]
        for kind, record, identity in result:
            yield Message("Import", (kind, record.resource[-1]), [identity], group=record.account_id)

    def send(self, message: Message) -> str:
        self.requests += 1
        if message.group in self.refused:
            raise MessageError(f"Account {message.group}: denied.\nAllow it.")
        if message.body[1] in self.invalid:
            error = MessageError("Invalid.")
            error.is_final = True
            raise error
        self.sent.append(message.body)
        return "ok"


def deliver_run(folder: Path, target: Accounts, day: int, notice: Notice) -> Delivery:
    """Deliver a notice about a run as `iamsql notify` does; the runs before it are still there."""
    key = (target.label, "", "")
    earlier = [run(before) for before in range(day - 1, 0, -1)]
    steps = build_steps(NotifyState(folder).of(key), run(day), earlier, takes_all=True)
    (result,) = deliver(folder, Order(target, key, steps, [Comparison(notice) for _ in steps]))
    return result


def test_an_account_that_refuses_its_findings_does_not_hold_up_later_runs_and_receives_them_later(
    tmp_path: Path,
) -> None:
    hub, records = Accounts(), [finding(1), finding(2, account_id=SECOND), finding(3, account_id="444444444444")]
    hub.refused = {FIRST, SECOND}
    one = notices.notice(earlier=None, open_findings=lambda: iter(records))
    result = deliver_run(tmp_path, hub, 1, one)
    assert (result.status, hub.told()) == ("failed", [("open", "3")])
    assert result.detail == f"Account {FIRST}: denied. Allow it. Also failed: {SECOND}."

    hub.refused = {FIRST}
    assert deliver_run(tmp_path, hub, 1, one).status == "failed"
    assert hub.told() == [("open", "2")]  # the same run, for the accounts that lack it

    later = [*records, finding(4), finding(5, account_id=SECOND)]
    gone = finding(6, account_id=SECOND)
    changes = [changed(later[3]), changed(later[4]), changed(gone, "resolved")]
    two = notices.notice(changes, open_findings=lambda: iter(later))
    assert deliver_run(tmp_path, hub, 2, two).status == "failed"
    assert hub.told() == [("opened", "5"), ("resolved", "6")]

    hub.refused = set()
    assert deliver_run(tmp_path, hub, 3, notices.notice(open_findings=lambda: iter(later))).status == "sent"
    assert hub.told() == [("open", "1"), ("open", "4")]
    assert deliver_run(tmp_path, hub, 3, notices.notice(open_findings=lambda: iter(later))).status == "nothing new"
    assert NotifyState(tmp_path).of(("hub", "", "")).owed == frozenset()


def test_a_finding_that_a_target_never_accepts_is_an_error_once(tmp_path: Path) -> None:
    hub, records = Accounts(), [finding(1), finding(2)]
    hub.invalid = {"1"}
    one = notices.notice(earlier=None, open_findings=lambda: iter(records))
    assert deliver_run(tmp_path, hub, 1, one).status == "failed" and hub.told() == [("open", "2")]
    assert deliver_run(tmp_path, hub, 1, one).status == "nothing new" and hub.requests == 2
