"""The options of `iamsql sync`, which `iamsql doctor` and the Python API share, and the section [sync] of iamsql.toml."""

from __future__ import annotations

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.groups import Quiet
from iamsql.catalog.settings.option import ANY, CALLER, DATE, SCOPE, SOURCE, TRUSTED, option, option_set

DEFAULT_ROLES = ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole")
# Options that belong together: if an option of a group is given, options of a lower precedence are ignored.
OPTION_GROUPS = (("days", "start_date", "end_date"), ("fresh", "trust_report"))


@option_set
class Credentials:
    """Who reads the accounts, with which roles."""

    profile: str | None = option(
        None, "--profile", metavar="NAME", help="The AWS profile of the caller's credentials.",
        check=option_types.printable_text, toml="sync.profile", trust=TRUSTED, example='"audit"', stored=CALLER,
    )  # fmt: skip
    roles: tuple[str, ...] = option(
        DEFAULT_ROLES, "--role", metavar="NAME", help="The roles to assume in each account, tried in order.",
        resolve=option_types.role_names, toml="sync.roles", trust=TRUSTED, example='["iamsql-audit"]', stored=CALLER,
    )  # fmt: skip
    external_id: str | None = option(
        None, "--external-id", only_file=True, envvar="IAMSQL_EXTERNAL_ID", secret=True, check=option_types.external_id,
        help="The external ID that the roles require.", toml="sync.external_id", trust=TRUSTED, example='"3f8c1a"',
    )  # fmt: skip
    no_session_policy: bool = option(
        False, "--no-session-policy", only_file=True, toml="sync.no_session_policy", trust=TRUSTED, example="true",
        help="Assume the roles with all of their permissions. Otherwise a session policy limits each session to the calls of "
        "the sync.",
    )  # fmt: skip
    org_role: str | None = option(
        None, "--org-role", only_file=True, help="The ARN of a role to assume first, to read the organization.",
        resolve=option_types.role_arn, toml="sync.org_role", trust=TRUSTED,
        example='"arn:aws:iam::111122223333:role/reader"', stored=CALLER,
    )  # fmt: skip
    trail_role: str | None = option(
        None, "--trail-role", only_file=True, help="The ARN of a role to assume to read the bucket of the trail.",
        resolve=option_types.role_arn, toml="sync.trail_role", trust=TRUSTED,
        example='"arn:aws:iam::777788889999:role/logs"', stored=CALLER,
    )  # fmt: skip


@option_set
class Source(Credentials):
    """What is read: the accounts and regions, the trail and the tables."""

    accounts: tuple[str, ...] = option(
        (), "--account", metavar="ID", help="Read only these accounts.", check=option_types.account_ids,
        toml="sync.accounts", trust=ANY, example='["111122223333"]', stored=SCOPE,
    )  # fmt: skip
    regions: tuple[str, ...] = option(
        (), "--region", metavar="NAME", check=option_types.regions, toml="sync.regions", trust=ANY,
        help="The regions for LookupEvents; `all` is every region that is enabled in an account.",
        default_text="the region of the partition's IAM, and the regions of console sign-ins",
        example='["us-east-1", "eu-west-1"]', stored=SCOPE,
    )  # fmt: skip
    trail: str | None = option(
        None, "--trail", metavar="s3://BUCKET/PREFIX|auto", toml="sync.trail", trust=TRUSTED, example='"auto"',
        help="Also read the log files of a trail; `auto` finds the organization trail with DescribeTrails.",
        resolve=option_types.trail, stored=SOURCE,
    )  # fmt: skip
    tables: tuple[str, ...] = option(
        (), "--table", metavar="NAME|PATTERN",
        toml="sync.tables", trust=ANY, example='["aws_iam_*"]', stored=SCOPE,
        help="Collect only these tables, or the tables that match patterns such as 'aws_ssoadmin_*'; `all` is every table, "
        "including on-demand tables.",
    )  # fmt: skip
    queries: tuple[str, ...] = option(
        (), "--for", metavar="NAME", toml="sync.for", trust=ANY, example='["cis_v7.0"]', stored=SCOPE,
        help="Also collect the on-demand tables that these benchmarks, controls, tags or queries need; `all` is every control. "
        "Unlike --table, --for adds tables to the default tables.",
    )  # fmt: skip


@option_set
class SyncOptions(Source, Quiet):
    """The options of a sync. `demo` is True, or "hostile" for the sample organization with hostile names."""

    demo: bool | str = option(
        False, "--demo", flag_value="[hostile]", check=option_types.demo, stored=SOURCE,
        help="Read the sample organization; needs no AWS account. Each sync into the same folder reads the next of its three days. "
        "`hostile` gives some of its users, roles and accounts names that attack terminals, spreadsheets and browsers.",
    )  # fmt: skip
    day: int | None = option(
        None, "--day", metavar="1|2|3", bounds=(1, 3), resolve=option_types.sample_day, stored=SCOPE,
        default_text="the day after the newest run of the sample", help="With --demo: the day of the sample organization.",
    )  # fmt: skip
    skip_accounts: tuple[str, ...] = option(
        (), "--skip-account", only_file=True, help="Skip these accounts.", check=option_types.account_ids,
        toml="sync.skip_accounts", trust=ANY, example='["444455556666"]', stored=SCOPE,
    )  # fmt: skip
    ous: tuple[str, ...] = option(
        (), "--ou", metavar="ID", help="Read only the accounts of these organizational units.",
        toml="sync.ous", trust=ANY, example='["ou-ab12-11111111"]', stored=SCOPE,
    )  # fmt: skip
    skip_ous: tuple[str, ...] = option(
        (), "--skip-ou", only_file=True, help="Skip the accounts of these organizational units.",
        toml="sync.skip_ous", trust=ANY, example='["ou-ab12-22222222"]', stored=SCOPE,
    )  # fmt: skip
    states: tuple[str, ...] = option(
        (), "--state", only_file=True, choices=option_types.ACCOUNT_STATES, resolve=option_types.states,
        help="Read only accounts in these states. Roles can be assumed in ACTIVE accounts only.",
        toml="sync.states", trust=ANY, example='["ACTIVE"]', stored=SCOPE,
    )  # fmt: skip
    events: tuple[str, ...] = option(
        (), "--event", metavar="NAME", check=option_types.events,
        toml="sync.events", trust=ANY, example='["all-writes"]', stored=SCOPE,
        help="Look up these events instead of the default events; `all-writes` looks up every write event, `none` no events.",
    )  # fmt: skip
    no_reuse: bool = option(
        False, "--no-reuse", only_file=True, toml="sync.no_reuse", trust=ANY, example="true",
        help="Request all events again, including those that an earlier run has.",
    )  # fmt: skip
    days: int | None = option(
        None, "--days", metavar="N", default_text="90", help="Read the events of the last N days.",
        toml="sync.days", trust=ANY, example="30", stored=SCOPE,
    )  # fmt: skip
    start_date: str | None = option(
        None, "--start-date", metavar="YYYY-MM-DD", help="The first day of events.", check=option_types.day,
        toml="sync.start_date", trust=ANY, form=DATE, example="2026-03-01", stored=SCOPE,
    )  # fmt: skip
    end_date: str | None = option(
        None, "--end-date", metavar="YYYY-MM-DD", help="The last day of events.", check=option_types.day,
        toml="sync.end_date", trust=ANY, form=DATE, example="2026-03-31", stored=SCOPE,
    )  # fmt: skip
    fresh: bool = option(
        False, "--fresh", only_file=True, toml="sync.fresh", trust=ANY, example="true", stored=SCOPE,
        help="Also make calls for each user, because the credential report can be up to four hours old.",
    )  # fmt: skip
    trust_report: bool = option(
        False, "--trust-report", only_file=True, toml="sync.trust_report", trust=ANY, example="true", stored=SCOPE,
        help="Use the credential report instead of calls for each user.",
    )  # fmt: skip
    shard: str | None = option(
        None, "--shard", metavar="K/N", check=option_types.shard, stored=SCOPE, api=False,
        help="Read only the accounts of shard K of N, and the organization itself in shard 1; needs --as-of. "
        "`iamsql runs merge` makes a run of the shards.",
    )  # fmt: skip
    as_of: str | None = option(
        None, "--as-of", metavar="TIME", check=option_types.moment, stored=SCOPE, default_text="now",
        help="The start of the run and the end of its events, which is the same for all shards: a time of the last 12 hours, such "
        "as 2026-03-01T03:00:00Z.",
    )  # fmt: skip
    dry_run: bool = option(
        False, "--dry-run", help="Print the expected accounts, calls and seconds, and collect nothing.", api=False
    )
    resume: bool = option(
        False, "--resume",
        help="Continue the newest run, which was interrupted or has errors: keep what it read, and request the rest. "
        "Repeat --profile, --role, --trail and --demo.",
    )  # fmt: skip
    retry_gaps: bool = option(
        False, "--retry-gaps",
        help="Make a new run from the newest finished run: keep what it read, with its time, and retry what failed. "
        "Repeat the same options as for --resume.",
    )  # fmt: skip
    transport: str = option(
        option_types.ASYNCIO, "--transport", only_file=True, choices=option_types.TRANSPORTS,
        toml="sync.transport", trust=ANY, example='"botocore"',
        help="What sends the requests. botocore is slower; try it if requests fail behind a proxy or at an endpoint of your own.",
    )  # fmt: skip
    max_calls: int | None = option(
        None, "--max-calls", metavar="N", bounds=(1, None), help="Stop collecting after N calls.",
        toml="sync.max_calls", trust=ANY, example="100000",
    )  # fmt: skip
    strict: bool = option(
        False, "--strict", help="Exit with code 3 if an account or a call could not be read.",
        toml="sync.strict", trust=ANY, example="true", api=False,
    )  # fmt: skip
