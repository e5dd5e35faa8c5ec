"""The settings of iamsql.toml, as data: each is an option of a command, under the name that the option has.

The reader, the JSON Schema, the documentation and the commands use these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass

from iamsql.model import SEVERITIES
from iamsql.option_types import STATES, TRANSPORTS

TEXT, TEXTS, INTEGER, BOOLEAN, DATE, PATH, PATHS = "text texts integer boolean date path paths".split()


@dataclass(frozen=True)
class Setting:
    """A setting: its section, key and type, and the option or argument of the command that it sets.

    The section is the name of the command, or '' for settings of every command. `example` is a value in TOML. `choices` has the
    possible values, if they are few. A secret is never printed.
    """

    section: str
    key: str
    kind: str
    option: str
    about: str
    example: str
    choices: tuple[str, ...] = ()
    secret: bool = False

    @property
    def name(self) -> str:
        """Return the section and the key, such as sync.roles."""
        return f"{self.section}.{self.key}" if self.section else self.key


LEVELS = tuple(reversed(SEVERITIES))
FAIL_ON = ("any", "alarm", "error", "none")

EVERY_COMMAND = (
    Setting("", "runs", PATH, "--runs", "The runs folder.", '"runs"'),
    Setting("", "queries", PATHS, "--queries", "Additional folders of queries.", '["own-queries"]'),
)
SYNC = tuple(
    Setting("sync", *declared)
    for declared in (
        ("profile", TEXT, "--profile", "The AWS profile of the caller's credentials.", '"audit"'),
        ("roles", TEXTS, "--role", "The roles to assume in each account, tried in order.", '["iamsql-audit"]'),
        ("external_id", TEXT, "--external-id", "The external ID that the roles require.", '"3f8c1a"', (), True),
        ("no_session_policy", BOOLEAN, "--no-session-policy", "Assume the roles with all of their permissions.", "true"),
        (
            "org_role", TEXT, "--org-role", "The ARN of a role to assume first, to read the organization.",
            '"arn:aws:iam::111122223333:role/reader"',
        ),
        ("accounts", TEXTS, "--account", "Read only these accounts.", '["111122223333"]'),
        ("skip_accounts", TEXTS, "--skip-account", "Skip these accounts.", '["444455556666"]'),
        ("ous", TEXTS, "--ou", "Read only the accounts of these organizational units.", '["ou-ab12-11111111"]'),
        ("skip_ous", TEXTS, "--skip-ou", "Skip the accounts of these organizational units.", '["ou-ab12-22222222"]'),
        ("states", TEXTS, "--state", "Read only accounts in these states.", '["ACTIVE"]', STATES),
        ("regions", TEXTS, "--region", "The regions for LookupEvents, or `all`.", '["us-east-1", "eu-west-1"]'),
        ("events", TEXTS, "--event", "The events to look up instead of the default events.", '["all-writes"]'),
        ("trail", TEXT, "--trail", "Also read the log files of a trail: s3://BUCKET/PREFIX or auto.", '"auto"'),
        (
            "trail_role", TEXT, "--trail-role", "The ARN of a role to assume to read the bucket of the trail.",
            '"arn:aws:iam::777788889999:role/logs"',
        ),
        ("no_reuse", BOOLEAN, "--no-reuse", "Request all events again, including those that an earlier run has.", "true"),
        ("days", INTEGER, "--days", "Read the events of the last N days.", "30"),
        ("start_date", DATE, "--start-date", "The first day of events.", "2026-03-01"),
        ("end_date", DATE, "--end-date", "The last day of events.", "2026-03-31"),
        ("tables", TEXTS, "--table", "Collect only these tables, or the tables that match these patterns.", '["aws_iam_*"]'),
        ("for", TEXTS, "--for", "Also collect the on-demand tables that these controls and queries need.", '["cis_v7.0"]'),
        ("fresh", BOOLEAN, "--fresh", "Also make calls for each user.", "true"),
        ("trust_report", BOOLEAN, "--trust-report", "Use the credential report instead of calls for each user.", "true"),
        ("transport", TEXT, "--transport", "What sends the requests.", '"botocore"', TRANSPORTS),
        ("max_calls", INTEGER, "--max-calls", "Stop collecting after N calls.", "100000"),
        ("strict", BOOLEAN, "--strict", "Exit with code 3 if an account or a call could not be read.", "true"),
    )
)  # fmt: skip
CHECK = (
    Setting("check", "benchmarks", TEXTS, "names", "What `check` runs without arguments.", '["cis_v7.0"]'),
    Setting("check", "severity", TEXT, "--severity", "The minimum severity.", '"medium"', LEVELS),
    Setting("check", "fail_on", TEXT, "--fail-on", "The results that set the exit code.", '"alarm"', FAIL_ON),
)
REPORT = (
    Setting("report", "benchmarks", TEXTS, "--benchmark", "The controls of the page.", '["iamsql"]'),
    Setting("report", "language", TEXT, "--language", "The language of the page.", '"es"', ("en", "es")),
    Setting("report", "trend", INTEGER, "--trend", "The number of earlier runs in the trends.", "10"),
)
NOTIFY = (
    Setting("notify", "to", TEXTS, "--to", "The targets of notifications.", '["slack"]', (), True),
    Setting("notify", "on", TEXTS, "--on", "The kinds of changes to send.", '["opened", "unknown"]'),
    Setting("notify", "severity", TEXT, "--severity", "The minimum severity of findings.", '"high"'),
    Setting("notify", "benchmarks", TEXTS, "--benchmark", "The controls whose findings are sent.", '["iamsql"]'),
    Setting("notify", "limit", INTEGER, "--limit", "The number of changes that a message lists.", "20"),
    Setting("notify", "link", TEXT, "--link", "The URL of the report.", '"https://reports.example.com/"', (), True),
    Setting("notify", "profile", TEXT, "--profile", "The AWS profile that AWS targets use.", '"audit"'),
    Setting(
        "notify", "securityhub_role", TEXT, "--securityhub-role", "The role to assume in each account for Security Hub.",
        '"iamsql-securityhub"',
    ),
    Setting(
        "notify", "securityhub_account", TEXT, "--securityhub-account",
        "Where findings are imported: member, administrator, or an account ID.", '"member"',
    ),
    Setting(
        "notify", "securityhub_region", TEXT, "--securityhub-region", "The region that receives the findings.", '"eu-west-1"'
    ),
    Setting("notify", "ses_region", TEXT, "--ses-region", "The region of SES.", '"eu-west-1"'),
    Setting("notify", "sse_kms_key", TEXT, "--sse-kms-key", "The KMS key that encrypts files in S3.", '"alias/audit"'),
    Setting(
        "notify", "webhook_secret", TEXT, "--webhook-secret", "The source of the secret that signs webhook messages.",
        '"ssm:/iamsql/webhook"',
    ),
)  # fmt: skip
RUN = (
    Setting("run", "report", PATH, "--report", "The file of the HTML report.", '"report.html"'),
    Setting("run", "archive", TEXT, "--archive", "Where runs and the state are kept.", '"s3://bucket/prefix"'),
    Setting("run", "restore", INTEGER, "--restore", "The number of runs to restore from the archive.", "3"),
    Setting("run", "exports", PATHS, "--export", "Files for the results of the controls.", '["results.csv"]'),
    Setting(
        "run", "strict", BOOLEAN, "--strict", "Exit with code 3 if an account or a call could not be read.", "true"
    ),
    Setting("run", "keep", INTEGER, "--keep", "Keep the N newest finished runs.", "30"),
    Setting("run", "older_than", TEXT, "--older-than", "Keep runs that started less than this age ago.", '"90d"'),
    Setting("run", "fail_on", TEXT, "--fail-on", "The results that set the exit code.", '"none"'),
    Setting("run", "summary", PATH, "--summary", "The file of the summary as JSON.", '"summary.json"'),
)
BY_SECTION = {"": EVERY_COMMAND, "sync": SYNC, "check": CHECK, "report": REPORT, "notify": NOTIFY, "run": RUN}
SETTINGS = tuple(setting for settings in BY_SECTION.values() for setting in settings)
# Options of `sync` that belong together: where one of a group is given, those of a lower precedence are ignored.
GROUPS = (("days", "start_date", "end_date"), ("fresh", "trust_report"))
# An organization has the settings of `sync` and its runs folder directly, and a table for each other command.
TABLES_OF_ORGANIZATION = ("check", "report", "notify", "run")
ORGANIZATION_NAME = r"[a-z0-9_-]+"
