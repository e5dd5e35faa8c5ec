"""`iamsql runs` and `iamsql import`: what was collected, and runs made from files."""

from __future__ import annotations

from pathlib import Path

import click

from iamsql.cli.options import account_ids
from iamsql.cli.query import OUTPUT, RUNS, plain_stdout


@click.group(invoke_without_command=True)
@click.pass_context
def runs(ctx: click.Context) -> None:
    """List the runs, or show one."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, runs=None, output="table")


@runs.command("list")
@RUNS
@OUTPUT
def list_(runs: str | None, output: str) -> None:
    """List the runs, newest first."""
    from iamsql import render
    from iamsql.runs import runs_folder, table_of_runs

    render.write(table_of_runs(runs_folder(runs)), output, plain_stdout())


@runs.command()
@click.argument("run", default="latest")
@RUNS
@OUTPUT
def show(run: str, runs: str | None, output: str) -> None:
    """Show what a run says of itself."""
    from iamsql import describe, render
    from iamsql.runs import resolve, runs_folder

    render.write(describe.run(resolve(runs_folder(runs), run)), output, plain_stdout())


@click.command("import", no_args_is_help=True)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--account", callback=account_ids, metavar="ID", help="The account, where the files do not say it.")
@RUNS
def bring(paths: tuple[Path, ...], account: str | None, runs: str | None) -> None:
    """Make a run from files: the AWS CLI's lists and authorization details, credential reports, CloudTrail's logs."""
    import iamsql.bring as bringing
    from iamsql.runs import runs_folder

    outcome = bringing.bring(paths, account, runs_folder(runs))
    for line in outcome.lines:
        click.echo(line, err=True)
