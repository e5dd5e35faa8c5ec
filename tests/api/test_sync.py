"""iamsql.sync collects the sample organization."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import iamsql
import iamsql.sync.options


class Lines(iamsql.sync.options.Progress):
    """Keeps the lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_a_sync_returns_the_run(tmp_path: Path) -> None:
    with iamsql.collect(demo=True, runs=tmp_path, accounts=["555566667777"], events=["none"]) as run:
        assert run.path.parent == tmp_path
        assert run.query("select distinct account_id from aws_iam_user").rows == [("555566667777",)]
        assert run.metadata.options["accounts"] == ["555566667777"]


@pytest.mark.slow
def test_a_sync_works_where_an_event_loop_runs(tmp_path: Path) -> None:
    async def notebook() -> str:
        with iamsql.collect(demo=True, runs=tmp_path, accounts=["555566667777"], events=["none"]) as run:
            return run.id

    assert asyncio.run(notebook())


@pytest.mark.slow
def test_the_tables_of_a_query_are_collected(tmp_path: Path) -> None:
    options = {"accounts": ["555566667777"], "events": ["none"], "queries": ["analyzer_unused_access"]}
    with iamsql.collect(demo=True, runs=tmp_path, **options) as run:
        assert run.metadata.options["query_tables"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"acounts": ["1"]}, "collect has no option 'acounts'"),
        ({"accounts": ["1"]}, "accounts takes an account ID of 12 digits"),
        ({"start_date": "yesterday"}, "start_date takes a date"),
        ({"tables": ["aws_iam_usr"]}, "aws_iam_usr"),
    ],
)
def test_invalid_options_are_errors(tmp_path: Path, options: dict[str, object], reason: str) -> None:
    with pytest.raises(iamsql.IamsqlError, match=reason):
        iamsql.collect(demo=True, runs=tmp_path, **options)
    assert not list(tmp_path.iterdir())
