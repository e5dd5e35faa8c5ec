"""The options that determine what `iamsql notify` sends and where, and the section [notify] of iamsql.toml."""

from __future__ import annotations

from dataclasses import dataclass

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.option import ANY, TRUSTED, option, option_set
from iamsql.catalog.settings.report_options import ALL_CONTROLS


@option_set
class TargetSettings:
    """The settings of single targets, which the configuration file and, for the external ID, the environment have."""

    webhook_secret: str | None = option(
        None, "--webhook-secret", only_file=True, help="Where the key of the signatures of webhooks is read.",
        toml="notify.webhook_secret", trust=TRUSTED, example='"ssm:/iamsql/webhook"',
    )  # fmt: skip
    ses_region: str | None = option(
        None, "--ses-region", only_file=True, help="The region of SES.", default_text="the session's",
        toml="notify.ses_region", trust=TRUSTED, example='"eu-west-1"',
    )  # fmt: skip
    sse_kms_key: str | None = option(
        None, "--sse-kms-key", only_file=True, help="The KMS key that encrypts files in S3.",
        default_text="as the bucket does", toml="notify.sse_kms_key", trust=TRUSTED, example='"alias/audit"',
    )  # fmt: skip
    securityhub_account: str | None = option(
        None, "--securityhub-account", only_file=True, check=option_types.security_hub_account,
        help="Import findings into each member account, or all of them into the account of the credentials (administrator) or into "
        "an account where securityhub_role is assumed (its ID).", default_text="member",
        toml="notify.securityhub_account", trust=TRUSTED, example='"member"',
    )  # fmt: skip
    securityhub_role: str | None = option(
        None, "--securityhub-role", only_file=True, help="The role to assume in each account for Security Hub.",
        toml="notify.securityhub_role", trust=TRUSTED, example='"iamsql-securityhub"',
    )  # fmt: skip
    securityhub_region: str | None = option(
        None, "--securityhub-region", only_file=True, help="The region of Security Hub.", default_text="the session's",
        toml="notify.securityhub_region", trust=TRUSTED, example='"eu-west-1"',
    )  # fmt: skip
    external_id: str | None = option(
        None, "--external-id", only_file=True, envvar="IAMSQL_EXTERNAL_ID", secret=True, check=option_types.external_id,
        help="The external ID that the role for Security Hub requires.", default_text="$IAMSQL_EXTERNAL_ID",
        toml="notify.external_id", trust=TRUSTED, example='"3f8c1a"',
    )  # fmt: skip


@dataclass(frozen=True)
class NotifyOptions:
    """What is sent, and to which targets."""

    targets: tuple[str, ...] = option(
        (), "--to", metavar="TARGET", toml="notify.to", trust=TRUSTED, example='["slack"]', secret=True,
        help="slack, teams, webhook:URL, sns:ARN, ses:FROM:TO, s3://BUCKET/PREFIX, securityhub or eventbridge[:BUS].",
    )  # fmt: skip
    kinds: tuple[str, ...] = option(
        option_types.CHANGE_KINDS, "--on", metavar="KIND,…", check=option_types.change_kinds, toml="notify.on", trust=ANY,
        help="Only these kinds of changes.", example='["opened", "unknown"]',
    )  # fmt: skip
    severity: str = option(
        option_types.LEVELS[-1], "--severity", choices=option_types.LEVELS, metavar="LEVEL", toml="notify.severity", trust=ANY,
        help=f"The minimum severity of findings: {', '.join(option_types.LEVELS[:-1])}. Other changes are always sent.",
        example='"high"',
    )  # fmt: skip
    benchmarks: tuple[str, ...] = option(
        (ALL_CONTROLS,), "--benchmark", metavar="BENCHMARK|CONTROL|TAG", help="The controls whose findings are compared.",
        toml="notify.benchmarks", trust=ANY, example='["iamsql"]',
    )  # fmt: skip
    since: str = option(
        "", "--since", metavar="previous|ID|PATH", help="Compare with this run.",
        default_text="the run that was last delivered to the target, otherwise the previous run",
    )  # fmt: skip
    limit: int = option(
        20, "--limit", metavar="N", bounds=(0, 1000), help="The number of changes that a chat message or mail lists.",
        toml="notify.limit", trust=ANY, example="20",
    )  # fmt: skip
    link: str = option(
        "", "--link", metavar="URL", help="The URL of a report, for each message.",
        toml="notify.link", trust=TRUSTED, example='"https://reports.example.com/"', secret=True,
    )  # fmt: skip
    profile: str | None = option(
        None, "--profile", metavar="NAME", help="The AWS profile that AWS targets use.",
        toml="notify.profile", trust=TRUSTED, example='"audit"',
    )  # fmt: skip
