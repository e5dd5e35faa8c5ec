"""The days of the sample organization: each day has the changes of its story, and the files stay consistent."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from iamsql.demo import DataFiles
from iamsql.demo.data import Account
from iamsql.demo.files import DATA_FOLDER, read_data
from iamsql.demo.layers import HOSTILE_NAMES_FILE, LAST_DAY, apply_changes, changed_files
from iamsql.demo.reports import REPORT_AGE_AT_MIDNIGHT
from tests.demo.clients import DAY, client, flat, pages
from tests.fake_aws import FakeAws
from tests.fake_aws.records import time_text

DATA, PAYMENTS, NETWORK, WEB_TEST, GREENFIELD = (
    "777788889999",
    "555566667777",
    "012345678901",
    "999900001111",
    "131313131313",
)
DAYS = range(1, LAST_DAY + 1)


def sample(number: int, *, hostile: bool = False) -> FakeAws:
    """Return the sample organization on a day of the story, whose first day is DAY."""
    return FakeAws(DataFiles(DAY + timedelta(days=number - 1), number, hostile=hostile))


@pytest.fixture(scope="module")
def days() -> dict[int, FakeAws]:
    return {number: sample(number) for number in DAYS}


def users(aws: FakeAws, account_id: str) -> set[str]:
    return {user["UserName"] for user in aws.organization.by_id[account_id].items("UserDetailList")}


def keys(aws: FakeAws, account_id: str, user: str) -> dict[str, str]:
    account = aws.organization.by_id[account_id]
    return {key["AccessKeyId"]: key["Status"] for key in account.matching("AccessKeys", "UserName", user)}


def test_day_1_is_the_default() -> None:
    plain, first = FakeAws(DAY), sample(1)
    assert plain.now == first.now
    for name in ("organization.json", f"{DATA}/iam.json", f"{DATA}/credential-report.csv", f"{DATA}/events.jsonl"):
        assert plain.files.text(name) == first.files.text(name)


def test_the_story(days: dict[int, FakeAws]) -> None:
    assert [days[number].now - days[1].now for number in DAYS] == [timedelta(days=number - 1) for number in DAYS]
    assert users(days[2], DATA) - users(days[1], DATA) == {"late.joiner"}
    assert [*keys(days[1], PAYMENTS, "ledger").values()] == ["Active"]
    assert [*keys(days[2], PAYMENTS, "ledger").values()] == ["Inactive", "Active"]
    assert [*keys(days[3], PAYMENTS, "ledger").values()] == ["Active"]
    assert (len(keys(days[1], NETWORK, "router")), len(keys(days[2], NETWORK, "router"))) == (2, 1)
    assert [*keys(days[2], DATA, "late.joiner").values()] == ["Active"]
    assert [*keys(days[3], DATA, "late.joiner").values()] == ["Inactive"]
    assert users(days[3], DATA) == users(days[2], DATA), "the user of the attacker exists for some hours only"


@pytest.mark.parametrize(("account_id", "readable"), [(WEB_TEST, [2, 3]), (GREENFIELD, [1])])
def test_an_account_can_be_read_on_some_days_only(
    days: dict[int, FakeAws], account_id: str, readable: list[int]
) -> None:
    account = {number: aws.organization.by_id[account_id] for number, aws in days.items()}
    assert [
        number for number in DAYS if days[number].authenticator.trusts(account[number], "iamsql-audit", "")
    ] == readable
    assert flat(pages(client(days[readable[0]], "iam", account_id), "list_users", "Users"))


@pytest.mark.parametrize("number", DAYS[1:])
def test_events_happen_between_two_runs(days: dict[int, FakeAws], number: int) -> None:
    before, after = days[number - 1], days[number]
    count = 0
    for account in after.organization.accounts:
        earlier = before.organization.by_id[account.id].events
        records = [event["CloudTrailEvent"] for event in account.events[len(earlier) :]]
        assert account.events[: len(earlier)] == earlier
        times = [record["eventTime"] for record in records]
        assert times == sorted(times)
        assert all(time_text(before.now) < time <= time_text(after.now) for time in times)
        identifiers = {record["eventID"] for record in records}
        assert len(identifiers) == len(records) and "" not in identifiers
        assert identifiers.isdisjoint(event["CloudTrailEvent"]["eventID"] for event in earlier)
        count += len(records)
    assert count > 10


@pytest.mark.parametrize("number", DAYS[1:])
def test_each_account_is_consistent(days: dict[int, FakeAws], number: int) -> None:
    changed_accounts = {path.partition("/")[0] for path in changed_files(number)} - {"organization.json"}
    assert changed_accounts
    for account in map(days[number].organization.by_id.__getitem__, changed_accounts):
        names = [user["UserName"] for user in account.items("UserDetailList")]
        assert account.iam["SummaryMap"]["Users"] == len(names)
        assert account.iam["SummaryMap"]["Roles"] == len(account.items("RoleDetailList"))
        principals = {item["Arn"] for kind in ("User", "Group", "Role") for item in account.items(f"{kind}DetailList")}
        assert {job["Arn"] for job in account.items("ServiceLastAccessedJobs")} == principals
        for policy in account.items("Policies"):
            attached = [
                each["PolicyArn"]
                for kind in ("User", "Group", "Role")
                for item in account.items(f"{kind}DetailList")
                for each in item["AttachedManagedPolicies"]
            ]
            assert policy["AttachmentCount"] == attached.count(policy["Arn"]), policy["PolicyName"]
        assert _reported(account) <= {"<root_account>", *names}
        late = time_text(account.midnight - REPORT_AGE_AT_MIDNIGHT)
        reported = {user["UserName"] for user in account.items("UserDetailList") if user["CreateDate"] <= late}
        assert {"<root_account>", *reported} <= _reported(account)


def _reported(account: Account) -> set[str]:
    return {row["user"] for row in csv.DictReader(io.StringIO(account.credential_report.decode()))}


def test_log_files_of_day_1_do_not_change(days: dict[int, FakeAws]) -> None:
    before, after = (
        {key: stored.body for bucket in days[number].s3.buckets.values() for key, stored in bucket.objects.items()}
        for number in (1, 2)
    )
    assert {
        key: after.get(key) for key in before if "Digest" not in key and "Insight" not in key
    }.items() <= after.items()
    assert len(after) > len(before)


def test_a_change_of_an_item_that_does_not_exist_is_an_error() -> None:
    content: dict[str, Any] = {"Users": [{"Name": "a"}, {"Name": "a"}]}
    for name in ("a", "b"):
        with pytest.raises(LookupError):
            apply_changes(content, [{"File": "", "At": ["Users"], "Remove": {"Name": name}}])


def test_hostile_names_are_only_in_the_hostile_sample() -> None:
    names = json.loads(read_data(HOSTILE_NAMES_FILE))
    plain, hostile = sample(1), sample(1, hostile=True)
    texts = "".join(
        file.read_text(encoding="utf-8") for file in Path(DATA_FOLDER).rglob("*.*") if file.name != HOSTILE_NAMES_FILE
    )
    texts = re.sub(r'"Seed": ?"(?:[^"\\]|\\.)*"', "", texts)  # the texts from which the IDs of events are made
    for name, attack in names.items():
        assert name in texts and json.dumps(attack)[1:-1] not in texts.replace(name, ""), name
    assert {account.name for account in hostile.organization.accounts} ^ {
        account.name for account in plain.organization.accounts
    } == {"partner-portal", names["partner-portal"]}
    alice = client(hostile, "iam", "101010101010")
    assert alice.get_user(UserName="=cmd,+@calc")["User"]["Arn"].endswith("user/=cmd,+@calc")
    assert {"=cmd,+@calc", "@SUM1+1"} < _reported(hostile.organization.by_id["101010101010"])
    tags = client(hostile, "iam", "666677778888").get_user(UserName="seo-tool")["User"]["Tags"]
    assert tags[0]["Value"] == '"><script>alert(1)</script>'
