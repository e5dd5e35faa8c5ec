"""Files that are not the shards of one run are refused if anyone edited them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.sync.merge.merge import merge
from iamsql.sync.merge.shard_files import find_shards
from tests.conftest import connect, sample_run
from tests.sync.merge.shard_runs import copied_shards

HOSTILE = "'); drop table x; --\n\x1b[2J../../etc"


def edited(path: Path, *statements: str, values: Any = None) -> None:
    """Change a file."""
    with connect(path) as con:
        for statement in statements:
            con.execute(statement, values)


def option(name: str, value: str) -> str:
    """Return the UPDATE that sets a stored option to a JSON value."""
    return f"update iamsql.run set options = json_merge_patch(options, '{{\"{name}\": {value}}}')"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update iamsql.run set started_at = started_at + interval 1 day", "they differ in --as-of"),
        ("update iamsql.run set window_start = window_start - interval 1 day", "the start of the events"),
        ("update iamsql.run set window_end = window_end - interval 1 second", "the end of the events"),
        (option("regions", '["eu-west-1"]'), "the option regions"),
        (option("accounts", '["111122223333"]'), "the option accounts"),
        (option("trail", "null"), "the option trail"),
        (option("shard", '"2/3"'), "the number of shards"),
        (option("shard", '"1/2"'), "are both shard 1 of 2"),
        (option("shard", "2"), "is not a shard of a run"),
        (option("shard", '"3/2"'), "is not a shard of a run"),
        ("update iamsql.run set run_id = replace(run_id, '-o-', '-p-')", "the organization"),
        ("update iamsql.run set run_id = '../../x'", "is not a shard of a run"),
        ("update iamsql.run set status = 'running'", "is not finished"),
        (
            "update iamsql.run set schema_fingerprint = 'x', iamsql_version = '9.9'",
            "another version of iamsql, 9.9",
        ),
    ],
)
def test_files_that_are_not_shards_of_one_run_are_refused(tmp_path: Path, statement: str, reason: str) -> None:
    first, second = copied_shards(tmp_path)
    edited(second, statement)
    with pytest.raises(IamsqlError, match=reason) as refused:
        merge(tmp_path, [str(first), str(second)])
    assert len(str(refused.value).splitlines()) == 2
    assert sorted(tmp_path.iterdir()) == sorted([first, second])


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "drop table raw.iam_get_credential_report",
        "delete from raw.iam_get_credential_report",
        "alter table iamsql.events add column more varchar",
        "alter table iamsql.coverage alter items type varchar",
        "create or replace view iamsql.phases as select 1",
    ],
)
def test_an_altered_table_is_refused(tmp_path: Path, statement: str) -> None:
    first, second = copied_shards(tmp_path)
    if "view iamsql.phases" in statement:
        edited(second, "drop table iamsql.phases")
    edited(second, statement)
    with pytest.raises(IamsqlError, match="was altered"):
        merge(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".lock", first.name, second.name}


@pytest.mark.slow
def test_hostile_texts_are_escaped_in_errors(tmp_path: Path) -> None:
    first, second = copied_shards(tmp_path)
    edited(
        second, "update iamsql.run set options = json_merge_patch(options, json_object('ous', [?]))", values=[HOSTILE]
    )
    with pytest.raises(IamsqlError, match="the option ous") as refused:
        find_shards(tmp_path, [str(first), str(second)])
    assert "\x1b" not in str(refused.value) and len(str(refused.value).splitlines()) == 2


def test_a_run_is_not_a_shard_and_a_folder_without_shards_has_a_hint(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match="is not a shard of a run"):
        find_shards(tmp_path, [str(sample_run())])
    with pytest.raises(IamsqlError, match=r"There are no shards in .*\nMake them with: iamsql sync --shard K/N"):
        find_shards(tmp_path)


@pytest.mark.slow
def test_without_names_the_newest_shards_are_merged(tmp_path: Path) -> None:
    first, second = copied_shards(tmp_path)
    for path in (first, second):  # shards of another day
        earlier = path.rename(path.with_name(f"2020{path.name[4:]}"))
        edited(earlier, "update iamsql.run set started_at = started_at - interval 6 year")
    copies = copied_shards(tmp_path)
    assert [file.path for file in find_shards(tmp_path)] == copies
