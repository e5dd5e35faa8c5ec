"""Keys and administrators of accounts that an earlier run did not read are compared with the latest run that did."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.automation.notify.earlier_runs import comparable_runs, run_with_status
from iamsql.automation.notify.resources import resource_changes
from iamsql.runs.latest import RunWithStatus
from tests.check.diff.run_pairs import SHARED, WEB, copy, delete_sql, deny_sql, insert_sql

KEY = insert_sql("aws_iam_access_key", "access_key_id = 'AKIAAB4GC4CAZF4B5HNX'", access_key_id="'AKIANEW'")
UNREAD = [deny_sql("ListAccessKeys", WEB), *delete_sql(WEB, "aws_iam_access_key")]


def changes(new: Path, kinds: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Return the changes of the newest run since the previous one."""
    run: RunWithStatus = run_with_status(new, new.parent)
    earlier = list(comparable_runs(new.parent, run))
    rows = resource_changes(earlier[0][0].path, new, new.parent, earlier[1:], kinds)
    return [(row["change"], row["account_id"], row["resource"]) for row in rows]


@pytest.mark.slow
def test_a_key_that_was_created_while_the_account_could_not_be_read(demo_run: Path, tmp_path: Path) -> None:
    copy(demo_run, tmp_path, 0)
    unread = copy(demo_run, tmp_path, 1, UNREAD)
    assert changes(unread, ("key",)) == []
    copy(demo_run, tmp_path, 2, UNREAD)
    new = copy(demo_run, tmp_path, 3, [KEY])
    assert changes(new, ("key",)) == [("new", WEB, "AKIANEW")]
    assert changes(new, ("opened", "resolved")) == []


@pytest.mark.slow
def test_a_new_administrator_is_told_and_a_deleted_key_is_not(demo_run: Path, tmp_path: Path) -> None:
    copy(demo_run, tmp_path, 0)
    attached = (
        "update raw.iam_get_account_authorization_details_roles set item = replace(item::varchar,"
        f" 'policy/ReadOnlyAccess', 'policy/AdministratorAccess')::json where account_id = '{SHARED}'"
    )
    deleted = "delete from aws_iam_access_key where access_key_id = 'AKIAAB4GC4CAZF4B5HNX'"
    new = copy(demo_run, tmp_path, 1, [attached, deleted, "update iamsql.run set schema_fingerprint = 'another'"])
    changed_rows = changes(new, ("key", "administrator"))
    assert changed_rows and {(change, account) for change, account, _ in changed_rows} == {("newly_privileged", SHARED)}
