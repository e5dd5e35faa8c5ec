"""Unknown arguments and values are errors; the schemas list the valid ones."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iamsql.api.mcp_server.arguments import ARGUMENT_SCHEMAS, require_known_arguments, with_arguments
from iamsql.api.mcp_server.tools import Tools
from iamsql.api.run import Run, Settings
from iamsql.model import IamsqlError


@pytest.fixture(scope="module")
def tools(demo_run: Path) -> Iterator[Tools]:
    with Run(str(demo_run), Settings(demo_run.parent, is_read_only=True)) as run:
        yield Tools(run)


@pytest.mark.parametrize("name", ARGUMENT_SCHEMAS)
def test_each_argument_has_a_schema_with_a_description(name: str) -> None:
    arguments = list(inspect.signature(getattr(Tools, name)).parameters)[1:]
    assert list(ARGUMENT_SCHEMAS[name]) == arguments
    assert all(schema["description"].endswith(".") and schema["type"] for schema in ARGUMENT_SCHEMAS[name].values())
    tool_schema = with_arguments(name, {"type": "object", "required": ["x"]})
    assert tool_schema["additionalProperties"] is False and tool_schema["required"] == ["x"]


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("run_query", {"name": "stale_keys", "args": {"days": 1}}, "run_query has no argument 'args'; did you mean arguments?"),
        ("run_query", {"name": "stale_keys", "days": 1}, 'members of arguments: {"days": …}.'),
        ("list_queries", {"text": "bucket"}, "list_queries has no argument 'text'.\nThe arguments are kind, search."),
        ("check", {"names": ["user_mfa"], "account": "555566667777"}, "'account'; did you mean accounts?"),
        ("check", {"names": [], "\x1b[31m": 1}, "check has no argument "),
    ],
)  # fmt: skip
def test_an_unknown_argument_is_an_error(tool: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(IamsqlError) as error:
        require_known_arguments(tool, arguments)
    assert message in str(error.value) and "\x1b" not in str(error.value)


def test_known_arguments_and_unknown_tools_pass() -> None:
    require_known_arguments("check", dict.fromkeys(ARGUMENT_SCHEMAS["check"]))
    require_known_arguments("no_such_tool", {"x": 1})


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("check", {"names": ["user_mfa"], "statuses": ["ALARM"]}, "statuses has no value 'ALARM'; did you mean alarm?"),
        ("check", {"names": ["user_mfa"], "statuses": ["FAIL"]}, "statuses has no value 'FAIL'"),
        ("check", {"names": ["user_mfa"], "severity": "hihg"}, "severity has no value 'hihg'; did you mean high?"),
        ("list_queries", {"kind": "reports"}, "kind has no value 'reports'; did you mean report?"),
        ("run_query", {"name": "stale_keys", "max_rows": -1}, "max_rows is -1."),
        ("run_sql", {"sql": "select 1", "max_rows": -1}, "max_rows is -1."),
        ("run_sql", {"sql": "select 1", "dialect": "postgresql"}, "dialect has no value 'postgresql'; did you mean postgres?"),
        ("diff", {"max_rows": -5}, "max_rows is -5."),
    ],
)  # fmt: skip
def test_an_unknown_value_is_an_error(tools: Tools, tool: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(IamsqlError) as error:
        getattr(tools, tool)(**arguments)
    assert message in str(error.value)


def test_sql_written_for_steampipe(tools: Tools) -> None:
    sql = "select count(*) from aws_iam_user where tags ->> 'x' is null and name ~* 'A'"
    assert tools.run_sql(sql, dialect="postgres")["rows"][0][0] > 0
