"""Run files of earlier versions keep what they hold: policies that had raw tables of their own, or one for all types."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from iamsql.query.run import ask

EARLIER = """
create table raw.iam_get_account_authorization_details_aws_policies as
  select * from raw.iam_get_account_authorization_details_policies where item ->> '$.Arn' like '%::aws:policy/%';
delete from raw.iam_get_account_authorization_details_policies where item ->> '$.Arn' like '%::aws:policy/%';
alter table raw.iam_list_policies_aws_managed rename to iam_list_policies_aws;
alter table raw.iam_get_policy_version_aws_managed rename to iam_get_policy_version_aws;
insert into raw.organizations_list_policies select * from raw.organizations_list_policies_others;
insert into raw.organizations_describe_policy select * from raw.organizations_describe_policy_others;
insert into raw.organizations_list_targets_for_policy select * from raw.organizations_list_targets_for_policy_others;
drop table raw.organizations_list_policies_others;
drop table raw.organizations_describe_policy_others;
drop table raw.organizations_list_targets_for_policy_others;
update iamsql.run set schema_fingerprint = 'earlier';
"""
TABLES = ("aws_iam_policy", "aws_iam_policy_version", "aws_organizations_policy", "aws_organizations_policy_target")


@pytest.fixture(scope="module")
def earlier(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the demo's run as an earlier version would have made it, its typed tables of these emptied."""
    path = tmp_path_factory.mktemp("earlier") / demo_run.name
    shutil.copy(demo_run, path)
    with duckdb.connect(str(path)) as con:
        con.execute(EARLIER + "".join(f"delete from main.{table};" for table in TABLES))
    return path


@pytest.mark.parametrize("table", TABLES)
def test_an_earlier_file_gives_the_same_rows(demo_run: Path, earlier: Path, table: str) -> None:
    sql = f"select * exclude (_ctx, sp_ctx) from {table} order by all"
    found, wanted = (ask(sql, args={}, run=str(one), runs_dir=one.parent).result for one in (earlier, demo_run))
    assert list(found.rows) == list(wanted.rows) != []
