"""`iamsql mcp`: a Model Context Protocol server for assistants, over standard input and output."""

from __future__ import annotations

import click

from iamsql.api.mcp_server.answers import AnswerLimits
from iamsql.api.run import Run, Settings
from iamsql.catalog.settings.groups import ConfigFile, LakeDays, LakeRuns, QueryFolders, Quiet, RunChoice, Statements
from iamsql.catalog.settings.option import option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.lake_reading import reading
from iamsql.cli.output import isolated_limits
from iamsql.model.extras import missing_extra_error


@option_set
class McpOptions(LakeRuns, LakeDays, RunChoice, QueryFolders, ConfigFile, Statements, Quiet):
    """The options of the command."""

    max_rows: int = option(
        AnswerLimits().rows,
        "--max-rows",
        metavar="N",
        bounds=(1, 10_000),
        help="The largest number of rows of an answer.",
    )


@click.command()
@takes(McpOptions)
def mcp(options: McpOptions) -> None:
    """Serve a run to an assistant over the Model Context Protocol, on standard input and output.

    The tools list and describe tables and queries, run queries, SQL, controls and detections, compare runs, and explain what
    is missing. They change nothing and read no other files. Requires the extra mcp: pip install '.[mcp]' in a checkout.
    """
    try:
        from iamsql.api.mcp_server.server import serve  # noqa: PLC0415 - the SDK is optional
    except ImportError as error:
        raise missing_extra_error("iamsql mcp needs", "mcp", "mcp") from error
    catalog_arguments = (options.query_dirs, options.config)
    with reading(options) as location:
        settings = Settings(location.folder, *catalog_arguments, limits=isolated_limits(options), is_read_only=True)
        with Run(location.run, settings) as run:
            say_all([f"Serving run {run.id} on standard input and output. Stop with Ctrl-C."], quiet=options.quiet)
            serve(run, AnswerLimits(options.max_rows))
