"""Security Hub: findings are imported as member or administrator, updated and archived, and bounded in memory and rate."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.session import get_session
from botocore.validate import ParamValidator

from iamsql.automation.notify import finding_batches
from iamsql.automation.notify.finding_batches import MAX_BATCH_FINDINGS, MAX_FINDING_BYTES, Batch, FindingBatches
from iamsql.automation.notify.model import DeliveryError, MessageError, TargetContext
from iamsql.automation.notify.targets import securityhub
from iamsql.automation.notify.targets.securityhub import open_target
from iamsql.aws.delivery import Clients
from tests.automation.notify.emulators import ACCOUNT, REGION, Emulator, deliver, moto
from tests.automation.notify.findings import changed, finding, many, with_open
from tests.automation.notify.notices import change, notice
from tests.hostile.names import NAMES, UNSEEN

CENTRAL = {"securityhub_account": "administrator"}
MEMBERS = ("222222222222", "333333333333")


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    with moto() as emulator:
        for account in (*MEMBERS, ACCOUNT):
            hub(account).enable_security_hub()
        yield emulator


def hub(account: str) -> Any:
    """Return a client of an account."""
    role = "" if account == ACCOUNT else f"arn:aws:iam::{account}:role/test"
    return Clients(region=REGION).client("securityhub", "", role)


def imported(account: str) -> dict[str, dict[str, Any]]:
    """Return the findings that an account has in Security Hub, by resource."""
    pages = hub(account).get_paginator("get_findings").paginate()
    return {item["Resources"][0]["Id"]: item for page in pages for item in page["Findings"]}


class FakeHub:
    """Clients whose Security Hub answers with the given lists of failed findings, and then accepts all."""

    def __init__(self, *answers: Any, account: str = ACCOUNT, refused: tuple[str, ...] = ()) -> None:
        self.answers = list(answers)
        self.account, self.region, self.refused = account, REGION, refused
        self.requests: list[list[str]] = []
        self.roles: list[tuple[str, ...]] = []

    def client(self, service: str, region: str = "", role: str = "", external_id: str = "") -> FakeHub:
        self.roles.append((service, region, role, external_id))
        if role.split(":")[4:5] and role.split(":")[4] in self.refused:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": f"not {role}"}}, "AssumeRole")
        return self

    def batch_import_findings(self, Findings: list[dict[str, Any]]) -> dict[str, Any]:
        self.requests.append([item["Resources"][0]["Id"] for item in Findings])
        response = self.answers.pop(0) if self.answers else {}
        if isinstance(response, Exception):
            raise response
        failed = [
            {"Id": item["Id"], "ErrorCode": code, "ErrorMessage": "said \x1b[31m"}
            for item in Findings
            for resource, code in response.items()
            if item["Resources"][0]["Id"].endswith(resource)
        ]
        return {"FailedCount": len(failed), "SuccessCount": len(Findings) - len(failed), "FailedFindings": failed}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Skip the pauses, and list them."""
    durations: list[float] = []
    monkeypatch.setattr(securityhub.time, "sleep", durations.append)
    return durations


def target(clients: Any, **settings: str) -> securityhub.SecurityHubTarget:
    return open_target("", TargetContext(lambda: clients, settings=settings))


def test_a_member_account_gets_its_findings_updates_and_the_end(aws: Emulator) -> None:
    mine, other = finding(1), finding(2, account_id=MEMBERS[1], resource=f"arn:aws:iam::{MEMBERS[1]}:user/x")
    first = with_open(mine, other, finding(3, muted="accepted until June"))
    answers = deliver(open_target("", aws.context()), first)
    assert sorted(answers) == ["1 findings of account 333333333333", "2 findings of account 222222222222"]
    by_resource = imported(MEMBERS[0])
    assert by_resource[mine.resource]["AwsAccountId"] == MEMBERS[0] and imported(MEMBERS[1]).keys() == {other.resource}
    assert {item["Workflow"]["Status"] for item in by_resource.values()} == {"NEW", "SUPPRESSED"}
    assert by_resource[mine.resource]["Compliance"]["Status"] == "FAILED"
    resolved = finding(1, status="ok")
    deliver(open_target("", aws.context()), notice([changed(resolved, "resolved"), changed(finding(4))]))
    by_resource = imported(MEMBERS[0])
    assert (
        by_resource[mine.resource]["RecordState"],
        by_resource[mine.resource]["Compliance"]["Status"],
    ) == ("ARCHIVED", "PASSED")
    assert len(by_resource) == 3 and by_resource[finding(4).resource]["RecordState"] == "ACTIVE"


def test_an_administrator_gets_all_findings_with_the_resources_of_the_members(aws: Emulator) -> None:
    records = [finding(5), finding(6, account_id=MEMBERS[1], resource=f"arn:aws:iam::{MEMBERS[1]}:user/y")]
    assert deliver(open_target("", aws.context(settings=CENTRAL)), with_open(*records)) == [
        f"2 findings of account {ACCOUNT}"
    ]
    by_resource = imported(ACCOUNT)
    assert {item["AwsAccountId"] for item in by_resource.values()} == {ACCOUNT}
    assert {item["ProductFields"]["iamsql/account"] for item in by_resource.values()} == set(MEMBERS)
    assert by_resource.keys() == {record.resource for record in records}


def test_a_role_is_assumed_with_the_external_id_except_in_the_account_of_the_caller() -> None:
    clients = FakeHub(account=MEMBERS[0])
    settings = {"external_id": "secret", "securityhub_role": "hub/importer", "securityhub_region": "us-west-2"}
    records = [finding(1), finding(2, account_id=MEMBERS[1])]
    deliver(target(clients, **settings), with_open(*records))
    role = f"arn:aws:iam::{MEMBERS[1]}:role/hub/importer"
    assert clients.roles == [("securityhub", "us-west-2", "", ""), ("securityhub", "us-west-2", role, "secret")]


def test_another_account_imports_all_findings_with_its_role() -> None:
    clients = FakeHub()
    hub_target = target(clients, securityhub_account="444444444444")
    answers = deliver(hub_target, with_open(finding(1), finding(2, account_id=MEMBERS[1])))
    assert answers == ["2 findings of account 444444444444"] and hub_target.label == "securityhub:444444444444"
    assert clients.roles == [("securityhub", REGION, "arn:aws:iam::444444444444:role/iamsql-securityhub", "")]


def test_an_account_that_cannot_be_entered_is_named_once_tried_and_does_not_stop_the_others() -> None:
    clients = FakeHub(refused=(MEMBERS[0],))
    hub_target = target(clients)
    records = [finding(number) for number in range(150)] + [finding(200, account_id=MEMBERS[1])]
    outcomes = []
    for message in hub_target.messages(with_open(*records)):
        try:
            outcomes.append(hub_target.send(message))
        except MessageError as error:
            outcomes.append(str(error))
    refused = f"Account {MEMBERS[0]}: AssumeRole: AccessDenied: not arn:aws:iam::{MEMBERS[0]}:role/iamsql-securityhub\n"
    assert [outcome.startswith(refused + "Allow sts:AssumeRole on ") for outcome in outcomes] == [True, True, False]
    assert outcomes[2] == f"1 findings of account {MEMBERS[1]}" and len(clients.roles) == 2


def test_accounts_that_are_not_active_are_left_out_unless_one_account_imports_all() -> None:
    suspended = with_open(finding(1), finding(2, account_id=MEMBERS[1]), inactive={MEMBERS[1]})
    assert deliver(target(FakeHub()), suspended) == [f"1 findings of account {finding().account_id}"]
    every = deliver(target(FakeHub(), securityhub_account="444444444444"), suspended)
    assert every == ["2 findings of account 444444444444"]


def test_only_an_error_that_stays_is_final(pauses: list[float]) -> None:
    for code, is_final in (("InvalidInput", True), ("InvalidAccess", False), ("InternalException", False)):
        with pytest.raises(MessageError) as error:
            deliver(target(FakeHub(*[{"ci-1": code}] * 9)), with_open(finding(1)))
        assert error.value.is_final is is_final, code


def test_findings_that_failed_for_a_moment_are_sent_again_alone(pauses: list[float]) -> None:
    clients = FakeHub({"ci-2": "InternalException"}, {"ci-2": "ThrottlingException"})
    assert deliver(target(clients), with_open(finding(1), finding(2))) == ["2 findings of account 222222222222"]
    assert [len(request) for request in clients.requests] == [2, 1, 1] and pauses == [0.5, 1.0]


def test_findings_that_are_refused_are_an_error_with_their_codes(pauses: list[float]) -> None:
    clients = FakeHub({"ci-1": "InvalidInput", "ci-2": "InvalidAccess"})
    with pytest.raises(MessageError) as error:
        deliver(target(clients), with_open(finding(1), finding(2), finding(3)))
    assert str(error.value) == (
        "Account 222222222222: 2 of 3 findings were not imported: 1 InvalidAccess: said \\x1b[31m; 1 InvalidInput: said \\x1b[31m\n"
        + securityhub.ENABLE_HINT
    )
    assert pauses == [] and len(clients.requests) == 1


def test_findings_that_keep_failing_are_an_error(pauses: list[float]) -> None:
    clients = FakeHub(*[{"ci-1": "InternalException"}] * 9)
    with pytest.raises(MessageError, match="1 of 1 findings were not imported: 1 InternalException"):
        deliver(target(clients), with_open(finding(1)))
    assert len(clients.requests) == 5


def test_security_hub_that_is_not_enabled_is_an_error_with_the_next_step() -> None:
    response = {"Error": {"Code": "InvalidAccessException", "Message": "not subscribed"}}
    clients = FakeHub(ClientError(response, "BatchImportFindings"))
    with pytest.raises(
        MessageError, match=r"Account 222222222222: BatchImportFindings: .*\nEnable Security Hub in this"
    ):
        deliver(target(clients), with_open(finding(1)))


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://x"),
        ClientError({"Error": {"Code": "ExpiredToken"}}, "BatchImportFindings"),
    ],
    ids=["connection", "credentials"],
)
def test_an_error_that_concerns_every_account_ends_the_delivery(error: Exception) -> None:
    with pytest.raises(DeliveryError) as raised:
        deliver(target(FakeHub(error)), with_open(finding(1)))
    assert not isinstance(raised.value, MessageError)


def test_requests_to_an_account_keep_to_its_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(securityhub.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(securityhub.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(finding_batches, "MAX_BATCH_FINDINGS", 10)
    clients = FakeHub()
    hub_target = target(clients)
    messages = list(hub_target.messages(with_open(*(finding(number) for number in range(800)))))
    for message in messages:
        hub_target.send(message)
    assert len(clients.requests) == 80
    assert now[0] == pytest.approx((80 - 30) / 10)


def test_changes_without_findings_give_no_messages() -> None:
    about = notice([change(1, change_type="key"), change(2, change_type="unknown"), change(3)])
    assert list(target(FakeHub()).messages(about)) == []


def test_messages_settle_the_changes_or_the_findings() -> None:
    opened, closed = changed(finding(1)), changed(finding(2, status="ok"), "resolved")
    [message] = target(FakeHub()).messages(notice([opened, closed], open_findings=lambda: iter([finding(3)])))
    assert message.settles == [opened.fingerprint, closed.fingerprint, finding(3).fingerprint]
    assert message.operation == "BatchImportFindings" and message.about == "3 findings of account 222222222222"


@pytest.mark.parametrize("settings", [{}, CENTRAL], ids=["member", "administrator"])
def test_hostile_names_give_findings_that_security_hub_accepts(settings: dict[str, str]) -> None:
    names = [*NAMES, *UNSEEN, "n" * 100_000, "\U0001f600" * 3_000]
    records = [
        finding(
            number,
            resource=name or "-",
            reason=name,
            account_name=name,
            subresource=name,
            fixes=(name,),
            dimensions={name: name},
        )
        for number, name in enumerate(names)
    ]
    shape = get_session().get_service_model("securityhub").operation_model("BatchImportFindings").input_shape
    for message in target(FakeHub(), **settings).messages(with_open(*records)):
        assert not ParamValidator().validate(message.body, shape).has_errors()
        for item in message.body["Findings"]:
            assert len(json.dumps(item).encode()) < MAX_FINDING_BYTES
            assert len(item["Title"]) <= 256 and len(item["Description"]) <= 1024


def sent(number: int, accounts: int) -> Counter[str]:
    """Return the number of findings by account, of a notice about so many findings."""
    counts = Counter[str]()
    for message in target(FakeHub()).messages(notice(earlier=None, open_findings=lambda: many(number, accounts))):
        findings = message.body["Findings"]
        assert len(findings) <= MAX_BATCH_FINDINGS and len({item["AwsAccountId"] for item in findings}) == 1
        counts[findings[0]["AwsAccountId"]] += len(findings)
    return counts


@pytest.mark.slow
def test_findings_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    limit, waiting = 200_000, []

    class Measured(FindingBatches):
        def add(self, finding: dict[str, Any], settles: str) -> Iterator[Batch]:
            yield from super().add(finding, settles)
            waiting.append(self.packed_bytes)

    monkeypatch.setattr(securityhub, "FindingBatches", lambda: Measured(limit))
    assert set(sent(2_000, 500).values()) == {4}
    assert len(waiting) == 2_000 and limit / 2 < max(waiting) <= limit


@pytest.mark.slow
def test_a_hundred_thousand_findings_are_flat_in_memory() -> None:
    tracemalloc.start()
    try:
        counts, peak = sent(100_000, 1_000), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(counts) == 1_000 and set(counts.values()) == {100}
    assert peak < 64_000_000, peak


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("eu-west-1", {}, "securityhub has no argument"),
        ("", {"securityhub_account": "all"}, "Use member"),
        ("", {"securityhub_role": "arn:aws:iam::1:role/x"}, "not the name of a role"),
    ],
)
def test_settings_that_are_not_valid_are_errors(text: str, settings: dict[str, str], message: str) -> None:
    with pytest.raises(DeliveryError, match=message):
        open_target(text, TargetContext(dict, settings=settings))


def test_the_label_names_the_location_of_the_findings() -> None:
    assert target(None).label == "securityhub" and target(None, **CENTRAL).label == "securityhub:administrator"
    assert target(None, securityhub_region="us-west-2").label == "securityhub:us-west-2"
