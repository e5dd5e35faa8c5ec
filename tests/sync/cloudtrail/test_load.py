"""Loading of valid and malformed log files; a file that cannot be read is reported by name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.runs.file.duplicate_events import remove_duplicates
from tests.sync.cloudtrail.loaded_events import ACCOUNT, HINT, EventTable, open_table, record, text, without


@dataclass
class Statements:
    """Executes statements as the writer of a run does."""

    con: duckdb.DuckDBPyConnection

    def execute(self, statement: str) -> None:
        self.con.execute(statement)

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        return self.con.execute(select).fetchall()


@pytest.fixture
def table(tmp_path: Path) -> Iterator[EventTable]:
    event_table = open_table(tmp_path)
    yield event_table
    event_table.con.close()


TWO = [record(1), record(2)]
GOOD = gzip.compress(text({"Records": TWO}), mtime=0)


@pytest.mark.parametrize(
    ("content", "events"),
    [
        (GOOD, 2),
        (text({"Records": TWO}), 2),
        (text({"Records": TWO}, indent=2), 2),
        (text(TWO), 2),
        (b"\n".join(map(text, TWO)), 2),
        (b"\r\n\r\n".join([*map(text, TWO), b""]), 2),
        (text(record()), 1),
        (text(record(), indent=4), 1),
        (text({"Records": TWO}) + text({"Records": [record(3)]}), 3),
        (gzip.compress(text(TWO)) + gzip.compress(text([record(3)])), 3),  # gzip files may be put end to end
        (text({"Records": []}), 0),
        (b"[]", 0),
    ],
    ids="packed plain pretty array lines crlf record pretty-record two-documents two-members none empty-array".split(),
)
def test_each_form_of_a_log_file_is_read(table: EventTable, content: bytes, events: int) -> None:
    assert table.load(content) == {"0": events}
    assert table.unreadable_files == []
    assert table.rows("event_id, event_name, log_file, data_source") == [
        (f"e-{number}", "CreateUser", "0", "trail") for number in range(1, events + 1)
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_log"),
        (b"null", "not_a_log"),
        (text({"digestStartTime": "", "logFiles": []}), "not_a_log"),
        (text({"eventsSomething": [1]}), "not_a_log"),
        (b"<html>Service Unavailable</html>", "not_json"),
        (text({"Records": TWO})[:-40], "not_json|cut_short"),
        (text(record()) + b"\x00\x00", "not_json"),
        (b'{"Records": [{"eventName": "\xff\xfe"}]}', "not_json"),
        (GOOD[:-30], "cut_short"),
        (GOOD[:12], "cut_short|corrupt"),
        (GOOD[:3], "cut_short|corrupt"),
        (b"\x1f\x8b", "cut_short|corrupt"),
        (b"\x1f\x8b{}" * 9, "corrupt|not_json"),
        (GOOD[:40] + bytes(20) + GOOD[60:], "corrupt|not_json"),
        (b'{"Records": []}}{"n": "0", "log": {"Records": [{"eventName": "Forged"}]}', "not_json|cut_short"),
    ],
    ids="empty null digest other html cut nul utf8 cut-gz stump stub magic not-packed damaged forged".split(),
)
def test_a_file_that_cannot_be_read_is_reported_and_the_others_are_read(
    table: EventTable, content: bytes, code: str
) -> None:
    other = gzip.compress(text({"Records": [record(7)]}))
    counts = table.load(other, content, other, text([record(8)]))
    assert counts == {"0": 1, "2": 1, "3": 1}
    [unread] = table.unreadable_files
    assert unread.file.key == "1" and unread.message
    assert unread.code in code.split("|")
    assert {event_id for (event_id,) in table.rows("event_id")} == {"e-7", "e-8"}


@pytest.mark.slow
def test_malformed_files_among_many_valid_ones_are_reported(table: EventTable) -> None:
    contents = [b"no" if number % 5 == 0 else text([record(number)]) for number in range(60)]
    assert set(table.load(*contents)) == {str(number) for number in range(60) if number % 5}
    assert [error.file.key for error in table.unreadable_files] == [str(number) for number in range(0, 60, 5)]
    assert len(table.rows("1")) == 48


def test_a_record_without_an_identity_is_read(table: EventTable) -> None:
    table.load(
        text(
            [
                without("userIdentity"),
                record(2, userIdentity=None),
                record(3, userIdentity={"invokedBy": "x.amazonaws.com"}),
            ]
        )
    )
    assert table.rows("user_type, username, actor_arn, invoked_by") == [
        (None, None, None, None),
        (None, None, None, None),
        (None, None, None, "x.amazonaws.com"),
    ]


def test_an_old_record_without_read_only_and_category_is_read(table: EventTable) -> None:
    old = without("readOnly", "managementEvent") | {"eventVersion": "1.02"}
    table.load(text({"Records": [old, record(2)]}))
    assert table.rows("event_version, read_only, management_event, event_category") == [
        ("1.02", None, None, None),
        ("1.11", False, True, None),
    ]


def test_account_and_region_come_from_the_key_where_the_record_lacks_them(table: EventTable) -> None:
    nameless = without("recipientAccountId", "awsRegion", "userIdentity")
    table.load(text([nameless, record(2), without("recipientAccountId") | {"eventID": "e-3"}]))
    assert table.rows("account_id, region, aws_region") == [
        (HINT, "eu-west-1", None),
        (ACCOUNT, "us-east-1", "us-east-1"),
        (ACCOUNT, "us-east-1", "us-east-1"),
    ]


def test_documents_are_unchanged_and_json_inside_text_stays_text(table: EventTable) -> None:
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Resource": '\u00e4\n"'}]})
    parameters = {"policyDocument": policy, "nested": {"a": [1, None, {"b": 1.5}]}}
    table.load(text([record(1, requestParameters=parameters, responseElements=None, additionalEventData={})]))
    [(request, response, additional, event)] = table.rows(
        "request_parameters, response_elements, additional_event_data, event"
    )
    assert (json.loads(request), response, additional) == (parameters, None, "{}")
    assert json.loads(json.loads(request)["policyDocument"]) == json.loads(policy)
    assert json.loads(event) == record(1, requestParameters=parameters, responseElements=None, additionalEventData={})


@pytest.mark.parametrize("creation_date", ["2026-02-01T02:00:00Z", "20260201T020000Z"])
def test_the_start_of_a_session_is_read_in_both_formats(table: EventTable, creation_date: str) -> None:
    identity = {
        "type": "AssumedRole",
        "principalId": "AROA:bo",
        "sessionContext": {"attributes": {"creationDate": creation_date, "mfaAuthenticated": "true"}},
    }
    table.load(text([record(1, userIdentity=identity)]))
    began = int(datetime(2026, 2, 1, 2, tzinfo=UTC).timestamp() * 1000)
    assert table.rows("username, session_started, session_mfa") == [("bo", began, "true")]


def test_a_member_of_an_unexpected_type_is_null_and_the_record_is_kept(table: EventTable) -> None:
    odd = record(1, readOnly="maybe", eventTime="yesterday", userIdentity="nobody", requestParameters="text")
    table.load(text([odd, record(2)]))
    [first, second] = table.rows("read_only, event_time, user_type, event ->> '$.eventTime'")
    assert first == (None, None, None, "yesterday")
    assert second[:3] == (False, datetime(2026, 2, 1, 3, 4, 5), "IAMUser")


def test_a_request_of_a_megabyte_is_kept(table: EventTable) -> None:
    table.load(text([record(1, requestParameters={"userName": "x" * 1_000_000})]))
    assert table.rows("strlen(target), strlen(request_parameters) > 1000000") == [(1_000_000, True)]


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["records", "array"])
def test_a_file_larger_than_the_document_limit_is_read_record_by_record(table: EventTable, shape: str) -> None:
    large = [record(number, requestParameters={"userName": "x" * 1_500_000}) for number in range(24)]
    content = text({"Records": large} if shape == "records" else large)
    assert len(content) > 32 * 1024 * 1024
    assert table.load(gzip.compress(content, 1), text([record(99)])) == {"0": 24, "1": 1}
    assert table.unreadable_files == []
    assert sorted(table.rows("strlen(target), log_file")) == [(2, "1"), *[(1_500_000, "0")] * 24]


def test_only_events_of_the_window_become_rows_and_the_file_counts_as_read(table: EventTable) -> None:
    window = (datetime(2026, 2, 1), datetime(2026, 2, 1, 12))
    other = record(2, eventTime="2026-01-31T23:59:59Z")
    assert table.load(text([record(1), other]), text([other]), window=window) == {"0": 1, "1": 0}
    assert (table.rows("event_id"), table.unreadable_files) == ([("e-1",)], [])


LOOKED_UP = """
insert into r.iamsql.events by name
select ? as account_id, unnest(['e-1', 'e-9']) as event_id, 'event_history' as data_source, '[]' as lookup_resources, 5 as position
"""


def test_a_repeated_event_of_an_account_is_one_row(table: EventTable) -> None:
    nameless = without("eventID")
    table.load(text(TWO), text([record(1), record(2, recipientAccountId=HINT), nameless, nameless]))
    table.con.execute(LOOKED_UP, [ACCOUNT])
    remove_duplicates(Statements(table.con))
    assert sorted(table.rows("event_id, account_id, data_source, lookup_resources, position, log_file"), key=str) == [
        ("e-1", ACCOUNT, "event_history, trail", "[]", 5, "0"),
        ("e-2", ACCOUNT, "trail", None, None, "0"),
        ("e-2", HINT, "trail", None, None, "1"),
        ("e-9", ACCOUNT, "event_history", "[]", 5, None),
        *[(None, ACCOUNT, "trail", None, None, "1")] * 2,  # without an ID nothing says that they are the same
    ]
