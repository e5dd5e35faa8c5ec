"""Serve the tools with the SDK of the Model Context Protocol, over standard input and output."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations

from iamsql.api import Run
from iamsql.api.mcp_server.answers import COMPACT_SEPARATORS, UNTRUSTED_DATA_NOTICE, AnswerLimits, error_text
from iamsql.api.mcp_server.arguments import require_known_arguments, with_arguments
from iamsql.api.mcp_server.tools import Tools
from iamsql.model import IamsqlError
from iamsql.runs.store.limits import with_limits
from iamsql.version import __version__

TOOL_NAMES = (
    "list_queries", "describe_query", "list_tables", "describe_table", "run_query", "run_sql", "check", "diff",
    "explain_missing",
)  # fmt: skip
INSTRUCTIONS = f"""
iamsql answers questions about the identities of an AWS organization from a run file: IAM, Organizations, Identity Center and
CloudTrail data as of the start of the run. Find a query with list_queries and words of the question, read it with
describe_query, and run it with run_query.
Write SQL with run_sql when no query fits. An account that could not be read is missing from the rows: every answer has caveats,
and explain_missing has the reasons. "error" as a status of a check means unknown, not fine. {UNTRUSTED_DATA_NOTICE}
""".strip()


def build_server(run: Run, limits: AnswerLimits) -> MCPServer[Any]:
    """Return the server over an open run."""
    tools = Tools(run, limits)
    mcp_server = BoundedServer("iamsql", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    for name in TOOL_NAMES:
        function = getattr(tools, name)
        mcp_server.add_tool(
            _wrap_for_client(function, tools),
            name=name,
            description=" ".join(str(function.__doc__).split()),
            annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
        )
    return mcp_server


class BoundedServer(MCPServer[Any]):
    """A server that limits the errors of the SDK about arguments as it limits other errors."""

    async def list_tools(self, *arguments: Any, **options: Any) -> Any:
        """Return the tools with the schemas of their arguments, which the SDK would derive without descriptions."""
        tools = await super().list_tools(*arguments, **options)
        for tool in tools:
            tool.input_schema = with_arguments(tool.name, tool.input_schema)
        return tools

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """Call a tool. Raise ToolError, including for arguments that it does not have, which the SDK would ignore."""
        try:
            require_known_arguments(name, arguments or {})
        except IamsqlError as error:
            raise ToolError(error_text(str(error))) from error
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ToolError | IamsqlError):
                raise
            raise ToolError(error_text(str(error))) from error.__cause__


def serve(run: Run, limits: AnswerLimits) -> None:
    """Serve until standard input ends. Raise IamsqlError if the run cannot be read."""
    Tools(run, limits).explain_missing()  # the file is open when the first question arrives
    build_server(run, limits).run("stdio")


def _wrap_for_client(function: Callable[..., dict[str, Any]], tools: Tools) -> Callable[..., dict[str, Any]]:
    """Return the function of a tool. A model gets the message of an IamsqlError; the SDK hides messages of other exceptions."""

    @wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        try:
            with with_limits(tools.run.settings.limits):
                tools.runs.require_same_organization()
                return _tool_result(function(*args, **options))
        except IamsqlError as error:
            raise ToolError(error_text(str(error))) from error

    return called


def _tool_result(answer: dict[str, Any]) -> CallToolResult:
    """Return an answer in the protocol: as text, for clients without structured content, and as JSON."""
    # The SDK would indent the text: 2,000 characters of brackets would become a megabyte.
    text = json.dumps(answer, ensure_ascii=False, separators=COMPACT_SEPARATORS)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=answer)
