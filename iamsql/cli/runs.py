"""`iamsql runs` and `iamsql import`: what was collected, and runs made from files."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import cast

import click

from iamsql.cli.errors import say
from iamsql.cli.options import account_ids
from iamsql.cli.query import OUTPUT, RUNS, plain_stdout
from iamsql.cli.trend import trend

SHA256 = re.compile(r"[0-9a-fA-F]{64}")
GIVEN = (click.core.ParameterSource.COMMANDLINE,)


@click.group(invoke_without_command=True)
@RUNS
@OUTPUT
@click.pass_context
def runs(ctx: click.Context, runs: str | None, output: str) -> None:
    """List the runs, show one, check that they are whole, or delete old ones."""
    given = {name: value for name, value in ctx.params.items() if ctx.get_parameter_source(name) in GIVEN}
    ctx.default_map = dict.fromkeys(cast(click.Group, ctx.command).commands, given)
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, runs=runs, output=output)


@runs.command("list")
@RUNS
@OUTPUT
def list_(runs: str | None, output: str) -> None:
    """List the runs, newest first: how each stands, and how many accounts it has read and misses.

    complete, gaps and empty are finished runs; running is being written now; partial was cut off and can be resumed;
    newer was made by a newer iamsql, which alone can read it; foreign is a DuckDB file that iamsql did not make;
    corrupt cannot be opened. The scope is full, or what limited the run: tables, accounts, OUs, states, --max-calls.
    """
    from iamsql import render
    from iamsql.runs import exposed, runs_folder
    from iamsql.runs.listing import table_of_runs

    folder = runs_folder(runs)
    render.write(table_of_runs(folder), output, plain_stdout())
    for line in exposed(folder):
        say(line)


@runs.command()
@click.argument("run", default="latest")
@RUNS
@OUTPUT
def show(run: str, runs: str | None, output: str) -> None:
    """Show what a run says of itself: latest, previous, an ID or its beginning, a day it started on, or a path."""
    from iamsql import describe, render
    from iamsql.runs import exposed, resolve, runs_folder

    folder = runs_folder(runs)
    path = resolve(folder, run)
    render.write(describe.run(path), output, plain_stdout())
    for line in exposed(folder, path):
        say(line)


def sha256(_ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """Hold a SHA-256 to 64 hexadecimal digits; return lower case, and '' for none."""
    if value is not None and not SHA256.fullmatch(value.strip()):
        raise click.UsageError(f"{param.opts[0]} takes the 64 hexadecimal digits of a SHA-256, not {value!r}.")
    return (value or "").strip().lower()


@runs.command()
@click.argument("names", nargs=-1, metavar="[RUN]...")
@click.option("--sha256", callback=sha256, metavar="HEX", help="The SHA-256 that the one run named must have.")
@click.option(
    "--allowed-signers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Require a signature of each run, RUN.duckdb.sig, by a key that this file lists; needs ssh-keygen.",
)
@click.option("--signer", metavar="ID", help="The identity in --allowed-signers that must have signed.")
@RUNS
@OUTPUT
def verify(
    names: tuple[str, ...],
    sha256: str,
    allowed_signers: Path | None,
    signer: str | None,
    runs: str | None,
    output: str,
) -> int:
    """Check that runs are unchanged and whole; all runs when none is named. Exit with 1 when one is not.

    The SHA-256 of each run is compared with the file SHA256SUMS beside it, where a sync writes it. Then every block is read,
    and the rows are compared with what the run says of itself.

    A run that SHA256SUMS does not list is read all the same, and `digest` says `not listed`. Whoever can write the folder
    can write SHA256SUMS too: to prove that a run is unchanged, name a digest that was kept elsewhere, or a signer.
    """
    from iamsql import render
    from iamsql.runs import exposed, runs_folder
    from iamsql.runs.signatures import Signer
    from iamsql.runs.verify import verify as checked

    if sha256 and len(names) != 1:
        raise click.UsageError("--sha256 is the digest of one file: name one run.")
    if bool(allowed_signers) != bool(signer):
        raise click.UsageError("--allowed-signers and --signer need each other.")
    who = Signer(allowed_signers, signer) if allowed_signers and signer else None
    folder = runs_folder(runs)
    result, whole = checked(folder, names, sha256, who)
    render.write(result, output, plain_stdout())
    for line in exposed(folder):
        say(line)
    return int(not whole)


def age(_ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    """Read an age such as 90d."""
    from iamsql.runs.prune import read_span

    try:
        return read_span(value) if value is not None else None
    except ValueError as error:
        raise click.UsageError(f"{param.opts[0]}: {error}") from None


@runs.command()
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the N newest finished runs.")
@click.option(
    "--older-than", callback=age, metavar="AGE", help="Keep runs that started less than AGE ago: 90d, 12w, 6m, 1y."
)
@click.option("--yes", is_flag=True, help="Delete; without it nothing is, and what would go is shown.")
@RUNS
@OUTPUT
def prune(keep: int | None, older_than: timedelta | None, yes: bool, runs: str | None, output: str) -> int:
    """Delete old runs: those beyond the limit, and where both limits are given, those beyond both.

    The newest complete run never goes, nor a run that is being written, nor one that was cut off after the newest finished
    run, as it can be resumed, nor a file that is no run of iamsql. A month is 30 days and a year 365; a run's age is counted
    from its own start.
    """
    from iamsql import render
    from iamsql.runs import runs_folder
    from iamsql.runs.prune import Limits
    from iamsql.runs.prune import prune as pruned

    if keep is None and older_than is None:
        raise click.UsageError("Say what to keep: --keep N, --older-than AGE, or both.")
    outcome = pruned(runs_folder(runs), Limits(keep, older_than), yes=yes)
    render.write(outcome.plan.table(), output, plain_stdout())
    for line in outcome.lines():
        say(line)
    return 2 if outcome.failures or outcome.unlisted else 0


@click.command("import", no_args_is_help=True)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--account", callback=account_ids, metavar="ID", help="The account, where the files do not say it.")
@RUNS
def bring(paths: tuple[Path, ...], account: str | None, runs: str | None) -> None:
    """Make a run from files: the AWS CLI's lists and authorization details, credential reports, CloudTrail's logs."""
    import iamsql.importer.run as bringing
    from iamsql.runs import runs_folder

    outcome = bringing.bring(paths, account, runs_folder(runs))
    for line in outcome.lines:
        say(line)


runs.add_command(trend)
