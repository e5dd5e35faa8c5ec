"""Log files as they come, right and odd ones, into the table of events; a file that cannot be read is told by name."""

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

from iamsql.runfile.events import remove_duplicates
from tests.cloudtrail.loaded_events import ACCOUNT, HINT, Shelf, opened, record, text, without


@dataclass
class Statements:
    """Executes statements as a run's writer does."""

    con: duckdb.DuckDBPyConnection

    def execute(self, statement: str) -> None:
        self.con.execute(statement)

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        return self.con.execute(select).fetchall()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = opened(tmp_path)
    yield made
    made.con.close()


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
def test_every_way_to_write_records_down_is_read(shelf: Shelf, content: bytes, events: int) -> None:
    assert shelf.load(content) == {"0": events}
    assert shelf.bad == []
    assert shelf.rows("event_id, event_name, log_file, found_by") == [
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
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(shelf: Shelf, content: bytes, code: str) -> None:
    other = gzip.compress(text({"Records": [record(7)]}))
    found = shelf.load(other, content, other, text([record(8)]))
    assert found == {"0": 1, "2": 1, "3": 1}
    [unread] = shelf.bad
    assert unread.file.key == "1" and unread.message
    assert unread.code in code.split("|")
    assert {one for (one,) in shelf.rows("event_id")} == {"e-7", "e-8"}


def test_many_bad_files_among_many_good_ones(shelf: Shelf) -> None:
    contents = [b"no" if number % 5 == 0 else text([record(number)]) for number in range(60)]
    assert set(shelf.load(*contents)) == {str(number) for number in range(60) if number % 5}
    assert [one.file.key for one in shelf.bad] == [str(number) for number in range(0, 60, 5)]
    assert len(shelf.rows("1")) == 48


def test_who_did_it_may_not_be_told(shelf: Shelf) -> None:
    shelf.load(
        text(
            [
                without("userIdentity"),
                record(2, userIdentity=None),
                record(3, userIdentity={"invokedBy": "x.amazonaws.com"}),
            ]
        )
    )
    assert shelf.rows("user_type, username, actor_arn, invoked_by") == [
        (None, None, None, None),
        (None, None, None, None),
        (None, None, None, "x.amazonaws.com"),
    ]


def test_an_old_record_without_read_only_and_category(shelf: Shelf) -> None:
    old = without("readOnly", "managementEvent") | {"eventVersion": "1.02"}
    shelf.load(text({"Records": [old, record(2)]}))
    assert shelf.rows("event_version, read_only, management_event, event_category") == [
        ("1.02", None, None, None),
        ("1.11", False, True, None),
    ]


def test_an_account_and_region_that_the_record_does_not_tell_are_the_keys(shelf: Shelf) -> None:
    nameless = without("recipientAccountId", "awsRegion", "userIdentity")
    shelf.load(text([nameless, record(2), without("recipientAccountId") | {"eventID": "e-3"}]))
    assert shelf.rows("account_id, region, aws_region") == [
        (HINT, "eu-west-1", None),
        (ACCOUNT, "us-east-1", "us-east-1"),
        (ACCOUNT, "us-east-1", "us-east-1"),
    ]


def test_documents_stay_as_they_are_and_json_in_a_text_stays_text(shelf: Shelf) -> None:
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Resource": '\u00e4\n"'}]})
    asked = {"policyDocument": policy, "nested": {"a": [1, None, {"b": 1.5}]}}
    shelf.load(text([record(1, requestParameters=asked, responseElements=None, additionalEventData={})]))
    [(request, response, more, event)] = shelf.rows(
        "request_parameters, response_elements, additional_event_data, event"
    )
    assert (json.loads(request), response, more) == (asked, None, "{}")
    assert json.loads(json.loads(request)["policyDocument"]) == json.loads(policy)
    assert json.loads(event) == record(1, requestParameters=asked, responseElements=None, additionalEventData={})


@pytest.mark.parametrize("words", ["2026-02-01T02:00:00Z", "20260201T020000Z"])
def test_when_a_session_began_in_both_spellings(shelf: Shelf, words: str) -> None:
    who = {
        "type": "AssumedRole",
        "principalId": "AROA:bo",
        "sessionContext": {"attributes": {"creationDate": words, "mfaAuthenticated": "true"}},
    }
    shelf.load(text([record(1, userIdentity=who)]))
    began = int(datetime(2026, 2, 1, 2, tzinfo=UTC).timestamp() * 1000)
    assert shelf.rows("username, session_started, session_mfa") == [("bo", began, "true")]


def test_what_is_of_another_type_than_it_should_be_is_null_and_the_record_stays(shelf: Shelf) -> None:
    odd = record(1, readOnly="maybe", eventTime="yesterday", userIdentity="nobody", requestParameters="text")
    shelf.load(text([odd, record(2)]))
    [first, second] = shelf.rows("read_only, event_time, user_type, event ->> '$.eventTime'")
    assert first == (None, None, None, "yesterday")
    assert second[:3] == (False, datetime(2026, 2, 1, 3, 4, 5), "IAMUser")


def test_a_megabyte_of_request_is_kept(shelf: Shelf) -> None:
    shelf.load(text([record(1, requestParameters={"userName": "x" * 1_000_000})]))
    assert shelf.rows("strlen(target), strlen(request_parameters) > 1000000") == [(1_000_000, True)]


@pytest.mark.parametrize("shape", ["records", "array"])
def test_a_file_larger_than_a_document_may_be_is_read_by_its_records(shelf: Shelf, shape: str) -> None:
    large = [record(number, requestParameters={"userName": "x" * 1_500_000}) for number in range(24)]
    content = text({"Records": large} if shape == "records" else large)
    assert len(content) > 32 * 1024 * 1024
    assert shelf.load(gzip.compress(content, 1), text([record(99)])) == {"0": 24, "1": 1}
    assert shelf.bad == []
    assert sorted(shelf.rows("strlen(target), log_file")) == [(2, "1"), *[(1_500_000, "0")] * 24]


def test_only_the_windows_events_become_rows_and_the_file_counts_as_read(shelf: Shelf) -> None:
    window = (datetime(2026, 2, 1), datetime(2026, 2, 1, 12))
    other = record(2, eventTime="2026-01-31T23:59:59Z")
    assert shelf.load(text([record(1), other]), text([other]), window=window) == {"0": 1, "1": 0}
    assert (shelf.rows("event_id"), shelf.bad) == ([("e-1",)], [])


LOOKED_UP = """
insert into r.iamsql.events by name
select ? as account_id, unnest(['e-1', 'e-9']) as event_id, 'look-up' as found_by, '[]' as looked_up, 5 as position
"""


def test_each_event_of_an_account_stays_once(shelf: Shelf) -> None:
    nameless = without("eventID")
    shelf.load(text(TWO), text([record(1), record(2, recipientAccountId=HINT), nameless, nameless]))
    shelf.con.execute(LOOKED_UP, [ACCOUNT])
    remove_duplicates(Statements(shelf.con))
    assert sorted(shelf.rows("event_id, account_id, found_by, looked_up, position, log_file"), key=str) == [
        ("e-1", ACCOUNT, "look-up, trail", "[]", 5, "0"),
        ("e-2", ACCOUNT, "trail", None, None, "0"),
        ("e-2", HINT, "trail", None, None, "1"),
        ("e-9", ACCOUNT, "look-up", "[]", 5, None),
        *[(None, ACCOUNT, "trail", None, None, "1")] * 2,  # without an id nothing says that they are the same
    ]
