"""`iamsql runs`: list, show, verify and delete runs."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import click

from iamsql.cli.errors import say_all
from iamsql.cli.options import OUTPUT, RUNS, age, is_given, settings
from iamsql.cli.output import FOR_TERMINALS, print_rows
from iamsql.cli.runs_merge import merge
from iamsql.cli.terminal import COLOR, WIDE, terminal_style
from iamsql.cli.trend import trend
from iamsql.model import Result
from iamsql.query import listing as describe
from iamsql.runs import exposed, resolve, runs_folder
from iamsql.runs.listing import listed_runs
from iamsql.runs.prune import Limits
from iamsql.runs.prune import prune as prune_runs
from iamsql.runs.signatures import Signer
from iamsql.runs.status import table_of_runs
from iamsql.runs.verify import verify as verify_runs

SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@click.group(invoke_without_command=True)
@RUNS
@settings
@OUTPUT
@COLOR
@WIDE
@click.pass_context
def runs(ctx: click.Context, runs: str | None, output: str, color: str, wide: bool) -> None:
    """List, show, verify and delete runs. Without a command, list the runs."""
    given = {name: value for name, value in ctx.params.items() if is_given(name)}
    # `iamsql runs --runs DIR show` has the same meaning as `iamsql runs show --runs DIR`.
    ctx.default_map = dict.fromkeys(cast(click.Group, ctx.command).commands, given)
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, runs=runs, output=output, color=color, wide=wide)


@runs.command("list")
@RUNS
@settings
@OUTPUT
@COLOR
@WIDE
def list_(runs: str | None, output: str, color: str, wide: bool) -> None:
    """List the runs, newest first, with status, scope, and the number of accounts read and missing.

    Finished runs are complete, gaps or empty. Other statuses are running (a sync is writing it), partial (interrupted, can
    be resumed), newer (only a newer iamsql can read it), foreign (a DuckDB file of another tool) and corrupt (cannot be
    opened). The scope is full, or the limits of the run: tables, accounts, OUs, states, --max-calls.
    """
    folder = runs_folder(runs)
    style = terminal_style(color, wide)
    is_fitted = style is not None and not wide and output in FOR_TERMINALS
    print_rows(listed_runs(folder) if is_fitted else table_of_runs(folder), output, style)
    say_all(exposed(folder))


@runs.command()
@click.argument("run", default="latest")
@click.option(
    "--account",
    metavar="ID|NAME",
    help="Show one account: its outcome, the roles and calls that AWS denied, and the command that remedies it.",
)
@RUNS
@settings
@OUTPUT
@COLOR
@WIDE
def show(run: str, account: str | None, runs: str | None, output: str, color: str, wide: bool) -> None:
    """Show the metadata of a run: latest, previous, an ID or its prefix, the day of its start, or a path."""
    folder = runs_folder(runs)
    path = resolve(folder, run)
    style = terminal_style(color, wide)
    if account is None:
        print_rows(describe.run(path), output, style)
    else:
        facts = describe.account(path, account)
        print_rows(_record(facts) if style and output == "table" else facts, output, style)
    say_all(exposed(folder, path))


def _record(facts: Result) -> Result:
    """Return facts as one row, whose long texts a terminal wraps."""
    names = tuple(str(name) for name, _ in facts.rows)
    return Result(names, [tuple(value for _, value in facts.rows)], ("VARCHAR",) * len(names))


def sha256(_ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """Return a SHA-256 of 64 hexadecimal digits in lower case, '' for none; raise UsageError otherwise."""
    if value is not None and not SHA256.fullmatch(value.strip()):  # an empty variable must not disable the comparison
        raise click.UsageError(f"{param.opts[0]} takes the 64 hexadecimal digits of a SHA-256, not {value!r}.")
    return (value or "").strip().lower()


@runs.command()
@click.argument("names", nargs=-1, metavar="[RUN]...")
@click.option(
    "--sha256", callback=sha256, metavar="HEX", help="The SHA-256 that the run must have; requires exactly one RUN."
)
@click.option(
    "--allowed-signers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Require a signature of each run, RUN.duckdb.sig, by a key in this file; needs ssh-keygen.",
)
@click.option("--signer", metavar="ID", help="The identity in --allowed-signers that must have signed.")
@click.option("--require-digest", is_flag=True, help="Require a line in SHA256SUMS, or --sha256, for each run.")
@RUNS
@settings
@OUTPUT
@COLOR
@WIDE
def verify(
    names: tuple[str, ...],
    sha256: str,
    allowed_signers: Path | None,
    signer: str | None,
    require_digest: bool,
    **options: Any,
) -> int:
    """Verify that runs are intact and unchanged. Without RUN, verify all runs. Exit with code 1 if a run is not intact.

    The SHA-256 of each run is compared with the file SHA256SUMS of the runs folder, which each sync updates. Then every
    block is read, and the rows are compared with the metadata of the run.

    A run that SHA256SUMS does not list is read as well, and its `digest` is `not listed`; with --require-digest, it is
    not read, and its status is `unlisted`. Anybody who can write the folder
    can also write SHA256SUMS: to prove that a run is unchanged, give a digest that was stored elsewhere, or a signer.
    """
    if sha256 and len(names) != 1:
        raise click.UsageError("--sha256 requires exactly one RUN.")
    if bool(allowed_signers) != bool(signer):
        raise click.UsageError("--allowed-signers and --signer must be given together.")
    required_signer = Signer(allowed_signers, signer) if allowed_signers and signer else None
    folder = runs_folder(options["runs"])
    result, intact = verify_runs(folder, names, sha256, required_signer, requires_digest=require_digest)
    print_rows(result, options["output"], terminal_style(options["color"], options["wide"]))
    say_all(exposed(folder))
    return int(not intact)


@runs.command()
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the N newest finished runs.")
@click.option(
    "--older-than", callback=age, metavar="AGE", help="Keep runs that started less than AGE ago: 90d, 12w, 6m, 1y."
)
@click.option("--yes", is_flag=True, help="Delete the runs. Without this option, only print them.")
@RUNS
@settings
@OUTPUT
@COLOR
@WIDE
def prune(
    keep: int | None, older_than: timedelta | None, yes: bool, runs: str | None, output: str, color: str, wide: bool
) -> int:
    """Delete old runs. Without --yes, only print them.

    A run is deleted if neither --keep nor --older-than keeps it.

    Some runs are always kept: the newest complete run, a run that is being written, and an interrupted run newer than all
    finished runs, which can be resumed. Files that are not runs of iamsql are kept too. A month is 30 days and a year is 365;
    the age of a run is the time since its start.
    """
    if keep is None and older_than is None:
        raise click.UsageError("Specify what to keep: --keep N, --older-than AGE, or both.")
    outcome = prune_runs(runs_folder(runs), Limits(keep, older_than), yes=yes)
    print_rows(outcome.plan.table(), output, terminal_style(color, wide))
    say_all(outcome.lines())
    return 2 if outcome.failures or outcome.unlisted else 0


runs.add_command(merge)
runs.add_command(trend)
