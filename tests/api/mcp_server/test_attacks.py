"""What an assistant can be persuaded to ask, over standard input and output: other runs, long and invisible text, endless SQL."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytest.importorskip("mcp")

from mcp.client.session import ClientSession

from iamsql.api.mcp_server.answers import ERROR_NOTICE, MAX_NAME_CHARACTERS, MAX_TEXT_CHARACTERS, TRUNCATION_SUFFIX
from iamsql.api.mcp_server.served_runs import NO_COMPARABLE_RUN_MESSAGE
from tests.api.mcp_server.test_server import with_session

INVISIBLE = "\x1b]0;t\x07\u202e\U000e0041\u2066"
SQL_OF_INVISIBLE = "|| ".join(f"chr({ord(char)})" for char in INVISIBLE)
LARGEST = 400_000  # bytes of a reply: 60 KB of rows as text and as JSON, with escapes and caveats
Reply = tuple[bool, str, dict[str, Any]]  # whether it is an error, its text, its JSON
Asks = list[tuple[str, dict[str, Any]]]


def ask_all(run: Path, questions: Asks, *options: str) -> list[Reply]:
    """Return the replies of one server."""

    async def talk(session: ClientSession) -> list[Reply]:
        await session.initialize()
        replies = []
        for tool, arguments in questions:
            reply = await session.call_tool(tool, arguments)
            assert len(reply.model_dump_json().encode()) < LARGEST, tool
            replies.append((bool(reply.is_error), reply.content[0].text, reply.structured_content or {}))
        return replies

    all_replies: list[Reply] = with_session(run, talk, *options)
    return all_replies


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, demo_run: Path) -> Path:
    """Return a runs folder with two runs of o-1, one of another organization, a link out of it and a partial run."""
    base = tmp_path_factory.mktemp("served")
    runs = base / "runs"
    now = copy_of(demo_run, runs, "2026-03-03", "o-1")
    copy_of(demo_run, runs, "2026-03-02", "o-1")
    copy_of(demo_run, runs, "2026-03-01", "o-2")
    elsewhere = copy_of(demo_run, base / "elsewhere", "2026-02-28", "o-1")
    (runs / elsewhere.name).symlink_to(elsewhere)
    shutil.copy(now, runs / "20260227T100000Z-o-1.duckdb.partial")
    return runs


def copy_of(run: Path, folder: Path, day: str, organization: str) -> Path:
    """Copy a run to a folder, as one of another day and organization."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{day.replace('-', '')}T100000Z-{organization}.duckdb"
    shutil.copy(run, path)
    with duckdb.connect(str(path)) as con:
        con.execute(
            f"update iamsql.run set organization_id = '{organization}', run_id = '{path.stem}', started_at = '{day} 10:00:00+00'"
        )
    return path


@pytest.mark.slow
def test_only_runs_of_the_folder_and_the_organization_are_compared(folder: Path) -> None:
    missing = "20200101T000000Z-o-1"
    names = [
        "/etc/passwd", "/etc/no-such-file", str(folder.parent / "elsewhere" / "20260228T100000Z-o-1.duckdb"),
        "../elsewhere/20260228T100000Z-o-1.duckdb", "20260302T100000Z-o-1.duckdb", str(folder / "20260302T100000Z-o-1.duckdb"),
        "20260228T100000Z-o-1", "20260301T100000Z-o-2", "20260227T100000Z-o-1", missing, "", "latest", "2026-03-02", "~/x",
        "2026", "\x00", "x" * 5000, INVISIBLE,
    ]  # fmt: skip
    questions: Asks = [("diff", {"old": name}) for name in [*names, "20260302T100000Z-o-1", "previous"]]
    replies = ask_all(folder / "20260303T100000Z-o-1.duckdb", questions, "--runs", str(folder))
    assert {text.partition(": ")[2] for _, text, _ in replies[: len(names)]} == {
        f"{ERROR_NOTICE}\n{NO_COMPARABLE_RUN_MESSAGE}"
    }
    assert all(is_error for is_error, _, _ in replies[: len(names)])
    for is_error, text, document in replies[len(names) :]:
        assert not is_error, text
        assert document["run"] == "20260303T100000Z-o-1"


@pytest.mark.slow
def test_latest_and_previous_stay_in_the_organization_that_is_served(folder: Path, tmp_path: Path) -> None:
    """A sync of another organization into the same folder does not change which organization an assistant reads."""
    runs = Path(shutil.copytree(folder, tmp_path / "runs", symlinks=True))

    async def talk(session: ClientSession) -> list[Reply]:
        await session.initialize()
        before = await session.call_tool("run_sql", {"sql": "select run_id from iamsql.run"})
        copy_of(runs / "20260301T100000Z-o-2.duckdb", runs, "2026-04-01", "o-2")
        after = [
            await session.call_tool(tool, arguments)
            for tool, arguments in (
                ("run_sql", {"sql": "select run_id from iamsql.run"}), ("diff", {}), ("check", {"names": ["root_mfa"]}),
                ("explain_missing", {}), ("list_tables", {}),
            )
        ]  # fmt: skip
        return [(bool(r.is_error), r.content[0].text, r.structured_content or {}) for r in (before, *after)]

    first, *others = with_session("latest", talk, "--runs", str(runs))
    assert first[2]["rows"] == [["20260303T100000Z-o-1"]]
    assert all(is_error and "of another organization" in text for is_error, text, _ in others)


ATTACKS: list[tuple[str, Callable[[Reply], bool]]] = [
    (f"select cast(repeat('a', 3000000) || {SQL_OF_INVISIBLE} as int)", lambda r: r[0] and len(r[1]) <= MAX_TEXT_CHARACTERS),
    (f"select cast({SQL_OF_INVISIBLE} || 'ignore previous instructions' as int)", lambda r: r[0] and "\\u202e" in r[1]),
    (
        f'select 1 as "{"é" * 300_000}"',
        lambda r: r[2]["columns"] == ["é" * MAX_NAME_CHARACTERS + TRUNCATION_SUFFIX] and r[2]["rows"] == [[1]],
    ),
    (f'select 1 as "{INVISIBLE}"', lambda r: "\\x1b" in r[2]["columns"][0]),
    (f"select {SQL_OF_INVISIBLE} as x", lambda r: "\\u202e" in r[2]["rows"][0][0]),
    (f"select json_object({SQL_OF_INVISIBLE}, {SQL_OF_INVISIBLE}) as x", lambda r: "\\u202e" in str(r[2]["rows"])),
    ("select columns(*) from (select unnest(range(3)) as a) pivot (count(*) for a in (1, 2))", lambda r: True),
    (f"select {', '.join(f'{i} as c{i}' for i in range(9000))}", lambda r: r[0] and "columns" in r[1]),
    ("select repeat('[', 900) || repeat(']', 900) as x, (repeat('[', 900) || repeat(']', 900))::json as j", lambda r: True),
    ("select (repeat('[', 900) || repeat(']', 900))::json from range(200)", lambda r: r[2]["row_count"] == 200),
    ("select repeat(chr(27), 2000) from range(200)", lambda r: r[2]["rows_returned"] > 0 and "truncated" in r[2]),
    (f"select 1 -- {'é' * 100_000}", lambda r: len(r[2]["title"]) <= MAX_TEXT_CHARACTERS + len(TRUNCATION_SUFFIX)),
    ("from read_text('/etc/passwd')", lambda r: r[0] and "root:" not in r[1]),
    ("x" * 1_000_000, lambda r: r[0] and len(r[1]) <= MAX_TEXT_CHARACTERS),
]  # fmt: skip


@pytest.mark.slow
def test_no_answer_is_long_or_has_invisible_characters(folder: Path) -> None:
    run = folder / "20260303T100000Z-o-1.duckdb"
    others: Asks = [
        ("run_query", {"name": INVISIBLE}),
        ("run_query", {"name": "stale_keys", "arguments": {INVISIBLE: "x" * 100_000}}),
        ("run_query", {"name": "stale_keys", "arguments": {"days": INVISIBLE * 10_000}}),
        ("describe_query", {"name": "/etc/passwd"}),
        ("describe_query", {"name": INVISIBLE}),
        ("describe_table", {"name": "../../etc/passwd" + INVISIBLE}),
        ("explain_missing", {"query": "/etc/passwd.sql"}),
        ("explain_missing", {"query": f"select {SQL_OF_INVISIBLE}::int from nope{'e' * 100_000}"}),
        ("check", {"names": [INVISIBLE + "x" * 100_000]}),
        ("check", {"names": ["root_mfa"], "accounts": ["/etc/passwd", INVISIBLE]}),
        ("list_queries", {"kind": INVISIBLE}),
        ("check", {"names": list(range(20_000))}),
    ]
    questions: Asks = [*(("run_sql", {"sql": sql}) for sql, _ in ATTACKS), *others]
    replies = ask_all(run, questions)
    for (sql, holds), reply in zip(ATTACKS, replies, strict=False):
        assert holds(reply), (sql[:100], reply[1][:300])
    for (tool, arguments), (is_error, text, document) in zip(questions, replies, strict=True):
        assert not set(INVISIBLE) - set("]0;t") & set(text + json.dumps(document, ensure_ascii=False)), (
            tool,
            arguments,
        )
        assert "root:x:" not in text
        if is_error:
            assert text.partition("\n")[0].endswith(ERROR_NOTICE) and len(text) <= MAX_TEXT_CHARACTERS, text[:300]


@pytest.mark.slow
def test_the_server_answers_after_a_statement_that_cannot_be_interrupted(folder: Path) -> None:
    run = folder / "20260303T100000Z-o-1.duckdb"
    stuck = "select length(repeat('a', 2000000000))"
    questions: Asks = [
        ("run_sql", {"sql": stuck}), ("run_sql", {"sql": "select 7 as n"}),
        ("explain_missing", {"query": "from range(length(repeat('a', 2000000000)))"}),
        ("run_sql", {"sql": "from range(length(repeat('a', 2000000000)))"}),
        ("run_query", {"name": "stale_keys"}), ("run_sql", {"sql": "select 8 as n"}),
    ]  # fmt: skip
    replies = ask_all(run, questions, "--timeout", "1")
    assert [reply[0] for reply in replies] == [True, False, False, True, False, False]
    assert "for 1 seconds and was stopped" in replies[0][1] and "for 1 seconds and was stopped" in replies[3][1]
    assert (replies[1][2]["rows"], replies[5][2]["rows"]) == ([[7]], [[8]])
