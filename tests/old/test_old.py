"""Run files of earlier schemas answer today's questions, with the rows that they had or a sentence that says what they lack."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from iamsql import catalog, describe, render
from iamsql.cli import main
from iamsql.model import IamsqlError, Query
from iamsql.query import run
from iamsql.query.compat import shadows
from iamsql.runs.listing import table_of_runs
from iamsql.runs.verify import UNKNOWN, check
from iamsql.store.read import Reader, open_run
from tests.old.files import HERE, OLDEST, SCHEMAS, unpack

GIVEN = {"integer": "30", "text": "x", "boolean": "true", "json": "[]"}
EXPECTED = {  # the rows of each are those of all four files, but for what the earlier ones did not read
    "stale_keys": dict.fromkeys(SCHEMAS, "stale_keys"),
    "root_keys": dict.fromkeys(SCHEMAS, "root_keys"),
    "skipped_accounts": dict.fromkeys(SCHEMAS, "skipped_accounts"),
    "users_without_mfa": dict.fromkeys(SCHEMAS, "users_without_mfa"),
    "audit_report": {
        **dict.fromkeys(("a66b043", "f12d05a"), "audit_report.a66b043"),  # no score without what it counts
        "743b467": "audit_report.743b467",  # AWS's own policies were not read: whether an auditor is an administrator
        "81a80ce": "audit_report.81a80ce",
    },
}
LEAST = {"a66b043": 210, "743b467": 255}  # queries that have an answer, by rows or by none
NOT_ENTERED = "1 of 3 accounts not read in full: 1 not entered (AccessDenied). See: iamsql query skipped_accounts"


NAMED = (*EXPECTED, "policy_risks", "external_trust")  # the last two ask of tables that came later
CONTROLS = ("policy_no_full_admin", "access_key_rotated", "trust_external_id")


def shelf() -> list[Query]:
    """List the newest version of every shipped query."""
    return [versions[-1] for versions in catalog.load([catalog.shipped_folder()]).values()]


class Old:
    """An old run file that is kept open: what its questions need is made once, which for each alone takes a second."""

    def __init__(self, path: Path, queries: Sequence[Query]) -> None:
        """Open it for some queries."""
        self.path, self.queries = path, {query.name: query for query in queries}
        self.reader = open_run(path, prelude=shadows("\n".join(query.sql for query in queries)))

    @contextmanager
    def opening(self, _path: Path, **_how: Any) -> Iterator[Reader]:
        """Give the reader."""
        yield self.reader

    def ask(self, query: Query) -> run.Answer:
        """Ask a query, with a value for each parameter that needs one."""
        values = catalog.bind(query, {one.name: GIVEN[one.type] for one in query.params if one.required})
        return run.answer(query, values, self.path, opening=self.opening)


@pytest.fixture(scope="module", params=SCHEMAS)
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    """Give the run file of each schema, open for the queries that are named here."""
    one = Old(unpack(request.param, tmp_path_factory.mktemp("old")), [one for one in shelf() if one.name in NAMED])
    yield one
    one.reader.close()


@pytest.mark.parametrize("commit", SCHEMAS)
def test_it_is_listed_shown_and_whole(commit: str, tmp_path: Path) -> None:
    path = unpack(commit, tmp_path)
    (row,) = table_of_runs(tmp_path).rows
    assert row[2:6] == ("o-demo123456", 2, 1, "gaps")
    facts = dict(describe.run(path).rows)
    assert facts["started_at"] == "2026-03-02 12:00:00+00:00"
    assert (facts["accounts read"], facts["accounts not_entered: AccessDenied"]) == ("2", "1")
    found = check(path)
    assert (
        (found.status, found.digest, found.note) == ("whole", "not listed", UNKNOWN) and found.rows and found.rows > 500
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_it_answers_as_it_did(old: Old, name: str) -> None:
    written = io.StringIO()
    render.write(old.ask(old.queries[name]).result, "csv", written)
    expected = (HERE / "expected" / f"{EXPECTED[name][old.path.stem]}.csv").read_bytes().decode()
    assert written.getvalue() == expected


@pytest.mark.parametrize("name", ["stale_keys", "users_without_mfa", "policy_risks", "audit_report", "external_trust"])
def test_it_says_which_account_it_lacks_of_tables_that_came_later_too(old: Old, name: str) -> None:
    assert NOT_ENTERED in old.ask(old.queries[name]).notes


@pytest.mark.parametrize("commit", ["a66b043", "743b467"])
def test_controls_say_unknown_of_what_it_lacks(commit: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["check", *CONTROLS, "--run", str(unpack(commit, tmp_path)), "-o", "json"])
    assert done.exit_code == 1, done.output
    unknown = {row["control"] for row in json.loads(done.stdout) if row["account_id"] == "999900001111"}
    assert unknown == set(CONTROLS)
    assert {row["status"] for row in json.loads(done.stdout) if row["account_id"] == "999900001111"} == {"error"}


@pytest.mark.parametrize("commit", LEAST)
def test_every_shipped_query_has_an_answer_or_a_sentence(commit: str, tmp_path: Path) -> None:
    old = Old(unpack(commit, tmp_path), shelf())
    found: Counter[str] = Counter()
    words: dict[str, str] = {}
    for query in old.queries.values():
        try:
            found["rows" if old.ask(query).result.rows else "none"] += 1
        except IamsqlError as error:
            words[query.name] = str(error)
    old.reader.close()
    lacking = {
        name: said
        for name, said in words.items()
        if ("has no table aws_" in said or "not collected" in said) and "Get it with: " in said
    }
    assert words == lacking
    assert found["rows"] > 120 and found.total() + len(words) >= LEAST[commit]
    assert commit == OLDEST or all("not collected" in said for said in words.values())
