"""An answer depends on the calls that fill the columns it reads, or on all calls of a table where the columns are unclear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from iamsql.check.controls import ControlRun, run_controls
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import load_catalog
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.runs.coverage.joined_calls import columns_of_calls
from iamsql.runs.file.template import template
from iamsql.runs.lineage import unused_calls
from iamsql.runs.store.query_plans import QueryPlans
from iamsql.runs.store.reader import Reader, open_run
from iamsql.sync.importer.write import import_files
from iamsql.tables.compiler.compiler import columns
from iamsql.tables.registry import all_tables
from tests.sync.syncs import sync_with_faults
from tests.tables.permissions.policy_builders import MEMBER, account, allow, user
from tests.tiers import slow_but_every

TRAIL, SET = "aws_cloudtrail_trail", "aws_ssoadmin_permission_set"
TAGS, INSIGHTS, STATUS = "cloudtrail:ListTags", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrailStatus"
DENIED = (("*", "cloudtrail:ListTags"), ("*", "GetInsightSelectors"), ("*", "sso:ListTagsForResource"))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run where no tags and no insight selectors could be read."""
    options = {"tables": (TRAIL, SET), "regions": ("us-east-1", "eu-west-1")}
    return sync_with_faults(tmp_path_factory.mktemp("tags"), typed=True, deny=DENIED, options=options).path


@pytest.fixture
def reader(path: Path) -> Iterator[Reader]:
    """Open the run."""
    with closing(open_run(path)) as opened:
        yield opened


def unused_trail_calls(reader: Reader, sql: str) -> set[str]:
    """Return the calls of trails that SQL does not depend on."""
    return {call.partition(" ")[2] for call in unused_calls(reader, sql, {TRAIL})}


@pytest.mark.parametrize(
    ("sql", "spared"),
    slow_but_every(5, [
        ("select name, is_logging from aws_cloudtrail_trail", {TAGS, INSIGHTS}),
        ("select count(*) from aws_cloudtrail_trail", {TAGS, INSIGHTS}),
        ("select name from aws_cloudtrail_trail where tags is not null", {INSIGHTS}),
        ("select name from aws_cloudtrail_trail where tags ->> 'x' = 'y' and false", {INSIGHTS}),
        ("select name from aws_cloudtrail_trail order by tags_src", {INSIGHTS}),
        ("select name from aws_cloudtrail_trail where exists (select 1 from aws_cloudtrail_trail t where t.tags = '')", {INSIGHTS}),
        ("with t as (select * from aws_cloudtrail_trail) select name, insight_selectors from t", {TAGS}),
        ("with t as (select * from aws_cloudtrail_trail) select name from t", {TAGS, INSIGHTS}),
        ("select * exclude (tags, tags_src) from aws_cloudtrail_trail", {TAGS}),
        ("select * from aws_cloudtrail_trail", set()),
        ("select t from aws_cloudtrail_trail as t", set()),
        ("select columns('tag') from aws_cloudtrail_trail", {INSIGHTS}),
        ("select name from aws_cloudtrail_trail where name = $name", {TAGS, INSIGHTS}),
        ("from trail_gaps()", {TAGS, INSIGHTS}),
        ("select name from a_table_of_mine, aws_cloudtrail_trail", set()),
        ("select 1; select name from aws_cloudtrail_trail", set()),
        ("copy (select name from aws_cloudtrail_trail) to 'trails.csv'", set()),
        ("select 1", set()),
        ("select name from", set()),
    ]),
)  # fmt: skip
def test_the_columns_that_sql_reads_decide_the_calls(reader: Reader, sql: str, spared: set[str]) -> None:
    assert unused_trail_calls(reader, sql) == spared


@pytest.mark.slow
def test_a_successful_call_is_listed_only_on_request(reader: Reader) -> None:
    sql = "select name from aws_cloudtrail_trail"
    assert f"{TRAIL} {STATUS}" not in unused_calls(reader, sql, {TRAIL})
    assert f"{TRAIL} {STATUS}" in unused_calls(reader, sql, {TRAIL}, every=True)
    assert not any("DescribeTrails" in call for call in unused_calls(reader, sql, {TRAIL}, every=True))


@pytest.mark.slow
def test_a_view_declares_the_columns_of_a_call(reader: Reader) -> None:
    assert unused_calls(reader, f"select name from {SET}", {SET}) == {f"{SET} sso-admin:ListTagsForResource"}
    assert unused_calls(reader, f"select tags from {SET}", {SET}) == frozenset()


@pytest.mark.parametrize("name", sorted(all_tables()))
def test_a_declaration_has_columns_and_calls_that_exist(name: str) -> None:
    relation, columns_by_call = all_tables()[name], columns_of_calls(name)
    calls = {f"{call.service}:{call.operation}" for call in relation.calls}
    assert columns_by_call.keys() <= calls and len(columns_by_call) < max(1, len(calls))
    assert {column for names in columns_by_call.values() for column in names} <= {
        declared.name for declared in columns(relation)
    }


@pytest.mark.parametrize("control", ["inline_no_service_wildcard", "user_in_group", "user_tagged"])
def test_a_control_that_reads_no_sign_in_data_does_not_depend_on_the_credential_report(control: str) -> None:
    with closing(QueryPlans(template())) as plans:
        read = plans.reads(load_catalog().queries[control][-1].sql).columns["aws_iam_user"]
    returned = columns_of_calls("aws_iam_user")
    assert read & returned["iam:GetCredentialReport"] == set()
    assert {"iam:GetLoginProfile", "iam:ListMFADevices", "iam:ListVirtualMFADevices"} < returned.keys()


def test_no_file_is_read_for_a_plan(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    with closing(QueryPlans(template())) as plans:
        assert plans.reads(f"select * from read_csv('{tmp_path}/a.csv'), aws_cloudtrail_trail").columns == {}
        assert plans.reads("select name from aws_cloudtrail_trail").columns == {TRAIL: {"name"}}


def notes_of(path: Path, sql: str) -> str:
    """Return the notes of an answer."""
    return "\n".join(run_query(sql, {}, QueryRequest(str(path), path.parent)).notes)


@pytest.mark.slow
def test_an_answer_lacks_only_data_that_its_sql_reads(path: Path) -> None:
    assert "1 of 16 accounts not read in full" in notes_of(path, f"select name, is_logging from {TRAIL}")
    assert "12 denied cloudtrail:ListTags" in notes_of(path, f"select name, tags from {TRAIL}")
    assert "12 denied cloudtrail:GetInsightSelectors" in notes_of(path, f"select * from {TRAIL}")


def opened_controls(path: Path, name: str, folder: Path | None = None) -> AbstractContextManager[ControlRun]:
    """Open a control over a run; `folder` has more controls."""
    catalog = load_catalog([str(folder)] if folder else [])
    return run_controls(catalog, [name], Evaluation(str(path), path.parent))


def statuses(path: Path, name: str, folder: Path | None = None) -> dict[str, set[str]]:
    """Evaluate a control; return the accounts of each status, except those whose role could not be assumed."""
    by_resource: dict[str, set[str]] = {}
    with opened_controls(path, name, folder) as opened:
        for evaluated in opened.run():
            assert not evaluated.failure, evaluated.failure
            for status, account, reason in evaluated.rows(("status", "account_id", "reason")):
                if "AssumeRole failed" not in reason:
                    by_resource.setdefault(status, set()).add(account)
    return by_resource


@pytest.mark.slow
@pytest.mark.parametrize("name", ["trail_logging", "trail_multi_region", "trail_encrypted", "trail_delivers"])
def test_a_control_that_reads_no_tags_is_evaluated(path: Path, name: str) -> None:
    by_status = statuses(path, name)
    assert by_status["ok"] and "error" not in by_status


@pytest.mark.slow
@pytest.mark.parametrize(("where", "unknown"), [("true", 0), ("t.tags is not null", 12), ("t is not null", 12)])
def test_a_users_control_is_unknown_only_where_it_reads_the_tags(
    path: Path, tmp_path: Path, where: str, unknown: int
) -> None:
    sql = (
        "-- title: A trail\n-- kind: control\n-- severity: low\n\n"
        "select t.arn as resource, 'ok' as status, 'It is there.' as reason, t.account_id, t.region\n"
        f"from aws_cloudtrail_trail as t where {where}\n"
    )
    (tmp_path / "a_trail.sql").write_text(sql, encoding="utf-8")
    by_status = statuses(path, "a_trail", tmp_path)
    assert (len(by_status.get("error", ())), bool(by_status.get("ok"))) == (unknown, not unknown)


def test_a_name_with_a_colon_is_a_resource_type_only_if_it_exists() -> None:
    assert columns_of_calls("aws_resource_policy:kms_key") == {
        "kms:GetKeyPolicy": columns_of_calls("aws_resource_policy")["kms:GetKeyPolicy"],
        "kms:ListGrants": frozenset({"grants"}),
    }
    for name in ("aws_resource_policy:x", "aws_iam_user:x", "a b:c", ":", "x:"):
        assert columns_of_calls(name) == {}


@pytest.mark.slow
def test_a_control_asks_only_for_data_that_it_reads(tmp_path: Path) -> None:
    details = tmp_path / "details.json"
    details.write_text(json.dumps(account(UserDetailList=[user("ana", [allow("s3:*")])])), encoding="utf-8")
    result = import_files([details], MEMBER, tmp_path / "runs")
    assert result.path
    command = {}
    for name in ("inline_no_service_wildcard", "user_console_mfa"):
        with opened_controls(result.path, name) as opened:
            collect = [results.collect for results in opened.run()]
            command[name] = [*opened.notes(), *collect[0]]
    assert not any("--for" in text for text in command["inline_no_service_wildcard"])
    assert [text for text in command["user_console_mfa"] if "--for" in text] == [
        "The run did not collect the data of 1 control; collect it with: iamsql sync --for user_console_mfa",
        "iamsql sync --for user_console_mfa",
    ]
