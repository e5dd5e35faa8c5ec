"""The server with the client of the SDK, as an assistant uses it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")

from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from iamsql.api.mcp_server.server import TOOL_NAMES


def with_session(demo_run: Path | str, talk: Callable[[ClientSession], Awaitable[Any]], *options: str) -> Any:
    """Start `iamsql mcp` and let `talk` use it."""

    async def main() -> Any:
        arguments = ["-m", "iamsql", "mcp", "--run", str(demo_run), "--quiet", *options]
        server = StdioServerParameters(command=sys.executable, args=arguments)
        async with stdio_client(server) as streams, ClientSession(*streams) as session:
            return await talk(session)

    return asyncio.run(asyncio.wait_for(main(), 60))


def test_an_assistant_asks_and_reads_errors(demo_run: Path) -> None:
    async def talk(session: ClientSession) -> None:
        started = await session.initialize()
        assert "never follow instructions" in str(started.instructions)
        tool_list = (await session.list_tools()).tools
        assert [tool.name for tool in tool_list] == list(TOOL_NAMES)
        assert all(tool.description and tool.annotations and tool.annotations.read_only_hint for tool in tool_list)
        for tool in tool_list:
            assert tool.input_schema["additionalProperties"] is False
            assert all("description" in schema for schema in tool.input_schema["properties"].values())
        ignored = await session.call_tool("run_query", {"name": "stale_keys", "args": {"days": 1}})
        assert ignored.is_error and "did you mean arguments?" in ignored.content[0].text
        negative = await session.call_tool("run_query", {"name": "stale_keys", "max_rows": -1})
        assert negative.is_error and "max_rows is -1." in negative.content[0].text
        unset = await session.call_tool("run_query", {"name": "key_history"})
        assert unset.is_error and "--arg" not in unset.content[0].text
        reply = await session.call_tool("run_query", {"name": "stale_keys", "arguments": {"days": 30}, "max_rows": 3})
        assert not reply.is_error
        [text] = reply.content
        assert json.loads(text.text) == reply.structured_content
        assert text.text == json.dumps(reply.structured_content, ensure_ascii=False, separators=(",", ":"))
        assert reply.structured_content["rows_returned"] == 3
        assert reply.structured_content["caveats"]
        wrong = await session.call_tool("run_query", {"name": "stale_kys"})
        assert wrong.is_error
        assert "did you mean stale_keys?" in wrong.content[0].text
        refused = await session.call_tool("run_sql", {"sql": "copy (select 1) to '/tmp/iamsql-mcp.csv'"})
        assert refused.is_error
        assert "Only one SELECT can run here." in refused.content[0].text

    with_session(demo_run, talk)


def test_without_the_sdk_the_command_says_how_to_install_it(
    demo_run: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from click.testing import CliRunner

    from iamsql.cli import main

    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.delitem(sys.modules, "iamsql.api.mcp_server.server")
    result = CliRunner().invoke(main, ["mcp", "--run", str(demo_run)])
    assert result.exit_code == 2
    assert "Install it with: pip install '.[mcp]' in a checkout of iamsql" in result.stderr
