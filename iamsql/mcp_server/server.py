"""Serve the tools with the SDK of the Model Context Protocol, over standard input and output."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from iamsql import __version__
from iamsql.api import Run
from iamsql.mcp_server.answers import NOTICE, AnswerLimits
from iamsql.mcp_server.tools import Tools
from iamsql.model import IamsqlError

TOOLS = (
    "list_queries", "describe_query", "list_tables", "describe_table", "run_query", "run_sql", "check", "diff",
    "explain_missing",
)  # fmt: skip
INSTRUCTIONS = f"""
iamsql answers questions about the identities of an AWS organization from a run file: IAM, Organizations, Identity Center and
CloudTrail data as of the start of the run. Find a query with list_queries, read it with describe_query, run it with run_query.
Write SQL with run_sql when no query fits. An account that could not be read is missing from the rows: every answer has caveats,
and explain_missing has the reasons. "error" as a status of a check means unknown, not fine. {NOTICE}
""".strip()


def server(run: Run, limits: AnswerLimits) -> MCPServer[Any]:
    """Return the server over an open run."""
    tools = Tools(run, limits)
    served: MCPServer[Any] = MCPServer("iamsql", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    for name in TOOLS:
        function = getattr(tools, name)
        served.add_tool(
            _with_errors(function),
            name=name,
            description=" ".join(str(function.__doc__).split()),
            annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
        )
    return served


def serve(run: Run, limits: AnswerLimits) -> None:
    """Serve until standard input ends. Raise IamsqlError if the run cannot be read."""
    Tools(run, limits).explain_missing()  # the file is open when the first question arrives
    server(run, limits).run("stdio")


def _with_errors(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return the function with errors that reach the model; of other exceptions, the SDK hides the message."""

    @wraps(function)
    def called(*args: Any, **options: Any) -> dict[str, Any]:
        try:
            return function(*args, **options)
        except IamsqlError as error:
            raise ToolError(str(error)) from error

    return called
