"""Which files of a lake a statement reads, and how large they are."""

from __future__ import annotations

import pytest

from iamsql.lake.model import EventFile, LakeFile
from iamsql.lake.reads import Reads, event_tables, needed_tables, plan_reads
from iamsql.model import IamsqlError
from iamsql.tables.fragments.events import EVENTS_TABLE

FILES = {name: [LakeFile(f"{name}.parquet", 1000, "0" * 64)] for name in ("aws_iam_user", "aws_iam_role", "iamsql.run")}
EVENTS = [
    EventFile(LakeFile(f"{region}-{day}", 500, "0" * 64), "o-a", region, day, "", "", ())
    for region, day in (("eu-west-1", "2026-11-25"), ("us-east-1", "2026-11-24"), ("us-east-1", "2026-11-25"))
]


def test_events_are_read_for_their_tables_only() -> None:
    assert plan_reads({"aws_iam_user"}, FILES, EVENTS) == Reads({"aws_iam_user": FILES["aws_iam_user"]}, ())
    assert plan_reads({EVENTS_TABLE}, FILES, EVENTS) == Reads({}, EVENTS)
    assert EVENTS_TABLE in event_tables() and "aws_iam_user" not in event_tables()


def test_lines_name_the_tables_and_the_days_of_the_events() -> None:
    reads = Reads({name: FILES[name] for name in ("aws_iam_user", "aws_iam_role")}, EVENTS)
    first, *lines = reads.lines()
    assert reads.size == 3500 and first.startswith("Reads 5 files of the lake, ")
    assert [line.partition(":")[0].strip() for line in lines] == ["aws_iam_role", "aws_iam_user", "events"]
    assert lines[-1].endswith("2 regions, 2 days from 2026-11-24 to 2026-11-25")
    assert len(Reads({}, ()).lines()) == 1


def test_a_statement_that_reads_too_much_has_a_next_step() -> None:
    reads = Reads({}, EVENTS)
    reads.require_at_most(1500)
    with pytest.raises(IamsqlError, match=r"more than --max-bytes .*\nRead fewer events with --days N"):
        reads.require_at_most(1499)


@pytest.mark.parametrize(
    ("sql", "is_current", "needed"),
    [
        ("", True, {*FILES, EVENTS_TABLE}),
        ("select * from aws_iam_user", True, {"aws_iam_user", "iamsql.run"}),
        ("select 1", True, {"iamsql.run"}),
        ("select * from iamsql.events", True, {"iamsql.run", EVENTS_TABLE}),
    ],
)
def test_a_run_file_needs_the_tables_of_a_statement(sql: str, is_current: bool, needed: set[str]) -> None:
    assert needed_tables(sql, FILES, is_current=is_current) == needed


def test_an_older_schema_needs_the_raw_items_of_its_tables() -> None:
    stored = [*FILES, "raw.iam_list_users", "raw.iam_list_roles"]
    assert "raw.iam_list_users" not in needed_tables("from aws_iam_user", stored, is_current=True)
    older = needed_tables("from aws_iam_user", stored, is_current=False)
    assert "raw.iam_list_roles" not in older and any(name.startswith("raw.") for name in older)
