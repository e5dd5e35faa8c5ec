"""An import of other tools' files is a run with the tables of the files, and its coverage lists what the files lack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.runs.store.reader import open_run
from iamsql.sync.importer.write import import_files
from tests.conftest import third_party


def rows(path: Path | None, sql: str) -> list[tuple[Any, ...]]:
    assert path is not None
    reader = open_run(path)
    try:
        return list(reader.run(sql).rows)
    finally:
        reader.close()


def dump(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


USER = {"UserName": "ana", "UserId": "AIDA1", "Path": "/", "Arn": "arn:aws:iam::123456789012:user/ana"}
REPORT = (
    "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,"
    "access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active\n"
    "ana,arn:aws:iam::123456789012:user/ana,2026-01-01T00:00:00+00:00,true,no_information,false,true,"
    "2026-01-02T03:04:05+00:00,2026-01-03T00:00:00+00:00,false\n"
)


def test_lists_and_a_credential_report_become_users_and_keys(tmp_path: Path) -> None:
    dump(tmp_path, "a.json", {"Users": [USER | {"CreateDate": "2026-01-01T00:00:00Z"}]})
    key = {"UserName": "ana", "AccessKeyId": "AKIA1", "Status": "Active", "CreateDate": "2026-01-02T03:04:05Z"}
    dump(tmp_path, "b.json", {"AccessKeyMetadata": [key]})
    dump(tmp_path, "c.json", {"Content": REPORT, "GeneratedTime": "2026-01-09T00:00:00+00:00"})
    result = import_files([tmp_path], None, tmp_path / "runs")
    users_and_keys = rows(
        result.path, "select access_key_id, slot, slot_method, last_used_known, account_id from aws_iam_access_key"
    )
    assert users_and_keys == [("AKIA1", 1, "created", True, "123456789012")]
    assert rows(result.path, "select name, mfa_enabled, password_enabled from aws_iam_user") == [("ana", False, True)]
    assert rows(result.path, "select cast(as_of() as varchar)") == [("2026-01-09 00:00:00+00",)]


@pytest.mark.slow
def test_coverage_lists_the_calls_that_no_file_has(tmp_path: Path) -> None:
    result = import_files([dump(tmp_path, "a.json", {"Users": [USER]})], None, tmp_path / "runs")
    states = dict(rows(result.path, "select operation, concat_ws(' ', status, error_code) from iamsql.coverage"))
    assert states["ListUsers"] == "ok"
    assert states["ListAccessKeys"] == "skipped not_imported"
    assert rows(result.path, "select outcome from iamsql.accounts") == [("incomplete",)]
    assert result.status == "incomplete"


@pytest.mark.slow
def test_a_list_of_the_keys_of_some_users_is_partial(tmp_path: Path) -> None:
    bea = USER | {"UserName": "bea", "Arn": "arn:aws:iam::123456789012:user/bea"}
    dump(tmp_path, "a.json", {"Users": [USER, bea]})
    dump(tmp_path, "b.json", {"AccessKeyMetadata": [{"UserName": "ana", "AccessKeyId": "AKIA1", "Status": "Active"}]})
    result = import_files([tmp_path], "123456789012", tmp_path / "runs")
    sql = "select status, error_message from iamsql.coverage where operation = 'ListAccessKeys'"
    assert rows(result.path, sql) == [("partial", "No file has the response to 1 of 2 requests.")]


@pytest.mark.slow
def test_an_import_without_an_account_id_asks_for_it(tmp_path: Path) -> None:
    summary = dump(tmp_path, "a.json", {"SummaryMap": {"Users": 3}})
    with pytest.raises(IamsqlError, match="--account"):
        import_files([summary], None, tmp_path / "runs")
    assert list((tmp_path / "runs").glob("*")) == []
    result = import_files([summary], "012345678901", tmp_path / "runs")
    assert rows(result.path, "select account_id, users from aws_iam_account_summary") == [("012345678901", 3)]


@pytest.mark.slow
def test_the_id_of_the_organization_does_not_lead_out_of_the_runs_folder(tmp_path: Path) -> None:
    arn = "arn:aws:organizations::123456789012:organization/o-1"
    organization = {"Organization": {"Id": "a/../../outside", "Arn": arn, "MasterAccountId": "123456789012"}}
    result = import_files([dump(tmp_path, "a.json", organization)], None, tmp_path / "runs")
    assert (
        result.path
        and result.path.parent == tmp_path / "runs"
        and result.path.name.endswith("Z-a_______outside.duckdb")
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "runs"]


@pytest.mark.slow
def test_the_cloudmapper_dump_is_imported(tmp_path: Path) -> None:
    result = import_files([third_party("cloudmapper-demo")], None, tmp_path)
    counts = "select (select count(*) from aws_iam_user), (select count(*) from aws_iam_role), "
    counts += "(select count(*) from aws_iam_group), (select count(*) from aws_iam_credential_report)"
    assert rows(result.path, counts) == [(2, 4, 1, 3)]
    assert rows(result.path, "select state, agreement from root_keys()") == [("active key", "agree")]
    ages = rows(result.path, "select min(user_age_days) from audit_report()")
    assert ages == [(0,)]
    trust = (
        "select assume_role_policy_std ->> '$.Statement[0].Principal.AWS[0]' from aws_iam_role where name = 'bad_role'"
    )
    assert rows(result.path, trust) == [("*",)]


@pytest.mark.slow
def test_the_cloudsplaining_dump_is_imported(tmp_path: Path) -> None:
    result = import_files([third_party("cloudsplaining")], None, tmp_path)
    users = "select name, cast(create_date as varchar), mfa_enabled from aws_iam_user order by position"
    assert rows(result.path, users) == [
        ("obama", "2019-12-18 19:10:08+00", None),
        ("userwithlotsofpermissions", "2019-12-18 19:10:08+00", None),
        ("biden", "2019-12-18 19:10:08+00", None),
    ]
    policies = "select count(*), count(policy_std), count(*) filter (is_aws_managed) from aws_iam_policy"
    assert rows(result.path, policies) == [(32, 32, 30)]
    assert rows(result.path, "select count(*) from stale_keys()") == [(0,)]
    assert rows(result.path, "select state from root_keys()") == [("unknown",)]
