"""Detections that could not be evaluated, with the reasons."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb

from iamsql.check.detection_gaps import join_reasons, unevaluated_accounts, unevaluated_note
from iamsql.runs.store.reader import open_run
from tests.minimal_run import GAPS, make_run

TABLES = {"one": {"aws_iam_user"}, "two": {"aws_cloudtrail_lookup_event", "aws_iam_user"}, "three": {"aws_unknown"}}


def test_each_account_has_the_reasons_of_the_tables(tmp_path: Path) -> None:
    with closing(open_run(make_run(tmp_path / "x.duckdb", GAPS))) as reader:
        reasons = unevaluated_accounts(reader, {name: TABLES[name] for name in ("one", "two")}, ())
        assert reasons["one"].keys() == {"222222222222", "333333333333"}
        assert reasons["one"]["333333333333"] == ["AssumeRole failed (AccessDenied)"]
        assert len(reasons["two"]["222222222222"]) == 2
        only = unevaluated_accounts(reader, {"one": TABLES["one"]}, ["333333333333"])
        assert only == {"one": {"333333333333": ["AssumeRole failed (AccessDenied)"]}}


def test_another_file_has_no_gaps(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as con:
        con.execute("create table t as select 1")
    with closing(open_run(tmp_path / "x.duckdb")) as reader:
        assert unevaluated_accounts(reader, TABLES, ()) == {}


def test_a_note_counts_detections_and_accounts() -> None:
    assert unevaluated_note({}) == []
    (note,) = unevaluated_note({"one": {"1": ["a"], "2": ["a"]}, "two": {"2": ["b"]}})
    assert note.startswith("2 detections could not be evaluated in 2 accounts: ")


def test_the_first_reason_is_a_sentence() -> None:
    assert join_reasons(["iam:ListUsers denied"]) == "Unknown: iam:ListUsers denied."
    assert join_reasons(["a", "b", "c"]) == "Unknown: a; and 2 more."
