"""A query that declares resource types depends on the calls for these types, and on no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from iamsql import catalog
from iamsql.catalog.keys import RESOURCE_TYPES
from iamsql.check.controls import run_controls
from iamsql.check.dependencies import tables_depended_on, tables_for
from iamsql.check.explain import explain
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import load_catalog
from iamsql.model import IamsqlError, Query, View
from iamsql.runs.coverage.by_account import missing_by_account
from iamsql.runs.coverage.calls import explain_calls
from iamsql.runs.coverage.not_collected import NotCollected, find_uncollected
from iamsql.runs.coverage.resource_types import ROLE, TABLE
from iamsql.runs.latest import Requirements, choose
from iamsql.runs.store.reader import open_run
from iamsql.tables.names import calls_of_tables, match_tables
from iamsql.tables.registry import all_tables, find_calls, organization_calls, typed_names
from iamsql.tables.required_policies import account_actions, planned_calls
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.open_queries import ask
from tests.sync.syncs import DATA, PAYMENTS, run_sync

BUCKETS, REPOSITORIES = "bucket_not_shared", "repository_not_shared"
NAMES = (BUCKETS, "bucket_not_public", REPOSITORIES)
ACCOUNTS, REGIONS = (PAYMENTS, DATA), ("us-east-1", "eu-west-1")


def synced(runs: Path, *tables: str, deny: tuple[tuple[str, str], ...] = ()) -> Path:
    """Sync two accounts, one with buckets and one with repositories, and return the run file."""
    aws = FakeAws(DAY, faults=Faults(deny=deny))
    table_names = ("aws_iam_role", "aws_organizations_account_policy", *tables)
    return run_sync(
        runs, aws=aws, typed=True, tables=table_names, regions=REGIONS, events=("none",), accounts=ACCOUNTS
    ).path


def statuses(path: Path) -> dict[str, Counter[tuple[str, str]]]:
    """Return the number of results of each control by account and status."""
    counts_by_control: dict[str, Counter[tuple[str, str]]] = {}
    with run_controls(load_catalog(), NAMES, Evaluation(str(path), path.parent)) as run:
        for results in run.run():
            assert not results.failure
            counts_by_control[results.control.query.name] = Counter(results.rows(("account_id", "status")))
    return {
        name: Counter({key: n for key, n in counts.items() if key[0] in ACCOUNTS})
        for name, counts in counts_by_control.items()
    }


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synced(tmp_path_factory.mktemp("complete"), TABLE)


@pytest.fixture(scope="module")
def no_repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    denied = (("*", "DescribeRepositories"), ("*", "GetRepositoryPolicy"), ("*", "DescribeVpcEndpoints"))
    return synced(tmp_path_factory.mktemp("denied"), TABLE, deny=denied)


def shipped(name: str) -> Query:
    return load_catalog().queries[name][-1]


def test_the_types_of_front_matter_match_the_view_and_roles() -> None:
    assert typed_names(TABLE) == [
        f"{TABLE}:{resource_type}" for resource_type in RESOURCE_TYPES if resource_type != ROLE
    ]


def test_the_calls_of_the_types_match_the_view() -> None:
    relation = all_tables()[TABLE]
    assert isinstance(relation, View)
    assert {call for name in typed_names(TABLE) for call in find_calls(name)} == set(relation.calls)
    assert not {call for call, _ in relation.columns_of} - {
        call for _, calls in relation.calls_of_types for call in calls
    }
    # The list of the resources comes first: without it, a type was not collected.
    assert all(not calls[0].parent for _, calls in relation.calls_of_types)


@pytest.mark.slow
def test_each_type_has_calls_of_its_own(complete: Path) -> None:
    with closing(open_run(complete)) as reader:
        explained = explain_calls(reader, typed_names(TABLE)).rows
        rows = reader.query(f"select distinct resource_type from {TABLE}")
    calls = {table: {call for name, call, *_ in explained if name == table} for table, *_ in explained}
    assert len(calls) == len(RESOURCE_TYPES) - 1
    assert {f"{TABLE}:{kind}" for (kind,) in rows} <= calls.keys()
    # The public access block of an access point is also the block of its bucket and of the account.
    shared = {
        call
        for call, count in Counter(call for type_calls in calls.values() for call in type_calls).items()
        if count > 1
    }
    assert shared == {"s3:ListBuckets", "s3:GetPublicAccessBlock", "s3control:GetPublicAccessBlock"}
    assert shared == calls[f"{TABLE}:s3_bucket"] & calls[f"{TABLE}:s3_access_point"]


@pytest.mark.slow
def test_a_denied_call_of_another_type_leaves_results_as_they_are(complete: Path, no_repositories: Path) -> None:
    before, after = statuses(complete), statuses(no_repositories)
    assert before[BUCKETS][PAYMENTS, "alarm"] and before[REPOSITORIES][DATA, "alarm"]
    assert after[BUCKETS] == before[BUCKETS]
    assert after["bucket_not_public"] == before["bucket_not_public"]
    assert set(after[REPOSITORIES]) == {(PAYMENTS, "error"), (DATA, "error")}


@pytest.mark.slow
def test_and_the_reverse(tmp_path: Path, complete: Path) -> None:
    before, after = statuses(complete), statuses(synced(tmp_path, TABLE, deny=(("*", "ListBuckets"),)))
    assert after[REPOSITORIES] == before[REPOSITORIES]
    for name in (BUCKETS, "bucket_not_public"):
        assert set(after[name]) == {(PAYMENTS, "error"), (DATA, "error")}


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["GetPublicAccessBlock", "GetBucketOwnershipControls", "GetBucketPolicy"])
def test_each_call_of_the_type_decides(tmp_path: Path, operation: str) -> None:
    after = statuses(synced(tmp_path, f"{TABLE}:s3_bucket", f"{TABLE}:ecr_repository", deny=(("*", operation),)))
    assert not after["bucket_not_public"][PAYMENTS, "ok"]
    assert after[REPOSITORIES][DATA, "alarm"]


@pytest.mark.slow
def test_notes_of_a_query_are_about_its_types(no_repositories: Path) -> None:
    with closing(open_run(no_repositories)) as reader:
        buckets, repositories = (ask(reader, shipped(name)).caveats for name in (BUCKETS, REPOSITORIES))
        everything = ask(reader, catalog.query_from_sql(f"select count(*) as n from {TABLE}", "SQL")).caveats
        by_hand = ask(reader, catalog.query_from_sql(f"select * from {BUCKETS}()", "SQL")).caveats
    assert not [note for note in buckets if "ecr" in note or "2 of" in note]
    assert any("ecr:DescribeRepositories" in note for note in repositories)
    # SQL without a declaration depends on all types.
    for notes in (everything, by_hand):
        assert any("2 of" in note for note in notes)


@pytest.mark.slow
def test_a_query_of_one_resource_type_needs_no_data_of_another(no_repositories: Path) -> None:
    with closing(open_run(no_repositories)) as reader:
        lacking = {}
        for name in (BUCKETS, REPOSITORIES):
            query = shipped(name)
            tables = tables_depended_on(reader, query.sql, query.resource_types)
            lacking[name] = missing_by_account(reader, tables, organization_calls()).keys()
    assert lacking == {BUCKETS: set(), REPOSITORIES: set(ACCOUNTS)}


def test_permissions_match_the_type() -> None:
    assert account_actions(planned_calls((f"{TABLE}:s3_bucket",), minimal=True)) == {
        "s3:ListAllMyBuckets", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetAccountPublicAccessBlock",
        "s3:GetBucketOwnershipControls",
    }  # fmt: skip


def test_dependencies_name_the_type(no_repositories: Path) -> None:
    evaluation = Evaluation(str(no_repositories), no_repositories.parent)
    result, _, failures = explain([shipped(BUCKETS)], "control", evaluation)
    assert not failures
    assert {(table, call) for _, table, call, *_ in result.rows if table.startswith(TABLE)} == {
        (f"{TABLE}:s3_bucket", call)
        for call in (
            "s3:ListBuckets", "s3:GetBucketPolicy", "s3:GetPublicAccessBlock", "s3control:GetPublicAccessBlock",
            "s3:GetBucketOwnershipControls",
        )
    }  # fmt: skip
    # Neither the trust policies of roles nor the statements of IAM decide, but the accounts of the organization do.
    assert {table for _, table, *_ in result.rows if not table.startswith(TABLE)} == {
        "aws_organizations_account", "aws_organizations_account_policy", "aws_organizations_root",
    }  # fmt: skip


@pytest.mark.slow
def test_roles_count_where_they_are_declared(complete: Path) -> None:
    sql = "select * from iam_external_access() where resource_type = 'iam_role'"
    with closing(open_run(complete)) as reader:
        roles, keys, every = (tables_depended_on(reader, sql, types) for types in ((ROLE,), ("kms_key",), ()))
    assert "aws_iam_role" in roles and TABLE not in {name.partition(":")[0] for name in roles}
    assert "aws_iam_role" not in keys and f"{TABLE}:kms_key" in keys
    assert {"aws_iam_role", TABLE} <= every


@pytest.mark.slow
def test_a_sync_for_a_control_collects_its_type_only(tmp_path: Path) -> None:
    loaded = load_catalog()
    assert tables_for(loaded, [BUCKETS]) == (f"{TABLE}:s3_bucket",)
    assert tables_for(loaded, [BUCKETS, REPOSITORIES]) == (f"{TABLE}:ecr_repository", f"{TABLE}:s3_bucket")
    assert tables_for(loaded, ["external_access"]) == (TABLE,)
    # Views over the documents of IAM read aws_resource_policy, and need it for no answer about IAM.
    assert tables_for(loaded, ["policy_no_full_admin", "admins"]) == ()
    path = synced(tmp_path, f"{TABLE}:ecr_repository")
    with closing(open_run(path)) as reader:
        sql = "select distinct service from iamsql.coverage where status = 'ok' and service not in ('iam', 'sts', 'organizations')"
        assert reader.query(sql) == [("ecr",)]
        assert set(find_uncollected(reader)) >= {f"{TABLE}:s3_bucket", f"{TABLE}:glue_catalog"}
        assert not {TABLE, f"{TABLE}:ecr_repository"} & find_uncollected(reader).keys()
    with closing(open_run(path)) as reader:
        assert ask(reader, shipped(REPOSITORIES)).rows
        with pytest.raises(NotCollected, match=rf"{TABLE}:s3_bucket was not collected") as raised:
            ask(reader, shipped(BUCKETS))
    assert raised.value.tables == {f"{TABLE}:s3_bucket"}
    assert str(raised.value).endswith(f"--for {BUCKETS}")
    assert statuses(path)[BUCKETS] == Counter({(PAYMENTS, "error"): 1, (DATA, "error"): 1})


@pytest.mark.slow
def test_a_run_with_the_type_is_preferred(tmp_path: Path) -> None:
    older = synced(tmp_path, f"{TABLE}:s3_bucket", f"{TABLE}:ecr_repository")
    newer = synced(tmp_path, f"{TABLE}:ecr_repository")
    for resource_type, expected in (("s3_bucket", older), ("ecr_repository", newer)):
        needs = Requirements(lambda _, resource_type=resource_type: {f"{TABLE}:{resource_type}"}, ACCOUNTS)  # type: ignore[misc]
        assert choose(tmp_path, "latest", needs).path == expected


def test_names_of_types_in_options() -> None:
    assert match_tables((f"{TABLE}:kms_key",)) == (f"{TABLE}:kms_key",)
    kinds = ("bucket", "access_point", "multi_region_access_point")
    assert set(match_tables((f"{TABLE}:s3_*",))) == {f"{TABLE}:s3_{resource_type}" for resource_type in kinds}
    assert set(match_tables(("aws_resource_*",))) == {TABLE}
    assert {call.service for call in calls_of_tables((f"{TABLE}:lambda_layer_version",))} == {"lambda"}
    for name in (f"{TABLE}:x", "aws_iam_user:user", ":"):
        with pytest.raises(IamsqlError, match="There is no table"):
            match_tables((name,))


@pytest.fixture(scope="module")
def of_types(tmp_path_factory: pytest.TempPathFactory, complete: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a copy of a run, whose rows of aws_resource_policy are in the table `every`."""
    path = tmp_path_factory.mktemp("types") / "run.duckdb"
    path.write_bytes(complete.read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table every as from {TABLE}")
        yield connection


DECLARED = sorted(name for name, versions in load_catalog().queries.items() if versions[-1].resource_types)


@pytest.mark.slow
@pytest.mark.parametrize("name", DECLARED)
def test_the_rows_of_a_query_depend_on_its_types_only(of_types: duckdb.DuckDBPyConnection, name: str) -> None:
    """Without the rows of the other types, and without roles, the rows of each shipped query are the same."""
    query, types = shipped(name), list(shipped(name).resource_types)
    of_types.execute(f"delete from {TABLE}; insert into {TABLE} from every")
    before = of_types.execute(f"from {query.macro}()").fetchall()
    of_types.execute(f"delete from {TABLE} where not list_contains(?::varchar[], resource_type)", [types])
    assert ROLE not in types
    of_types.execute("begin; delete from aws_iam_role")
    assert of_types.execute(f"from {query.macro}()").fetchall() == before
    of_types.execute("rollback")
