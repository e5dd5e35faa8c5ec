"""The settings of iamsql.toml, as data: each is an option of a command, under the name that the option has.

The reader, the JSON Schema, the documentation and the commands use these declarations. Each says whether an iamsql.toml that
nobody named may set it, because the file of a working folder can come from somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass

from iamsql.model import SEVERITIES
from iamsql.option_types import STATES, TRANSPORTS

TEXT, TEXTS, INTEGER, BOOLEAN, DATE, PATH, PATHS = "text texts integer boolean date path paths".split()
# Who may set a setting. ANY: every file, because the setting chooses what is read and how it is shown. INSIDE: every file, for a
# path inside of its folder. TRUSTED: a file that the user named or trusts, because the setting chooses credentials and roles,
# what is written or deleted, or where findings go.
ANY, INSIDE, TRUSTED = "any inside trusted".split()


@dataclass(frozen=True)
class Setting:
    """A setting: its section, key and type, and the option or argument of the command that it sets.

    The section is the name of the command, or '' for settings of every command. `trust` is ANY, INSIDE or TRUSTED. `example` is a
    value in TOML. `choices` has the possible values, if they are few. A secret is never printed. A file whose name does not end
    in one of `suffixes` is refused.
    """

    section: str
    key: str
    kind: str
    trust: str
    option: str
    about: str
    example: str
    choices: tuple[str, ...] = ()
    secret: bool = False
    suffixes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the section and the key, such as sync.roles."""
        return f"{self.section}.{self.key}" if self.section else self.key


LEVELS = tuple(reversed(SEVERITIES))
FAIL_ON = ("any", "alarm", "error", "none")

EVERY_COMMAND = (
    Setting("", "runs", PATH, INSIDE, "--runs", "The runs folder.", '"runs"'),
    Setting("", "queries", PATHS, ANY, "--queries", "Additional folders of queries.", '["own-queries"]'),
)
SYNC = tuple(
    Setting("sync", *declared)
    for declared in (
        ("profile", TEXT, TRUSTED, "--profile", "The AWS profile of the caller's credentials.", '"audit"'),
        ("roles", TEXTS, TRUSTED, "--role", "The roles to assume in each account, tried in order.", '["iamsql-audit"]'),
        ("external_id", TEXT, TRUSTED, "--external-id", "The external ID that the roles require.", '"3f8c1a"', (), True),
        ("no_session_policy", BOOLEAN, TRUSTED, "--no-session-policy", "Assume the roles with all of their permissions.", "true"),
        (
            "org_role", TEXT, TRUSTED, "--org-role", "The ARN of a role to assume first, to read the organization.",
            '"arn:aws:iam::111122223333:role/reader"',
        ),
        ("accounts", TEXTS, ANY, "--account", "Read only these accounts.", '["111122223333"]'),
        ("skip_accounts", TEXTS, ANY, "--skip-account", "Skip these accounts.", '["444455556666"]'),
        ("ous", TEXTS, ANY, "--ou", "Read only the accounts of these organizational units.", '["ou-ab12-11111111"]'),
        ("skip_ous", TEXTS, ANY, "--skip-ou", "Skip the accounts of these organizational units.", '["ou-ab12-22222222"]'),
        ("states", TEXTS, ANY, "--state", "Read only accounts in these states.", '["ACTIVE"]', STATES),
        ("regions", TEXTS, ANY, "--region", "The regions for LookupEvents, or `all`.", '["us-east-1", "eu-west-1"]'),
        ("events", TEXTS, ANY, "--event", "The events to look up instead of the default events.", '["all-writes"]'),
        ("trail", TEXT, TRUSTED, "--trail", "Also read the log files of a trail: s3://BUCKET/PREFIX or auto.", '"auto"'),
        (
            "trail_role", TEXT, TRUSTED, "--trail-role", "The ARN of a role to assume to read the bucket of the trail.",
            '"arn:aws:iam::777788889999:role/logs"',
        ),
        ("no_reuse", BOOLEAN, ANY, "--no-reuse", "Request all events again, including those that an earlier run has.", "true"),
        ("days", INTEGER, ANY, "--days", "Read the events of the last N days.", "30"),
        ("start_date", DATE, ANY, "--start-date", "The first day of events.", "2026-03-01"),
        ("end_date", DATE, ANY, "--end-date", "The last day of events.", "2026-03-31"),
        ("tables", TEXTS, ANY, "--table", "Collect only these tables, or the tables that match these patterns.", '["aws_iam_*"]'),
        ("for", TEXTS, ANY, "--for", "Also collect the on-demand tables that these controls and queries need.", '["cis_v7.0"]'),
        ("fresh", BOOLEAN, ANY, "--fresh", "Also make calls for each user.", "true"),
        ("trust_report", BOOLEAN, ANY, "--trust-report", "Use the credential report instead of calls for each user.", "true"),
        ("transport", TEXT, ANY, "--transport", "What sends the requests.", '"botocore"', TRANSPORTS),
        ("max_calls", INTEGER, ANY, "--max-calls", "Stop collecting after N calls.", "100000"),
        ("strict", BOOLEAN, ANY, "--strict", "Exit with code 3 if an account or a call could not be read.", "true"),
    )
)  # fmt: skip
CHECK = (
    Setting("check", "benchmarks", TEXTS, ANY, "names", "What `check` runs without arguments.", '["cis_v7.0"]'),
    Setting("check", "severity", TEXT, ANY, "--severity", "The minimum severity.", '"medium"', LEVELS),
    Setting("check", "fail_on", TEXT, ANY, "--fail-on", "The results that set the exit code.", '"alarm"', FAIL_ON),
)
REPORT = (
    Setting("report", "benchmarks", TEXTS, ANY, "--benchmark", "The controls of the page.", '["iamsql"]'),
    Setting("report", "trend", INTEGER, ANY, "--trend", "The number of earlier runs in the trends.", "10"),
)
NOTIFY = (
    Setting("notify", "to", TEXTS, TRUSTED, "--to", "The targets of notifications.", '["slack"]', (), True),
    Setting("notify", "on", TEXTS, ANY, "--on", "The kinds of changes to send.", '["opened", "unknown"]'),
    Setting("notify", "severity", TEXT, ANY, "--severity", "The minimum severity of findings.", '"high"'),
    Setting("notify", "benchmarks", TEXTS, ANY, "--benchmark", "The controls whose findings are sent.", '["iamsql"]'),
    Setting("notify", "limit", INTEGER, ANY, "--limit", "The number of changes that a message lists.", "20"),
    Setting("notify", "link", TEXT, TRUSTED, "--link", "The URL of the report.", '"https://reports.example.com/"', (), True),
    Setting("notify", "profile", TEXT, TRUSTED, "--profile", "The AWS profile that AWS targets use.", '"audit"'),
    Setting(
        "notify", "securityhub_role", TEXT, TRUSTED, "--securityhub-role", "The role to assume in each account for Security Hub.",
        '"iamsql-securityhub"',
    ),
    Setting(
        "notify", "securityhub_account", TEXT, TRUSTED, "--securityhub-account",
        "Where findings are imported: member, administrator, or an account ID.", '"member"',
    ),
    Setting(
        "notify", "securityhub_region", TEXT, TRUSTED, "--securityhub-region", "The region that receives the findings.",
        '"eu-west-1"',
    ),
    Setting("notify", "ses_region", TEXT, TRUSTED, "--ses-region", "The region of SES.", '"eu-west-1"'),
    Setting("notify", "sse_kms_key", TEXT, TRUSTED, "--sse-kms-key", "The KMS key that encrypts files in S3.", '"alias/audit"'),
    Setting(
        "notify", "webhook_secret", TEXT, TRUSTED, "--webhook-secret", "The source of the secret that signs webhook messages.",
        '"ssm:/iamsql/webhook"',
    ),
)  # fmt: skip
RUN = (
    Setting("run", "report", PATH, TRUSTED, "--report", "The file of the HTML report.", '"report.html"', suffixes=(".html",)),
    Setting("run", "archive", TEXT, TRUSTED, "--archive", "Where runs and the state are kept.", '"s3://bucket/prefix"'),
    Setting("run", "restore", INTEGER, ANY, "--restore", "The number of runs to restore from the archive.", "3"),
    Setting("run", "exports", PATHS, TRUSTED, "--export", "Files for the results of the controls.", '["results.csv"]'),
    Setting("run", "strict", BOOLEAN, ANY, "--strict", "Exit with code 3 if an account or a call could not be read.", "true"),
    Setting("run", "keep", INTEGER, TRUSTED, "--keep", "Keep the N newest finished runs.", "30"),
    Setting("run", "older_than", TEXT, TRUSTED, "--older-than", "Keep runs that started less than this age ago.", '"90d"'),
    Setting("run", "fail_on", TEXT, ANY, "--fail-on", "The results that set the exit code.", '"none"'),
    Setting(
        "run", "summary", PATH, TRUSTED, "--summary", "The file of the summary as JSON.", '"summary.json"', suffixes=(".json",)
    ),
)  # fmt: skip
BY_SECTION = {"": EVERY_COMMAND, "sync": SYNC, "check": CHECK, "report": REPORT, "notify": NOTIFY, "run": RUN}
SETTINGS = tuple(setting for settings in BY_SECTION.values() for setting in settings)
# Options of `sync` that belong together: where one of a group is given, those of a lower precedence are ignored.
GROUPS = (("days", "start_date", "end_date"), ("fresh", "trust_report"))
# An organization has the settings of `sync` and its runs folder directly, and a table for each other command.
TABLES_OF_ORGANIZATION = ("check", "report", "notify", "run")
ORGANIZATION_NAME = r"[a-z0-9_-]+"
