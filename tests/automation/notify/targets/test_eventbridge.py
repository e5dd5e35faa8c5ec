"""EventBridge: an event for each change and one for the run, in requests within the limits; only failed events are repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from iamsql.automation.notify.model import KINDS, DeliveryError, TargetContext
from iamsql.automation.notify.targets import eventbridge
from iamsql.automation.notify.targets.eventbridge import DETAIL_TYPES, RUN_DETAIL_TYPE, entry_size, open_target
from tests.automation.notify.emulators import ACCOUNT, REGION, Emulator, bodies, deliver, moto, settled
from tests.automation.notify.notices import RUN, change, hostile, large, notice, unread, usual


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    with moto() as emulator:
        yield emulator


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Skip the pauses between attempts, and list them."""
    durations: list[float] = []
    monkeypatch.setattr(eventbridge.time, "sleep", durations.append)
    return durations


def queue_of(aws: Emulator, bus: str) -> str:
    """Create a bus whose events of iamsql go to a queue, and return the queue's URL."""
    events, queues = aws.client("events"), aws.client("sqs")
    events.create_event_bus(Name=bus)
    url = queues.create_queue(QueueName=bus)["QueueUrl"]
    events.put_rule(Name="changes", EventBusName=bus, EventPattern=json.dumps({"source": ["iamsql"]}))
    events.put_targets(
        Rule="changes", EventBusName=bus, Targets=[{"Id": "queue", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{bus}"}]
    )
    return str(url)


def test_a_rule_receives_an_event_for_each_change_and_one_for_the_run(aws: Emulator) -> None:
    queue = queue_of(aws, "security")
    assert deliver(open_target("security", aws.context()), usual()) == ["6 events"]
    received_events = [
        json.loads(message["Body"])
        for message in aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    opened = next(event for event in received_events if event["detail"].get("fingerprint") == f"{1:064x}")
    assert opened["source"] == "iamsql" and opened["resources"] == ["arn:aws:iam::222222222222:user/ci-1"]
    assert opened["detail"]["account_id"] == "222222222222" and opened["detail"]["run"] == RUN.run_id
    run = next(event for event in received_events if event["detail-type"] == RUN_DETAIL_TYPE)["detail"]
    assert [account["account_id"] for account in run["not_read"]] == ["000000000001", "000000000002"]
    assert run["counts"] == {"opened": 2, "administrator": 1, "key": 1, "resolved": 1} and run["accounts_not_read"] == 2
    assert sorted(event["detail-type"] for event in received_events) == sorted(
        [*(DETAIL_TYPES[kind] for kind in ("opened", "opened", "administrator", "key", "resolved")), RUN_DETAIL_TYPE]
    )


def test_each_kind_of_change_has_a_detail_type() -> None:
    assert set(DETAIL_TYPES) == set(KINDS)


def test_no_events_without_changes_but_one_for_the_first_run() -> None:
    target = open_target("", TargetContext(dict))
    assert bodies(target, notice()) == []
    [first] = bodies(target, notice(earlier=None))
    assert [entry["DetailType"] for entry in first["Entries"]] == [RUN_DETAIL_TYPE]


@pytest.mark.parametrize("about", [usual(), hostile(), large()], ids=["usual", "hostile", "large"])
def test_requests_keep_the_limits(about: Any) -> None:
    target = open_target("", TargetContext(dict))
    messages = list(target.messages(about))
    assert settled(messages) >= {change.fingerprint for change in about.changes}
    for message in messages:
        entries = message.body["Entries"]
        assert len(entries) <= 10 and len(message.settles) == len(entries)
        assert sum(map(entry_size, entries)) <= 256_000
        for entry in entries:
            assert isinstance(json.loads(entry["Detail"])["schema"], str)
            assert entry["Detail"].isascii()


def test_requests_are_divided_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventbridge, "MAX_REQUEST_BYTES", 3_000)
    requests = bodies(open_target("", TargetContext(dict)), notice([change(number) for number in range(20)]))
    sizes = [sum(map(entry_size, request["Entries"])) for request in requests]
    assert max(sizes) <= 3_000 and sum(len(request["Entries"]) for request in requests) == 21


def test_accounts_that_do_not_fit_into_the_event_of_the_run_are_counted() -> None:
    missing = [unread(number, reason="r" * 300) for number in range(5_000)]
    entry = bodies(open_target("", TargetContext(dict)), notice([change()], missing))[0]["Entries"][-1]
    detail = json.loads(entry["Detail"])
    assert len(detail["not_read"]) + detail["not_read_left_out"] == detail["accounts_not_read"] == 5_000
    assert 0 < detail["not_read_left_out"] < 5_000 and entry_size(entry) < 256_000


class FlakyEvents:
    """A client that answers with the given codes of failed entries, one list for each request, and then accepts all."""

    def __init__(self, *answers: dict[str, str]) -> None:
        self.answers = list(answers)
        self.requests: list[list[str]] = []

    def client(self, *_: str) -> FlakyEvents:
        return self

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.requests.append([json.loads(entry["Detail"]).get("title", "run") for entry in Entries])
        codes = self.answers.pop(0) if self.answers else {}
        results = [
            {"ErrorCode": codes[title], "ErrorMessage": "later"} if title in codes else {"EventId": "1"}
            for title in self.requests[-1]
        ]
        return {"FailedEntryCount": len(codes), "Entries": results}


def two_changes() -> Any:
    return notice([change(1, title="a"), change(2, title="b")])


def test_only_the_entries_that_failed_are_sent_again(pauses: list[float]) -> None:
    client = FlakyEvents({"b": "ThrottlingException"}, {"b": "InternalFailure"})
    assert deliver(open_target("", TargetContext(lambda: client)), two_changes()) == ["3 events"]
    assert client.requests == [["a", "b", "run"], ["b"], ["b"]] and pauses == [0.5, 1.0]


def test_an_entry_that_keeps_failing_is_an_error(pauses: list[float]) -> None:
    client = FlakyEvents(*[{"a": "ThrottlingException"}] * 10)
    with pytest.raises(DeliveryError, match=r"1 of 3 events were not accepted: ThrottlingException: later\nRepeat"):
        deliver(open_target("", TargetContext(lambda: client)), two_changes())
    assert len(client.requests) == 5


def test_an_entry_that_is_not_valid_is_not_repeated(pauses: list[float]) -> None:
    client = FlakyEvents({"a": "MalformedDetail"})
    with pytest.raises(DeliveryError, match="MalformedDetail"):
        deliver(open_target("", TargetContext(lambda: client)), two_changes())
    assert len(client.requests) == 1 and pauses == []


def test_the_arn_of_a_bus_chooses_its_region(aws: Emulator) -> None:
    arn = f"arn:aws:events:us-west-2:{ACCOUNT}:event-bus/other"
    aws.client("events", "us-west-2").create_event_bus(Name="other")
    assert deliver(open_target(arn, aws.context()), usual()) == ["6 events"]


@pytest.mark.parametrize("text", ["a b", "a\nb", "x" * 257, "arn:aws:sns:eu-west-1:111122223333:x", "a/b", "<b>"])
def test_another_text_is_not_a_bus(text: str) -> None:
    with pytest.raises(DeliveryError, match=r"is not the name or ARN of an event bus\.\nExample: eventbridge:"):
        open_target(text, TargetContext(dict))


def test_labels_are_the_texts_of_the_user() -> None:
    assert [open_target(text, TargetContext(dict)).label for text in ("", "security")] == [
        "eventbridge",
        "eventbridge:security",
    ]
