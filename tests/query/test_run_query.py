"""From the text of a query to its rows and notes."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.query.answer import Answer
from iamsql.query.run_query import QueryRequest, explain, run_query
from iamsql.runs.coverage.not_collected import NotCollected
from tests.minimal_run import GAPS, make_run
from tests.tiers import slow_but_every

ADULTS = """-- title: Users above an age
-- param: days integer = 15   # The age
--
-- Why.

select name from aws_iam_user where age > $days
"""


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "adults.sql").write_text(ADULTS)
    make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS)
    make_run(tmp_path / "runs" / "20260201T100000Z-o-1.duckdb")
    return tmp_path / "runs"


def answer_of(text: str, runs: Path, run: str = "latest", allow_files: bool = False, **args: str) -> Answer:
    return run_query(text, args, QueryRequest(run, runs, allow_files=allow_files))


@pytest.mark.parametrize(
    ("text", "args", "rows"),
    slow_but_every(
        2,
        [
            ("adults", {}, [("bo",)]),
            ("adults@1", {"days": "5"}, [("ana",), ("bo",)]),
            ("queries/adults.sql", {"days": "99"}, []),
            ("from aws_iam_user select name where name = $name", {"name": "ana"}, [("ana",)]),
        ],
    ),
)
def test_a_query_is_a_name_a_file_or_sql(runs: Path, text: str, args: dict[str, str], rows: list[tuple[str]]) -> None:
    assert answer_of(text, runs, **args).result.rows == rows


def test_a_query_is_read_from_standard_input(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("select 7"))
    assert answer_of("-", runs).result.rows == [(7,)]


@pytest.mark.slow
def test_gaps_are_one_note(runs: Path) -> None:
    origin, note = answer_of("adults", runs).caveats
    assert origin == "From ./queries: ./queries/adults.sql."
    assert note == (
        "2 of 4 accounts not read in full: 1 denied iam:GetAccountAuthorizationDetails, 1 AssumeRole failed (AccessDenied); "
        "1 account never tried: 1 suspended. See: iamsql query skipped_accounts"
    )


@pytest.mark.parametrize(
    "text", slow_but_every(2, ["adults", "select 1", "from iamsql.accounts", "from iamsql.coverage where false"])
)
def test_a_complete_answer_has_no_note(runs: Path, text: str) -> None:
    origin = ["From ./queries: ./queries/adults.sql."] if text == "adults" else []
    assert list(answer_of(text, runs, "previous").caveats) == origin


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "run", "note"),
    [
        ("from aws_iam_user where false", "latest", "No rows: nothing found in 1 account read."),
        ("from aws_iam_user where false", "previous", "No rows: nothing found in 4 accounts read."),
        (
            "from aws_cloudtrail_lookup_event",
            "latest",
            "No rows: no events in the window 2025-12-01 00:00 to 2026-03-01 10:00 UTC in 1 account read; "
            "the events of 1 account could not be read.",
        ),
    ],
)
def test_an_empty_answer_has_the_reason(runs: Path, text: str, run: str, note: str) -> None:
    assert answer_of(text, runs, run).caveats[0] == note


@pytest.mark.slow
def test_an_answer_without_any_account_has_the_reason(tmp_path: Path) -> None:
    denied = (
        ("111111111111", "iam", "GetAccountAuthorizationDetails", "denied", "AccessDenied"),
        ("111111111111", "organizations", "DescribeOrganization", "denied", "AccessDeniedException"),
    )
    path = make_run(tmp_path / "x.duckdb", denied)
    notes = run_query("from aws_iam_user where false", {}, QueryRequest(str(path), tmp_path)).caveats
    assert notes[0] == "No rows: no account could be read; no organization access."
    assert "AccessDeniedException on DescribeOrganization" in notes[2]


UNCOLLECTED = [
    "from aws_iam_role",
    "select count(*) from aws_iam_role",
    "select u.name, count(r.name) from aws_iam_user u left join aws_iam_role r using (account_id) group by all",
    "select (select sum(1) from aws_iam_role) as roles from aws_iam_user",
    "summarize aws_iam_role",
    "copy (select u.name from aws_iam_user u left join aws_iam_role r using (account_id)) to 'users.csv'",
    "from aws_iam_user join aws_iam_role using (account_id)",
]


@pytest.mark.parametrize("text", slow_but_every(3, UNCOLLECTED))
def test_data_that_was_not_collected_is_an_error_with_the_sync_command(
    runs: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(runs)
    with pytest.raises(NotCollected, match=r"aws_iam_role was not collected in run .*\nGet it with: iamsql sync$"):
        answer_of(text, runs)
    assert not (runs / "users.csv").exists()


ANSWERED = [
    ("from aws_iam_user where false", 0),  # collected, and denied in some accounts
    ("select count(*) from aws_iam_user", 1),
    ("select u.name, r.name from aws_iam_user u left join aws_iam_role r using (account_id)", 2),
    ("describe aws_iam_role", 2),
    ("select operation from iamsql.coverage c left join aws_iam_role r using (account_id) where false", 0),
    ("select count(*) from iamsql.accounts", 1),
    # A table that the rows do not need has a note, whether there are rows or not.
    ("select u.name, r.name from aws_iam_user u left join aws_iam_role r using (account_id) where u.name = ''", 0),
    ("from (select name from aws_iam_user union all select name from aws_iam_role) where name = ''", 0),
]


@pytest.mark.parametrize(("text", "count"), slow_but_every(2, ANSWERED))
def test_an_answer_without_the_missing_data_has_no_error(runs: Path, text: str, count: int) -> None:
    assert len(answer_of(text, runs).result.rows) == count


@pytest.mark.parametrize("text", [ANSWERED[2][0], ANSWERED[-2][0], ANSWERED[-1][0]])
def test_a_note_is_added_to_answers_with_missing_tables(runs: Path, text: str) -> None:
    notes = [
        note
        for note in answer_of(text, runs).caveats
        if not note.startswith("No rows: some of its data was not collected")
    ]
    assert "Collect it with: iamsql sync --table aws_iam_role" in notes[0]


@pytest.mark.slow
def test_an_answer_about_events_has_their_window(runs: Path) -> None:
    assert (
        answer_of("select count(*) from aws_cloudtrail_lookup_event", runs)
        .caveats[-1]
        .startswith("Events in the window")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("adlts", "did you mean adults"),
        ("adults@7", "has no version"),
        ("nowhere.sql", "nowhere.sql"),
        ("select nam\nfrom aws_iam_user", "LINE 1"),
        ("bad", "queries/bad.sql: .*LINE 4"),
    ],
)
def test_an_invalid_query_is_an_error(runs: Path, text: str, message: str) -> None:
    Path("queries/bad.sql").write_text("-- title: Bad\n\nselect name\nfrom aws_iam_usr\n")
    with pytest.raises(IamsqlError, match=f"(?s){message}"):
        answer_of(text, runs)


@pytest.mark.slow
def test_copy_writes_its_file_and_reads_none(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("x\n1\n")
    assert answer_of("copy (from aws_iam_user) to 'out.csv'", runs).caveats[0] == f"Wrote {tmp_path / 'out.csv'}."
    assert (tmp_path / "out.csv").read_text() == "account_id,name,age\n111111111111,ana,10\n222222222222,bo,20\n"
    with pytest.raises(IamsqlError, match=r"secret\.csv"):
        answer_of("copy (from read_csv('secret.csv')) to 'secret.csv'", runs)
    assert (tmp_path / "secret.csv").read_text() == "x\n1\n"
    for target in ("", ".", "s3://bucket/x.csv"):
        with pytest.raises(IamsqlError):
            answer_of(f"copy (select 1) to '{target}'", runs)
    with pytest.raises(IamsqlError, match=r"nowhere/out\.csv"):
        answer_of("copy (select 1) to 'nowhere/out.csv'", runs)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "queries", "runs", "secret.csv"]


READERS = {"csv": "read_csv", "json": "read_json", "parquet": "read_parquet"}


@pytest.mark.slow
@pytest.mark.parametrize("ending", READERS)
@pytest.mark.parametrize(
    "source",
    [
        "aws_iam_user",
        "(from stale_keys(days := 30))",
        "(select account_id, name from aws_iam_user where mfa_enabled)",
    ],
)
def test_copy_writes_what_duckdb_reads_back(
    demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, ending: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = answer_of(f"copy {source} to 'out.{ending}'", demo_run.parent, str(demo_run))
    assert answer.caveats[0] == f"Wrote {tmp_path / f'out.{ending}'}." and answer.result.rows == []
    with duckdb.connect(str(demo_run), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        expected = con.sql(f"select account_id from {source} order by all").fetchall()
        options = ", types = {'account_id': 'VARCHAR'}" if ending == "csv" else ""
        back = con.sql(
            f"select account_id::varchar from {READERS[ending]}('out.{ending}'{options}) order by all"
        ).fetchall()
        columns = con.sql(f"from {source}").columns
        assert con.sql(f"from {READERS[ending]}('out.{ending}')").columns == columns
    assert expected and back == expected
    assert [path.name for path in tmp_path.iterdir()] == [f"out.{ending}"]


@pytest.mark.slow
def test_copy_reads_files_when_allowed(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n1\n")
    answer_of("copy (from 'in.csv') to 'out.csv'", runs, allow_files=True)
    assert (tmp_path / "out.csv").read_text() == "x\n1\n"


@pytest.mark.slow
def test_explain_counts_the_accounts(runs: Path) -> None:
    result = explain("adults", QueryRequest("latest", runs)).result
    assert result.columns == ("table", "call", "fallback_for", "read", "not_read", "not_requested")
    assert result.rows[0] == ("aws_iam_user", "iam:GetAccountAuthorizationDetails", None, 1, 3, 1)
    assert len(result.rows) == 3


@pytest.mark.slow
def test_a_file_of_an_earlier_schema_is_read_through_raw_items(tmp_path: Path) -> None:
    raw = (
        "create table raw.organizations_list_roots as select '1' account_id, 'global' as region, '{}'::json as bound,"
        ' \'{"Id": "r-1", "Name": "Root"}\'::json as item, now() as synced_at'
    )
    old = "create table aws_organizations_root as select 'old' as id"
    path = make_run(tmp_path / "x.duckdb", fingerprint="another", statements=(raw, old))
    answer = run_query("select id from aws_organizations_root", {}, QueryRequest(str(path), tmp_path))
    assert answer.result.rows == [("r-1",)]
