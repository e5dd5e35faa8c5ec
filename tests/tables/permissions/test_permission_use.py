"""The use of granted permissions: which actions events show, which they cannot show, and what gaps in the events leave open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions.policy_builders import allow, deny
from tests.tables.permissions.use_runs import (
    ACCOUNT,
    ACTIONS,
    DAYS,
    MANAGEMENT,
    OBJECTS,
    call,
    coverage,
    daily,
    identity,
    make_use_run,
    trail,
    user,
)

ANA, BO = f"arn:aws:iam::{ACCOUNT}:user/ana", f"arn:aws:iam::{ACCOUNT}:user/bo"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
SESSION = {
    "type": "AssumedRole",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/i-1",
    "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}},
}
DENIED = {"errorCode": "AccessDenied"}
USERS = (user("ana", {"Version": "2012-10-17", "Statement": [allow("*")]}),)
EVENTS = (
    *daily(),
    call("s3", "ListObjectsV2", identity("ana")),
    call("s3", "ListObjectsV2", identity("ana"), 1),
    call("s3", "GetObject", identity("ana"), errorCode="NoSuchKey"),
    call("s3", "PutObject", identity("ana"), **DENIED),
    call("lambda", "UpdateFunctionCode20150331v2", identity("ana")),
    call("lambda", "Invoke", SESSION),
    call("apigateway", "GetRestApis", identity("bo")),
    call("monitoring", "DescribeAlarms", identity("bo"), day=DAYS[0]),
    call("signin", "ConsoleLogin", identity("bo")),
    call("iam", "ListUsers", {"type": "AssumedRole", "arn": f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/lost/x"}),
)
NOT_THESE = {"Effect": "Allow", "NotAction": ["s3:*", "iam:*", "lambda:*"], "Resource": "*"}
WITH_GAP = (*EVENTS[:2], *EVENTS[3:])  # no event on the last day


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement over a run."""
    with reading(path) as con:
        con.execute("set TimeZone = 'UTC'")
        return con.execute(sql).fetchall()


def states(path: Path, days: int = 0) -> dict[str, str]:
    """Return the state of each action that ana's policies grant."""
    return dict(rows(path, f"select name, state from iam_permission_use('{ANA}', {days})"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with complete events."""
    return make_use_run(tmp_path_factory.mktemp("use") / "run.duckdb", USERS, EVENTS)


@pytest.mark.slow
def test_events_are_mapped_to_actions_by_name_and_by_exceptions(run: Path) -> None:
    event_rows = rows(
        run,
        "select principal_arn, event_name, action, mapping, uses, denied_calls, failed from aws_iam_action_use "
        "where event_name <> 'RotateKey' order by all",
    )
    assert sorted(event_rows, key=str) == sorted(
        [
            (ANA, "GetObject", "s3:getobject", "name", 0, 0, 1),
            (ANA, "ListObjectsV2", "s3:listbucket", "exception", 2, 0, 0),
            (ANA, "PutObject", "s3:putobject", "name", 0, 1, 0),
            (ANA, "UpdateFunctionCode20150331v2", "lambda:updatefunctioncode", "name", 1, 0, 0),
            (BO, "DescribeAlarms", "cloudwatch:describealarms", "name", 1, 0, 0),
            (BO, "GetRestApis", "apigateway:get", "exception", 1, 0, 0),
            (BO, "ConsoleLogin", None, "none", 1, 0, 0),
            (ROLE, "Invoke", "lambda:invokefunction", "exception", 1, 0, 0),
            (f"arn:aws-cn:iam::{ACCOUNT}:role/lost", "ListUsers", "iam:listusers", "name", 1, 0, 0),
        ],
        key=str,
    )


def test_a_service_event_keeps_its_row_without_a_principal_and_an_action(run: Path) -> None:
    columns = "principal_arn, principal_type, action, service, uses, regions, sources"
    assert rows(run, f"select {columns} from aws_iam_action_use where event_name = 'RotateKey'") == [
        (None, None, None, "kms", 3, ["us-east-1"], "trail")
    ]


@pytest.mark.slow
def test_each_granted_action_is_used_not_seen_or_cannot_be_seen(run: Path) -> None:
    assert states(run) == {
        "cloudwatch:DescribeAlarms": "not seen",
        "cloudwatch:PutMetricAlarm": "not seen",
        "iam:CreateUser": "not seen",
        "iam:GetUser": "not seen",
        "iam:ListUsers": "not seen",
        "iam:PassRole": "cannot be seen",
        "iam:TagUser": "cannot be seen",
        "kms:Decrypt": "cannot be seen",
        "kms:ListKeys": "not seen",
        "lambda:GetFunction": "not seen",
        "lambda:InvokeFunction": "cannot be seen",  # no trail logs the data events of functions
        "lambda:ListFunctions": "not seen",
        "lambda:UpdateFunctionCode": "used",
        "s3:CreateBucket": "not seen",
        "s3:DeleteObject": "not seen",
        "s3:GetBucketPolicy": "not seen",
        "s3:GetObject": "used",  # an error other than a denial
        "s3:GetObjectVersion": "cannot be seen",
        "s3:ListAllMyBuckets": "not seen",
        "s3:ListBucket": "used",
        "s3:PutObject": "not seen",  # the call was refused
    }


COUNTED = """
select principal_arn, service, count(*) filter (state <> 'denied'), count(*) filter (state = 'used'),
  count(*) filter (state = 'not seen'), count(*) filter (state = 'cannot be seen'), count(*) filter (state = 'unknown'),
  count(*) filter (state = 'denied'), sum(denied_calls)::bigint, max(last_used), max(service_accessed), any_value(unread),
  any_value(window_start), any_value(gaps), any_value(unknown_calls)
from iam_permission_use('', $days) group by all order by all
"""
SERVICES = """
select principal_arn, service, actions, used, not_seen, cannot_be_seen, unknown, denied, denied_calls, last_used, service_accessed,
  unread, window_start, gaps, unknown_calls
from iam_service_use('', $days) order by all
"""


@pytest.mark.slow
@pytest.mark.parametrize("days", [0, 1])
def test_the_counts_by_service_match_the_actions(run: Path, days: int) -> None:
    counts = rows(run, SERVICES.replace("$days", str(days)))
    assert counts == rows(run, COUNTED.replace("$days", str(days))) and len(counts) == 5


@pytest.mark.slow
@pytest.mark.parametrize("days", [0, 7])
def test_the_counts_of_the_sample_organization_match_its_actions(demo_run: Path, days: int) -> None:
    counts = rows(demo_run, SERVICES.replace("$days", str(days)))
    assert counts == rows(demo_run, COUNTED.replace("$days", str(days))) and len(counts) > 1_000


@pytest.mark.slow
def test_the_window_can_be_the_last_days(run: Path) -> None:
    assert states(run, 1)["s3:ListBucket"] == "not seen"
    assert states(run, 2)["s3:ListBucket"] == "used"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "gap"),
    [
        ({"events": WITH_GAP}, "1 day without log files, 2026-03-03"),
        (
            {"read": (coverage(status="partial", error_code="AccessDenied"),)},
            "log files not read in us-east-1 (AccessDenied)",
        ),
        ({"read": ()}, "no log files of a trail were read"),
        ({"trails": ()}, "no trail that logs all Regions to the place that was read is known"),
        (
            {"trails": (trail(s3_bucket_name="other"),)},
            "no trail that logs all Regions to the place that was read is known",
        ),
        ({"trails": (trail(is_logging=False),)}, "no trail that logs all Regions to the place that was read is known"),
        ({"trails": (trail(advanced_event_selectors=None),)}, "the event selectors of the trail were not read"),
        (
            {
                "trails": (
                    trail(
                        advanced_event_selectors=[
                            {"FieldSelectors": [*MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}]}
                        ]
                    ),
                )
            },
            "the trail does not log all management events",
        ),
    ],
)
def test_with_gaps_no_action_counts_as_not_seen(tmp_path: Path, changed: dict[str, Any], gap: str) -> None:
    run = make_use_run(tmp_path / "run.duckdb", USERS, changed.pop("events", EVENTS), **changed)
    assert rows(run, "select gaps from iam_event_windows(0)") == [([gap],)]
    assert "not seen" not in states(run).values()
    [(reason,)] = rows(run, f"select reason from iam_permission_use('{ANA}', 0) where name = 'iam:GetUser'")
    assert reason == gap


@pytest.mark.slow
@pytest.mark.parametrize(
    "selectors",
    [
        [],
        [[*OBJECTS, {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::one/"]}]],
        [[*OBJECTS, {"Field": "readOnly", "Equals": ["false"]}]],
    ],
)
def test_data_events_count_only_if_a_trail_logs_all_of_them(tmp_path: Path, selectors: list[Any]) -> None:
    by_action = states(make_use_run(tmp_path / "run.duckdb", USERS, EVENTS, trails=(trail(*selectors),)))
    assert (by_action["s3:DeleteObject"], by_action["s3:GetObject"], by_action["s3:CreateBucket"]) == (
        "cannot be seen",
        "used",
        "not seen",
    )


@pytest.mark.slow
def test_basic_selectors_of_data_events(tmp_path: Path) -> None:
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                  "DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]},
                                    {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::one/"]}]}]  # fmt: skip
    basic = trail(advanced_event_selectors=None, event_selectors=selectors)
    by_action = states(make_use_run(tmp_path / "run.duckdb", USERS, EVENTS, trails=(basic,)))
    selected = {name: by_action[name] for name in ("lambda:InvokeFunction", "s3:PutObject", "kms:ListKeys")}
    assert selected == {
        "lambda:InvokeFunction": "not seen",
        "s3:PutObject": "cannot be seen",
        "kms:ListKeys": "cannot be seen",
    }


@pytest.mark.slow
def test_service_last_accessed_is_a_second_witness(tmp_path: Path) -> None:
    advised = [
        {"account_id": ACCOUNT, "principal_arn": ANA, "service_namespace": service, "last_authenticated": last}
        for service, last in (("s3", None), ("lambda", None), ("cloudwatch", "2025-01-01 00:00:00+00"), ("iam", None))
    ]
    run = make_use_run(tmp_path / "run.duckdb", USERS, WITH_GAP, aws_iam_access_advisor=advised)
    by_action = states(run)
    # The events have a gap, and show a use of s3 and lambda. IAM is not the witness for calls that services make.
    actions = ("lambda:InvokeFunction", "s3:CreateBucket", "cloudwatch:PutMetricAlarm", "iam:PassRole", "iam:GetUser")
    expected = ["cannot be seen", "unknown", "not seen", "cannot be seen", "unknown"]
    assert [by_action[name] for name in actions] == expected


@pytest.mark.slow
def test_only_what_allow_statements_grant_is_listed(tmp_path: Path) -> None:
    statements = [allow(["s3:Get*", "S3:PUTOBJECT"]), NOT_THESE, deny("kms:*")]  # fmt: skip
    users = (user("ana", {"Version": "2012-10-17", "Statement": statements}),)
    by_action = states(make_use_run(tmp_path / "run.duckdb", users, EVENTS))
    assert set(by_action) == {
        name for name in ACTIONS if name.startswith(("s3:Get", "s3:PutObject", "kms:", "cloudwatch:"))
    }
    assert {name for name, state in by_action.items() if state == "denied"} == {"kms:Decrypt", "kms:ListKeys"}


OTHER = "222222222222"
TWO_ACCOUNTS = [
    {
        "account_id": account,
        "name": account,
        "state": "ACTIVE",
        "selected": True,
        "outcome": "complete",
        "position": position,
    }
    for position, account in enumerate((ACCOUNT, OTHER))
]
SHARED_TRAIL = trail(OBJECTS, is_organization_trail=True, start_logging_time="2026-01-01T00:00:00Z")
OTHER_EVENT = {**daily(DAYS[2:])[0], "recipientAccountId": OTHER, "eventID": "other"}


def shared_windows(path: Path, **changed: Any) -> list[tuple[Any, ...]]:
    """Return the windows of a run of two accounts with one organization trail; the last day has only the event of the other."""
    read = changed.pop("read", (coverage(), coverage(account_id=OTHER)))
    rows_of = {"trails": (SHARED_TRAIL,), "iamsql.accounts": TWO_ACCOUNTS, **changed}
    run = make_use_run(path, USERS, (*WITH_GAP, OTHER_EVENT), read=read, **rows_of)
    return rows(run, f"select gaps, complete_days from iam_event_windows(0) where account_id = '{ACCOUNT}'")


@pytest.mark.slow
def test_a_day_with_organization_trail_files_of_another_account_is_not_a_gap(tmp_path: Path) -> None:
    assert shared_windows(tmp_path / "run.duckdb") == [([], None)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        {"trails": ({**SHARED_TRAIL, "is_organization_trail": False},)},
        {"trails": ({**SHARED_TRAIL, "start_logging_time": "2026-03-03T06:00:00Z"},)},
        {"trails": ({**SHARED_TRAIL, "start_logging_time": None},)},
        {"read": (coverage(source="import", look_up=None), coverage(account_id=OTHER))},
    ],
)
def test_without_proof_a_day_without_log_files_is_a_gap(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert shared_windows(tmp_path / "run.duckdb", **changed) == [(["1 day without log files, 2026-03-03"], None)]


@pytest.mark.slow
def test_an_account_without_earlier_files_is_dated_by_its_entry_into_the_organization(tmp_path: Path) -> None:
    both = (coverage(), coverage(account_id=OTHER))
    events = [daily(DAYS[2:])[0], *({**event, "recipientAccountId": OTHER, "eventID": "other"} for event in daily())]
    for joined, gaps in (
        ("2025-01-01T00:00:00Z", []),
        ("2026-03-02T10:00:00Z", ["2 days without log files, from 2026-03-01 to 2026-03-02"]),
    ):
        account = {"id": ACCOUNT, "name": "main", "joined_timestamp": joined}
        run = make_use_run(
            tmp_path / f"{joined[:4]}.duckdb", USERS, events, read=both, trails=(SHARED_TRAIL,),
            **{"iamsql.accounts": TWO_ACCOUNTS, "aws_organizations_account": [account]},
        )  # fmt: skip
        assert rows(run, f"select gaps from iam_event_windows(0) where account_id = '{ACCOUNT}'") == [(gaps,)]


@pytest.mark.slow
def test_the_last_days_without_gaps_are_counted(tmp_path: Path) -> None:
    run = make_use_run(tmp_path / "run.duckdb", USERS, daily(DAYS[1:]))
    assert rows(run, "select gaps, complete_days from iam_event_windows(0)") == [
        (["1 day without log files, 2026-03-01"], 2)
    ]
    assert rows(run, "select gaps, complete_days from iam_event_windows(2)") == [([], None)]
