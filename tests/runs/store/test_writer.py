"""Items that a writer adds to a raw table: each as its own row, byte for byte, in the order of the responses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from iamsql.canonical_json import canonical_json
from iamsql.runs.store.run_schema import schemas
from iamsql.runs.store.writer import RunWriter

RAW = "iam_list_users"
TIME = "2026-11-25T12:00:00Z"
ITEMS = [canonical_json({"UserName": name}) for name in ("a\nb", "\r\n", "\u2028", "é", '"', "\\n", "", ",", "\x1e")]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    """A file with one raw table."""
    run_writer = RunWriter(tmp_path / "runs" / "x.duckdb")
    for statement in (
        *schemas(),
        f"create table raw.{RAW} (account_id text, region text, bound json, item json, synced_at timestamptz)",
    ):
        run_writer.execute(statement)
    yield run_writer
    run_writer.close()


def test_each_item_is_a_row_with_the_values_of_its_response(writer: RunWriter) -> None:
    responses = [
        ("1", "us-east-1", "{}", ITEMS),
        ("2", "global", '{"UserName":"a"}', ["1"]),
        ("1", "global", "{}", ["[]", "{}"]),
    ]
    for account, region, bound, items in responses:
        writer.write_items(RAW, account, region, bound, items, TIME)
    writer.flush()
    written = writer.rows(
        f"select account_id, region, bound, item, strftime(synced_at, '%H:%M') from raw.{RAW} order by rowid"
    )
    assert written == [(*response[:3], item, "12:00") for response in responses for item in response[3]]


def test_a_response_without_items_fills_no_table(writer: RunWriter) -> None:
    writer.write_items(RAW, "1", "global", "{}", [], TIME)
    writer.flush()
    assert not writer.item_sizes
    writer.write_items(RAW, "1", "global", "{}", ["{}"], TIME)
    assert writer.item_sizes == {RAW: {"1": 2}}


@pytest.mark.parametrize(("few", "is_used"), [(0, True), (1_000_000, False)])
def test_only_files_with_many_items_are_compressed_by_fsst(
    writer: RunWriter, monkeypatch: pytest.MonkeyPatch, few: int, is_used: bool
) -> None:
    monkeypatch.setattr("iamsql.runs.store.writer.SMALL", few)
    items = [
        canonical_json({"UserName": f"user-{number}", "Path": f"/division/{number % 7}/"}) for number in range(3000)
    ]
    writer.write_items(RAW, "1", "global", "{}", items, TIME)
    with duckdb.connect(str(writer.finish()), read_only=True) as connection:
        sql = f"select distinct compression from pragma_storage_info('raw.{RAW}') where column_name = 'item'"
        compressions = {name for (name,) in connection.execute(sql).fetchall()}
        assert connection.execute(f"select count(*) from raw.{RAW}").fetchall() == [(3000,)]
    assert ("FSST" in compressions) is is_used
