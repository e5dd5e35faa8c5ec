"""`iamsql notify`: send what changed since the previous run to chats, mail and AWS services."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import click

from iamsql import render
from iamsql.automation import notify as notifying
from iamsql.automation.notify.model import KINDS
from iamsql.automation.notify.request import DEFAULT_BENCHMARK, NotifyRequest, NotifyResult
from iamsql.check.selection import LEVELS
from iamsql.cli.errors import FAILED, say, say_all
from iamsql.cli.options import (
    CONFIG,
    CSV_SAFE,
    MEMORY,
    MUTES,
    ORGANIZATION,
    OUTPUT,
    QUERIES,
    QUIET,
    RUN,
    RUNS,
    TIMEOUT,
    external_id,
    matching,
)
from iamsql.cli.output import limits, plain_stdout, print_rows
from iamsql.cli.terminal import COLOR, terminal_style
from iamsql.option_types import ACCOUNT
from iamsql.runs import runs_folder

SECURITY_HUB_ACCOUNT = re.compile(rf"member|administrator|{ACCOUNT.pattern}")
TARGET_SETTINGS = (
    "webhook_secret", "ses_region", "sse_kms_key", "securityhub_account", "securityhub_role", "securityhub_region", "external_id",
)  # fmt: skip
NOTHING = "Nothing changed that was not sent before: no message was sent."


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of single targets, whose names are those of the settings."""
    options = (
        click.option("--webhook-secret", metavar="SOURCE", help="Where the key of the signatures of webhooks is read."),
        click.option("--ses-region", metavar="REGION", help="The region of SES [default: the session's]."),
        click.option(
            "--sse-kms-key", metavar="KEY", help="The KMS key that encrypts files in S3 [default: as the bucket does]."
        ),
        click.option(
            "--securityhub-account",
            metavar="member|administrator|ID",
            callback=matching(SECURITY_HUB_ACCOUNT, "member, administrator or an account ID"),
            help="Import findings into each member account, or all of them into the account of the credentials or into an "
            "account in which --securityhub-role is assumed [default: member].",
        ),
        click.option("--securityhub-role", metavar="NAME", help="The role to assume in each account for Security Hub."),
        click.option(
            "--securityhub-region", metavar="REGION", help="The region of Security Hub [default: the session's]."
        ),
        click.option(
            "--external-id",
            envvar="IAMSQL_EXTERNAL_ID",
            callback=external_id,
            metavar="ID",
            help="The external ID that the role for Security Hub requires [default: $IAMSQL_EXTERNAL_ID].",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="slack, teams, webhook:URL, sns:ARN, ses:FROM:TO, s3://BUCKET/PREFIX, securityhub or eventbridge[:BUS]; repeatable.",
)
@click.option(
    "--on",
    "kinds",
    multiple=True,
    metavar="KIND,…",
    help=f"Only these changes: {', '.join(KINDS)}; repeatable.",
)
@click.option(
    "--severity",
    type=click.Choice(LEVELS),
    default=LEVELS[-1],
    metavar="LEVEL",
    help=f"The minimum severity of findings: {', '.join(LEVELS[:-1])}. Other changes are always sent.",
)
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    default=(DEFAULT_BENCHMARK,),
    show_default=True,
    metavar="BENCHMARK|CONTROL|TAG",
    help="The controls whose findings are compared; repeatable.",
)
@RUN
@click.option(
    "--since",
    default="",
    metavar="previous|ID|PATH",
    help="Compare with this run [default: the run that was last delivered to the target, else the previous run].",
)
@click.option(
    "--limit",
    type=click.IntRange(0, 1000),
    default=20,
    show_default=True,
    metavar="N",
    help="The number of changes that a chat message or mail lists.",
)
@click.option("--link", default="", metavar="URL", help="The URL of a report, for each message.")
@click.option("--dry-run", is_flag=True, help="Print each message as a line of JSON, and send nothing.")
@click.option("--profile", metavar="NAME", help="The AWS profile that AWS targets use.")
@target_options
@MUTES
@CONFIG
@ORGANIZATION
@RUNS
@QUERIES
@OUTPUT
@CSV_SAFE
@COLOR
@TIMEOUT
@MEMORY
@QUIET
def notify(quiet: bool, dry_run: bool, **options: Any) -> int:
    """Send what changed since the previous run to one or more targets.

    A message has the findings that opened and were resolved, new access keys, new administrators, accounts that joined or
    left, and always the accounts that could not be read. The runs folder records what each target received: a run is sent
    once, and a target that could not be reached receives the changes since its last message with the next run.
    """
    render.format_named(options["output"])
    request = notify_request(options)
    folder, bounds = runs_folder(options["runs"]), limits(options)

    def progress(line: str) -> None:
        say_all([line], quiet=quiet)

    preview = _print if dry_run else None
    result = notifying.notify(request, runs_dir=folder, limits=bounds, progress=progress, preview=preview)
    if not dry_run:
        style = terminal_style(options["color"])
        print_rows(result.rows, options["output"], style, options["csv_safe"])
    say_all([*result.notes, *_summary(result, dry_run)], quiet=quiet)
    return _report(result)


def notify_request(options: dict[str, Any]) -> NotifyRequest:
    """Return the request from the parameters of the command."""
    kinds = tuple(kind.strip() for text in options["kinds"] for kind in text.split(",") if kind.strip())
    same = (
        "targets",
        "severity",
        "benchmarks",
        "run",
        "since",
        "limit",
        "link",
        "profile",
        "mutes",
        "config",
        "query_dirs",
    )
    settings = {name: options[name] for name in TARGET_SETTINGS if options[name]}
    return NotifyRequest(kinds=kinds or KINDS, settings=settings, **{name: options[name] for name in same})


def _print(message: Mapping[str, Any]) -> None:
    """Print a message as a line of JSON."""
    plain_stdout("json").write(json.dumps(message, default=str) + "\n")


def _summary(result: NotifyResult, dry_run: bool) -> list[str]:
    """Return the note that nothing was sent, or that it was only printed."""
    if all(delivery.status == "nothing new" for delivery in result.deliveries):
        return [NOTHING]
    return ["Nothing was sent: --dry-run prints the messages."] if dry_run else []


def _report(result: NotifyResult) -> int:
    """Print the failures, and return the exit code."""
    for failure in result.failures:
        say(f"Error: {failure}")
    return FAILED if result.failures else 0
