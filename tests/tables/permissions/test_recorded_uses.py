"""If the IAM action of a call is not known, no action of its service counts as unused. Calls of other names count too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from tests.conftest import reading
from tests.tables.permissions.policy_builders import allow
from tests.tables.permissions.test_permission_use import COUNTED, SERVICES, rows
from tests.tables.permissions.use_runs import ACCOUNT, ACTIONS, DAYS, call, daily, identity, make_use_run, user

# Calls of a release whose IAM action has another name, and that action.
OTHER_NAMES = {
    ("cloudfront", "CreateDistributionWithTags2020_05_31"): ("cloudfront:CreateDistribution", "cloudfront:TagResource"),
    ("access-analyzer", "ListFindingsV2"): ("access-analyzer:ListFindings",),
    ("securityhub", "GetFindingsV2"): ("securityhub:GetFindings",),
    ("bedrock", "StartAsyncInvoke"): ("bedrock:InvokeModel",),
    ("ecr", "ListImageReferrers"): ("ecr:BatchGetImage",),
    ("vpc-lattice", "BatchUpdateRule"): ("vpc-lattice:UpdateRule",),
    ("signin", "SwitchRole"): ("sts:AssumeRole",),
    ("cloudcontrolapi", "CreateResource"): ("cloudformation:CreateResource",),
}
LISTED = [action for actions in OTHER_NAMES.values() for action in actions]
CATALOG = ACTIONS | dict.fromkeys((*LISTED, "es:ESHttpGet", "opensearch:GetApplication"), ("Write", True))
HOSTILE = "\x1b[31m'; drop table x; --<script>"
# The calls of each user on the second of the three days.
CALLS: dict[str, tuple[tuple[str, str], ...]] = {
    "tools": tuple(OTHER_NAMES),
    "none": (),
    "new": (("s3", "PutBucketNovelty"), ("s3", "GetBucketNovelty"), ("lambda", "ListFunctions20150331")),
    "refused": (("s3", "PutBucketNovelty"),),
    "console": (("signin", "ConsoleLogin"), ("sso", "ListAccounts")),
    "anywhere": (("novelty", "GetThing"),),
    "search": (("es", "UpdateNovelty"),),
    "hostile": (("s3", HOSTILE),),
}
ALL = {"Version": "2012-10-17", "Statement": [allow("*")]}
USERS = tuple(user(name, ALL) for name in CALLS)
EVENTS = (
    *daily(),
    *(
        call(source, name, identity(who), number, **({"errorCode": "AccessDenied"} if who == "refused" else {}))
        for who, calls in CALLS.items()
        for number, (source, name) in enumerate(calls)
    ),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run file of the users and calls, with complete events and what IAM recorded for two of them."""
    advised = [
        {"account_id": ACCOUNT, "principal_arn": arn(name), "service_namespace": service}
        for name in ("new", "anywhere")
        for service in ("s3", "cloudwatch")
    ]
    file = tmp_path_factory.mktemp("recorded") / "run.duckdb"
    return make_use_run(file, USERS, EVENTS, actions=CATALOG, aws_iam_access_advisor=advised)


@pytest.fixture(scope="module")
def uses(path: Path) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Map each user to the state, the reason and the calls of each action."""
    by_user: dict[str, dict[str, tuple[Any, ...]]] = {}
    for principal, *use in rows(
        path, "select principal_arn, name, state, reason, unknown_calls from iam_permission_use('', 0)"
    ):
        by_user.setdefault(principal.rpartition("/")[2], {})[use[0]] = tuple(use[1:])
    return by_user


def arn(name: str) -> str:
    """Return the ARN of a user."""
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def states(uses: dict[str, tuple[Any, ...]], service: str = "") -> set[str]:
    """Return the states of the actions of a service that events show."""
    return {state for name, (state, *_) in uses.items() if name.startswith(service) and state != "cannot be seen"}


def policy(path: Path, *arguments: str) -> Result:
    """Run `iamsql policy` over the file."""
    return CliRunner().invoke(main, ["policy", *arguments, "--run", str(path)])


def test_calls_count_for_the_action_that_aws_asks_for(uses: dict[str, dict[str, tuple[Any, ...]]]) -> None:
    by_action = uses["tools"]
    assert {name: by_action[name][0] for name in LISTED} == dict.fromkeys(LISTED, "used")
    assert states(by_action, "s3:") == {"not seen"} and not any(calls for _, _, calls in by_action.values())


def test_an_unknown_call_leaves_the_actions_of_its_service_open(uses: dict[str, dict[str, tuple[Any, ...]]]) -> None:
    by_action = uses["new"]
    calls = ["GetBucketNovelty of s3.amazonaws.com", "PutBucketNovelty of s3.amazonaws.com"]
    reason = f"the IAM action of these calls is not known: {', '.join(calls)}"
    assert states(by_action, "s3:") == {"unknown"} and by_action["s3:CreateBucket"] == ("unknown", reason, calls)
    # What events do not show keeps its reason. Other services, even of known calls, are not affected.
    assert by_action["s3:GetObjectVersion"][0] == "cannot be seen"
    assert states(by_action, "lambda:") == {"used", "not seen"} and states(by_action, "iam:") == {"not seen"}


def test_refused_calls_and_calls_without_permissions_leave_nothing_open(
    uses: dict[str, dict[str, tuple[Any, ...]]],
) -> None:
    assert [states(uses[name]) for name in ("none", "refused", "console")] == [{"not seen"}] * 3


def test_an_event_source_can_stand_for_several_services_or_for_any(
    uses: dict[str, dict[str, tuple[Any, ...]]],
) -> None:
    assert {service: states(uses["search"], f"{service}:") for service in ("es", "opensearch", "s3")} == {
        "es": {"unknown"},
        "opensearch": {"unknown"},
        "s3": {"not seen"},
    }
    by_action = {name: state for name, (state, *_) in uses["anywhere"].items() if state != "cannot be seen"}
    # IAM recorded no access to two of the services. A call of an unknown service does not contradict that, one of S3 does.
    assert {name.partition(":")[0] for name, state in by_action.items() if state == "not seen"} == {"s3", "cloudwatch"}
    assert set(by_action.values()) == {"unknown", "not seen"}


@pytest.mark.slow
def test_a_call_before_the_period_is_not_in_it(path: Path) -> None:
    sql = "select distinct state from iam_permission_use('{}', {}) where service = 's3' and state <> 'cannot be seen'"
    assert [rows(path, sql.format(arn("new"), days)) for days in (1, 2)] == [[("not seen",)], [("unknown",)]]


@pytest.mark.slow
@pytest.mark.parametrize("days", [0, 1, 2])
def test_the_counts_by_service_match_the_actions(path: Path, days: int) -> None:
    counts = rows(path, SERVICES.replace("$days", str(days)))
    assert counts == rows(path, COUNTED.replace("$days", str(days))) and len(counts) > 100


@pytest.mark.slow
def test_unused_permissions_names_the_calls(path: Path) -> None:
    sql = f"select service, unknown, unknown_calls from unused_permissions(principal := '{arn('new')}')"
    by_service = {service: (unknown, calls) for service, unknown, calls in rows(path, sql)}
    calls = "GetBucketNovelty of s3.amazonaws.com, PutBucketNovelty of s3.amazonaws.com"
    assert by_service == {"lambda": (0, None), f"not used: {len(found_services(path)) - 1} services": (7, calls)}


def found_services(path: Path) -> set[str]:
    """Return the prefixes of the catalog."""
    with reading(path) as con:
        return {prefix for (prefix,) in con.execute("select distinct prefix from aws_iam_action").fetchall()}


def test_the_policy_keeps_the_actions_and_stderr_names_the_calls(path: Path) -> None:
    result = policy(path, "new")
    # The wildcard also allows actions that the list of IAM actions does not have.
    unseen = ["iam:PassRole", "iam:TagUser", "kms:Decrypt", "lambda:InvokeFunction"]
    [statement] = json.loads(result.stdout)["Statement"]
    assert result.exit_code == 0 and statement == allow(["s3:*", *unseen, "lambda:ListFunctions"])
    calls = "GetBucketNovelty of s3.amazonaws.com, PutBucketNovelty of s3.amazonaws.com"
    assert f"Kept, unknown (the IAM action of these calls is not known: {calls}): s3:CreateBucket" in result.stderr


@pytest.mark.slow
def test_the_policy_keeps_the_actions_of_calls_with_other_names(path: Path) -> None:
    [statement] = json.loads(policy(path, "tools", "--used-services").stdout)["Statement"]
    assert set(LISTED) <= set(statement["Action"]) and not any(name.startswith("s3:") for name in statement["Action"])


@pytest.mark.slow
def test_used_services_keeps_a_service_with_unknown_calls(path: Path) -> None:
    actions = json.loads(policy(path, "new", "--used-services").stdout)["Statement"][0]["Action"]
    assert "s3:*" in actions and "lambda:InvokeFunction" in actions


@pytest.mark.slow
def test_the_name_of_an_event_controls_no_terminal(path: Path) -> None:
    result = policy(path, "hostile")
    assert (
        result.exit_code == 0
        and "\x1b" not in result.stdout + result.stderr
        and r"\x1b[31m'; drop table" in result.stderr
    )
    assert "\x1b" not in policy(path, "hostile", "--output", "text").stdout


@pytest.mark.slow
def test_the_period_begins_after_the_calls_of_an_earlier_day(tmp_path: Path) -> None:
    """A call counts by its last time, not by the first."""
    events = (*daily(), *(call("s3", "PutBucketNovelty", identity("new"), day=day) for day in (DAYS[0], DAYS[2])))
    run = make_use_run(tmp_path / "run.duckdb", USERS[2:3], events)
    sql = "select distinct state from iam_permission_use('', 1) where service = 's3' and state <> 'cannot be seen'"
    assert rows(run, sql) == [("unknown",)]
