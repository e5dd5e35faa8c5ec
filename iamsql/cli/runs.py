"""`iamsql runs`: list, show, verify and delete runs."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import cast

import click

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.groups import Rows, RunsFolder
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.options import is_given
from iamsql.cli.output import TERMINAL_FORMATS, print_rows
from iamsql.cli.runs_merge import merge
from iamsql.cli.terminal import terminal_style
from iamsql.cli.trend import trend
from iamsql.model import IamsqlError, Result
from iamsql.query import listing as describe
from iamsql.runs.directory import exposed_folder_warnings, runs_folder
from iamsql.runs.listing import listed_runs
from iamsql.runs.prune import Limits
from iamsql.runs.prune import prune as prune_runs
from iamsql.runs.run_names import resolve
from iamsql.runs.signatures import Signer
from iamsql.runs.status import table_of_runs
from iamsql.runs.verify import verify as verify_runs

SHA256_PATTERN = re.compile(r"[0-9a-fA-F]{64}")


@option_set
class RunsOptions(RunsFolder, Rows):
    """The options of `iamsql runs` and of `iamsql runs list`."""


@click.group(invoke_without_command=True)
@takes(RunsOptions)
@click.pass_context
def runs(ctx: click.Context, options: RunsOptions) -> None:
    """List, show, verify and delete runs. Without a command, list the runs."""
    given_values = {name: value for name, value in ctx.params.items() if is_given(name)}
    # `iamsql runs --runs DIR show` has the same meaning as `iamsql runs show --runs DIR`.
    ctx.default_map = dict.fromkeys(cast(click.Group, ctx.command).commands, given_values)
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, **vars(options))


@runs.command("list")
@takes(RunsOptions)
def list_(options: RunsOptions) -> None:
    """List the runs, newest first, with status, scope, and the number of accounts read and missing.

    Finished runs are complete, gaps or empty. Other statuses are running (a sync is writing it), partial (interrupted, can
    be resumed), newer (only a newer iamsql can read it), foreign (a DuckDB file of another tool) and corrupt (cannot be
    opened). The scope is full, or the limits of the run: tables, accounts, OUs, states, --max-calls.
    """
    folder = runs_folder(options.runs)
    style = terminal_style(options.color, options.wide)
    is_fitted = style is not None and not options.wide and options.output in TERMINAL_FORMATS
    print_rows(listed_runs(folder) if is_fitted else table_of_runs(folder), options.output, style)
    say_all(exposed_folder_warnings(folder))


@option_set
class ShowOptions(RunsOptions):
    """The options of `iamsql runs show`."""

    run: str = argument("latest", "[RUN]")
    account: str | None = option(
        None, "--account", metavar="ID|NAME",
        help="Show one account: its outcome, the roles and calls that AWS denied, and the command that remedies it.",
    )  # fmt: skip


@runs.command()
@takes(ShowOptions)
def show(options: ShowOptions) -> None:
    """Show the metadata of a run: latest, previous, an ID or its prefix, the day of its start, or a path."""
    folder = runs_folder(options.runs)
    path = resolve(folder, options.run)
    style = terminal_style(options.color, options.wide)
    if options.account is None:
        print_rows(describe.run(path), options.output, style)
    else:
        account = describe.account(path, options.account)
        print_rows(_as_one_row(account) if style and options.output == "table" else account, options.output, style)
    say_all(exposed_folder_warnings(folder, path))


def _as_one_row(account: Result) -> Result:
    """Return the facts about an account as one row, whose long texts a terminal wraps."""
    names = tuple(str(name) for name, _ in account.rows)
    return Result(names, [tuple(value for _, value in account.rows)], ("VARCHAR",) * len(names))


def sha256(flag: str, value: str) -> str:
    """Return a SHA-256 of 64 hexadecimal digits in lower case; raise IamsqlError otherwise."""
    if not SHA256_PATTERN.fullmatch(value.strip()):
        raise IamsqlError(f"{flag} takes the 64 hexadecimal digits of a SHA-256, not {value!r}.")
    return value.strip().lower()


@option_set
class VerifyOptions(RunsOptions):
    """The options of `iamsql runs verify`."""

    names: tuple[str, ...] = argument((), "[RUN]...")
    sha256: str | None = option(
        None, "--sha256", metavar="HEX", check=sha256, checks_empty=True,
        help="The SHA-256 that the run must have; requires exactly one RUN.",
    )  # fmt: skip
    allowed_signers: Path | None = option(
        None, "--allowed-signers", metavar="FILE", exists=True,
        help="Require a signature of each run, RUN.duckdb.sig, by a key in this file; needs ssh-keygen.",
    )  # fmt: skip
    signer: str | None = option(
        None, "--signer", metavar="ID", help="The identity in --allowed-signers that must have signed."
    )
    require_digest: bool = option(
        False, "--require-digest", help="Require a line in SHA256SUMS, or --sha256, for each run."
    )


@runs.command()
@takes(VerifyOptions)
def verify(options: VerifyOptions) -> int:
    """Verify that runs are intact and unchanged. Without RUN, verify all runs. Exit with code 1 if a run is not intact.

    The SHA-256 of each run is compared with the file SHA256SUMS of the runs folder, which each sync updates. Then every
    block is read, and the rows are compared with the metadata of the run.

    A run that SHA256SUMS does not list is read as well, and its `digest` is `not listed`; with --require-digest, it is
    not read, and its status is `unlisted`. Anybody who can write the folder
    can also write SHA256SUMS: to prove that a run is unchanged, give a digest that was stored elsewhere, or a signer.
    """
    signers, signer = options.allowed_signers, options.signer
    if options.sha256 and len(options.names) != 1:
        raise click.UsageError("--sha256 requires exactly one RUN.")
    if bool(signers) != bool(signer):
        raise click.UsageError("--allowed-signers and --signer must be given together.")
    required_signer = Signer(signers, signer) if signers and signer else None
    folder, digest = runs_folder(options.runs), options.sha256 or ""
    result, are_intact = verify_runs(
        folder, options.names, digest, required_signer, requires_digest=options.require_digest
    )
    print_rows(result, options.output, terminal_style(options.color, options.wide))
    say_all(exposed_folder_warnings(folder))
    return int(not are_intact)


@option_set
class PruneOptions(RunsOptions):
    """The options of `iamsql runs prune`."""

    keep: int | None = option(None, "--keep", metavar="N", bounds=(0, None), help="Keep the N newest finished runs.")
    older_than: timedelta | None = option(
        None, "--older-than", metavar="AGE", check=option_types.age,
        help="Keep runs that started less than AGE ago: 90d, 12w, 6m, 1y.",
    )  # fmt: skip
    yes: bool = option(False, "--yes", help="Delete the runs. Without this option, only print them.")


@runs.command()
@takes(PruneOptions)
def prune(options: PruneOptions) -> int:
    """Delete old runs. Without --yes, only print them.

    A run is deleted if neither --keep nor --older-than keeps it.

    Some runs are always kept: the newest complete run, a run that is being written, and an interrupted run newer than all
    finished runs, which can be resumed. Files that are not runs of iamsql are kept too. A month is 30 days and a year is 365;
    the age of a run is the time since its start.
    """
    if options.keep is None and options.older_than is None:
        raise click.UsageError("Specify what to keep: --keep N, --older-than AGE, or both.")
    outcome = prune_runs(runs_folder(options.runs), Limits(options.keep, options.older_than), yes=options.yes)
    print_rows(outcome.plan.table(), options.output, terminal_style(options.color, options.wide))
    say_all(outcome.lines())
    return 2 if outcome.failures or outcome.unlisted else 0


runs.add_command(merge)
runs.add_command(trend)
