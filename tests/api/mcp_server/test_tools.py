"""The tools over the demo run: caveats, limits, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.api.mcp_server.answers import (
    TRUNCATION_SUFFIX,
    UNTRUSTED_DATA_NOTICE,
    AnswerLimits,
    answer_object,
    rows_object,
)
from iamsql.api.mcp_server.tools import Tools
from iamsql.api.run import Run, Settings
from iamsql.model import IamsqlError, Result


@pytest.fixture(scope="module")
def tools(demo_run: Path) -> Iterator[Tools]:
    with Run(str(demo_run), Settings(demo_run.parent, is_read_only=True)) as run:
        yield Tools(run)


def test_a_query_has_its_caveats_and_the_notice(tools: Tools) -> None:
    tool_answer = tools.run_query("stale_keys", {"days": 30})
    direct = tools.run.query("stale_keys", days=30)
    assert tool_answer["caveats"] == list(direct.caveats) != []
    assert tool_answer["notice"] == UNTRUSTED_DATA_NOTICE
    assert tool_answer["columns"] == list(direct.columns)
    assert tool_answer["row_count"] == tool_answer["rows_returned"] == len(direct)
    assert tool_answer["run"] == tools.run.id
    assert "truncated" not in tool_answer


def test_rows_and_bytes_are_limited(tools: Tools) -> None:
    tool_answer = tools.run_sql("select i from range(1000) as r(i)")
    assert (tool_answer["row_count"], tool_answer["rows_returned"]) == (1000, 200)
    assert tool_answer["truncated"].startswith("800 of 1000 rows are left out")
    assert tools.run_sql("select 1 from range(9)", max_rows=2)["rows"] == [[1], [1]]
    wide = rows_object(Result(("t",), [("é" * 1000,)] * 100, ("VARCHAR",)), AnswerLimits(100, 10_000))
    assert wide["rows_returned"] == 4
    text = json.dumps({"columns": wide["columns"], "rows": wide["rows"]}, ensure_ascii=False, separators=(",", ":"))
    assert 8_000 < len(text.encode()) <= 10_000
    assert len(tools.run_sql("select 1 from range(500)", max_rows=10_000)["rows"]) == 200


def test_values_are_json(tools: Tools) -> None:
    sql = (
        "select timestamptz '2026-03-01 10:00:00+00' as t, [1, null] as l, '{\"a\": 1}'::json as j, null as n, "
        "1.5::decimal(3, 1) as d, repeat('x', 3000) as x"
    )
    [row] = tools.run_sql(sql)["rows"]
    assert row[:5] == ["2026-03-01T10:00:00+00:00", [1, None], {"a": 1}, None, 1.5]
    assert row[5] == "x" * 2000 + TRUNCATION_SUFFIX


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '/tmp/iamsql-mcp.csv'",
        "select 1; select 2",
        "from read_csv('/etc/passwd')",
        "attach '/tmp/x.db'",
        "set enable_external_access = true",
        "delete from iamsql.run",
        "create table t as select 1",
        "/etc/passwd.sql",
        "-",
        "",
    ],
)
def test_sql_other_than_a_select_is_refused(tools: Tools, sql: str) -> None:
    with pytest.raises(IamsqlError):
        tools.run_sql(sql)
    assert not Path("/tmp/iamsql-mcp.csv").exists()


def test_a_path_is_not_the_name_of_a_query(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_text("select 'secret'", encoding="utf-8")
    for ask in (tools.run_query, tools.explain_missing):
        with pytest.raises(IamsqlError) as error:
            ask(str(tmp_path / "x.sql"))
        assert "secret" not in str(error.value)


def test_a_query_file_cannot_write(demo_run: Path, tmp_path: Path) -> None:
    (tmp_path / "leak.sql").write_text(f"-- title: Leak\ncopy (select 1) to '{tmp_path}/leak.csv'\n", encoding="utf-8")
    settings = Settings(demo_run.parent, (str(tmp_path),), is_read_only=True)
    with Run(str(demo_run), settings) as run, pytest.raises(IamsqlError, match="Only one SELECT"):
        Tools(run).run_query("leak")
    assert not (tmp_path / "leak.csv").exists()


@pytest.mark.parametrize(
    ("name", "reason"), [("stale_kys", "did you mean stale_keys"), ("select 1", "use run_sql"), ("-", "use run_sql")]
)
def test_an_unknown_query_is_an_error_with_the_next_step(tools: Tools, name: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        tools.run_query(name)


@pytest.mark.slow
def test_a_check_returns_what_needs_attention(tools: Tools) -> None:
    tool_answer = tools.check(["root_mfa"])
    status_index = tool_answer["columns"].index("status")
    assert {row[status_index] for row in tool_answer["rows"]} <= {"alarm", "error"}
    assert tool_answer["counts"]["ok"] > 0
    assert len(tools.check(["root_mfa"], statuses=["ok"])["rows"]) == tool_answer["counts"]["ok"]
    assert tools.check(["detections"], days=30)["counts"]["alarm"] > 0


def test_lists_and_descriptions(tools: Tools) -> None:
    names = [row[0] for row in tools.list_queries("report", "access key")["rows"]]
    assert "stale_keys" in names
    assert "root_mfa" not in names
    assert "days" in tools.describe_query("stale_keys")["text"]
    tables = tools.list_tables("aws_iam_role")
    assert [dict(zip(tables["columns"], row, strict=True))["name"] for row in tables["rows"]].count("aws_iam_role") == 1
    described = tools.describe_table("aws_iam_user")
    assert "ListUsers" in described["text"] or "GetAccountAuthorizationDetails" in described["text"]
    assert "create_date" in [row[0] for row in described["rows"]]
    for ask in (tools.describe_query, tools.describe_table):
        with pytest.raises(IamsqlError):
            ask("nothing_of_that_name")


def test_what_is_missing_is_explained(tools: Tools) -> None:
    tool_answer = tools.explain_missing()
    assert tool_answer["row_count"] == len(tools.run.query("skipped_accounts")) > 0
    explained = tools.explain_missing("stale_keys")
    assert "aws_iam_access_key" in {row[0] for row in explained["depends_on"]["rows"]}


def test_control_characters_are_visible(tools: Tools) -> None:
    answer = tools.run.sql("select 1 as n -- \u202e")
    assert "\u202e" not in answer_object(answer, AnswerLimits())["title"]
