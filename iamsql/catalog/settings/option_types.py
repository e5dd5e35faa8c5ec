"""Check option values: the words that options take, and a function for each form of a value.

Options of the command line, of iamsql.toml, of the Python API and of a run follow the same rules. Each check takes the name of the
option and its value, returns the value, and raises IamsqlError for a value of another form.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from iamsql.escaping import printable
from iamsql.model import SEVERITIES, IamsqlError

Texts = tuple[str, ...]
LEVELS = tuple(reversed(SEVERITIES))  # the highest severity first
FAIL_ON = ("any", "alarm", "error", "none")  # the results of controls that set an exit code
# The versions of OCSF with the classes Compliance Finding and Detection Finding.
OCSF_VERSIONS = ("1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0", "1.7.0", "1.8.0")
CHANGE_KINDS = ("opened", "administrator", "key", "unknown", "account", "resolved")  # that notifications report
AUTO_TRAIL = "auto"  # the organization trail, which DescribeTrails returns
ACCOUNT_STATES = ("PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED")
ASYNCIO, BOTOCORE = "asyncio", "botocore"  # what sends the requests of a sync
TRANSPORTS = (ASYNCIO, BOTOCORE)
REGION_PATTERN = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
EVENT_NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9]{1,99}")
ACCOUNT_ID_PATTERN = re.compile(r"\d{12}")
# The IAM API: a role name has up to 64 of these characters, a path up to 512 characters from ! to ~.
ROLE_NAME_PATTERN = re.compile(r"[\w+=,.@/-]{1,576}", re.ASCII)
ROLE_ARN_PATTERN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[!-~]{1,576}")
EXTERNAL_ID_PATTERN = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)  # externalIdType in botocore's model of STS
PRINCIPAL_PATTERN = re.compile(
    rf"arn:aws[a-z-]*:iam::\d{{12}}:(root|(role|user)/[\w+=,.@/-]+)|{ACCOUNT_ID_PATTERN.pattern}"
)
ORGANIZATION_ID_PATTERN = re.compile(r"o-[a-z0-9]{10,32}")  # API reference of Organizations: Organization.Id
SECURITY_HUB_ACCOUNT_PATTERN = re.compile(
    rf"member|administrator|{ACCOUNT_ID_PATTERN.pattern}"
)  # where Security Hub receives findings
BUCKET_NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3 User Guide, bucket naming rules
TRAIL_URL_PATTERN = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<path>.*))?")
# The characters that the S3 User Guide calls safe for keys; a prefix of other characters needs encoding in some tools.
KEY_PREFIX_PATTERN = re.compile(r"[A-Za-z0-9!_.*'()=/-]*")
DAYS_BY_UNIT = {"d": 1, "w": 7, "m": 30, "y": 365}
AGE_PATTERN = re.compile(r"(\d{1,5})([dwmy])", re.ASCII)
MAX_PREFIX_BYTES = 700  # bytes of 1,024 that a key may have
SHARD_PATTERN = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})", re.ASCII)
HOSTILE = "hostile"  # the sample organization with hostile names
MAX_TEXT_CHARACTERS = 1024  # the maximum length of an S3 key, the longest of these texts


def demo(flag: str, value: bool | str) -> bool | str:
    """Check which sample organization is read: the one of the documentation, or the one with hostile names."""
    if not isinstance(value, bool) and value != HOSTILE:
        raise IamsqlError(f"{flag} takes no value or {HOSTILE}, not {printable(value)!r}.")
    return value


def sample_day(flag: str, value: int) -> int:
    """Check a day of the sample organization."""
    if value not in (1, 2, 3):
        raise IamsqlError(f"{flag} takes 1, 2 or 3, not {value}.")
    return value


def account_id(flag: str, value: str) -> str:
    """Check an account ID: twelve digits."""
    return _require_form(flag, (value,), ACCOUNT_ID_PATTERN, "an account ID of 12 digits")[0]


def positive_seconds(flag: str, value: float) -> float:
    """Check a number of seconds, which is more than 0."""
    if not value > 0:
        raise IamsqlError(f"{flag} takes a number of seconds that is more than 0, not {value:g}.")
    return value


def account_ids(flag: str, values: Texts) -> Texts:
    """Check account IDs: twelve digits."""
    return _require_form(flag, values, ACCOUNT_ID_PATTERN, "an account ID of 12 digits")


def states(flag: str, values: Texts) -> Texts:
    """Check account states."""
    for value in values:
        if value not in ACCOUNT_STATES:
            raise IamsqlError(f"{flag} takes {', '.join(ACCOUNT_STATES[:-1])} or {ACCOUNT_STATES[-1]}, not {value!r}.")
    return values


def regions(flag: str, values: Texts) -> Texts:
    """Check region names; `all` is valid without another region."""
    if "all" in values and len(values) > 1:
        raise IamsqlError(f"{flag} all cannot be combined with other regions.")
    return _require_form(flag, values, REGION_PATTERN, "a region such as us-east-1", "all")


def events(flag: str, values: Texts) -> Texts:
    """Check event names; `none` is valid without another event."""
    if "none" in values and len(values) > 1:
        raise IamsqlError(f"{flag} none cannot be combined with other events.")
    return _require_form(flag, values, EVENT_NAME_PATTERN, "the name of an event such as CreateUser", "all-writes")


def day(flag: str, value: str) -> str:
    """Check a date, and return it in the form 2026-03-01."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise IamsqlError(f"{flag} takes a date such as 2026-03-01, not {value!r}.") from None


def shard(flag: str, value: str) -> str:
    """Check a shard, such as 3/8: its number, and the number of shards."""
    match = SHARD_PATTERN.fullmatch(value)
    if not match or int(match[1]) > int(match[2]):
        raise IamsqlError(f"{flag} takes the number of the shard and of all shards, such as 3/8, not {value!r}.")
    return value


def moment(flag: str, value: str) -> str:
    """Check a time with a time zone, and return it in UTC, without fractions of a second."""
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise IamsqlError(f"{flag} takes a time such as 2026-03-01T12:00:00Z, not {value!r}.")
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def require_valid_window(days: int | None, start: str | None, end: str | None) -> None:
    """Raise IamsqlError for a time window that is empty, or that is given in two ways."""
    if days is not None and days < 1:
        raise IamsqlError(f"--days must be 1 or more, not {days}.")
    if days is not None and start:
        raise IamsqlError("Give --days or --start-date, not both.")
    if start and end and end < start:
        raise IamsqlError(f"--end-date {end} is before --start-date {start}.")


def role_names(flag: str, values: Texts) -> Texts:
    """Check role names, which may have a path."""
    return _require_form(flag, values, ROLE_NAME_PATTERN, "the name of a role such as iamsql-audit")


def role_arn(flag: str, value: str) -> str:
    """Check the ARN of an IAM role."""
    if not ROLE_ARN_PATTERN.fullmatch(value):
        raise IamsqlError(f"{flag} takes a role such as arn:aws:iam::111122223333:role/reader, not {value!r}.")
    return value


def trail(flag: str, value: str) -> str:
    """Check the location of a trail's log files."""
    if value != AUTO_TRAIL:
        trail_url(flag, printable_text(flag, value))
    return value


def trail_url(_flag: str, value: str) -> re.Match[str]:
    """Return the match of s3://bucket/prefix, with the groups `bucket` and `path`."""
    if not (match := TRAIL_URL_PATTERN.fullmatch(value)):
        raise IamsqlError(
            f"{value!r} is not an S3 URL with a bucket.\nGive --trail s3://bucket/prefix, or --trail auto."
        )
    return match


def external_id(flag: str, value: str) -> str:
    """Check an external ID. The error does not repeat the ID; STS would repeat an invalid one in its error."""
    if not EXTERNAL_ID_PATTERN.fullmatch(value):
        raise IamsqlError(f"{flag} takes 2 to 1224 letters, digits and characters of +=,.@:/_-.")
    return value


def trusted_external_id(flag: str, value: str) -> str:
    """Check an external ID of a trust policy, which is not a secret of the command line."""
    return _require_form(flag, (value,), EXTERNAL_ID_PATTERN, "2 to 1,224 letters, digits and +=,.@:/-_")[0]


def principal(flag: str, value: str) -> str:
    """Check who may assume a role."""
    return _require_form(flag, (value,), PRINCIPAL_PATTERN, "the ARN of a role or user, or an account ID")[0]


def organization_id(flag: str, value: str) -> str:
    """Check the ID of an organization."""
    return _require_form(flag, (value,), ORGANIZATION_ID_PATTERN, "the ID of an organization, such as o-ab12cd34ef")[0]


def security_hub_account(flag: str, value: str) -> str:
    """Check the account that receives findings."""
    if not SECURITY_HUB_ACCOUNT_PATTERN.fullmatch(value):
        raise IamsqlError(f"{flag} takes member, administrator or an account ID, not {value!r}.")
    return value


def change_kinds(_flag: str, values: Texts) -> Texts:
    """Split lists of kinds of changes at commas; every kind if none is named."""
    return tuple(change.strip() for text in values for change in text.split(",") if change.strip()) or CHANGE_KINDS


def age(flag: str, text: str) -> timedelta:
    """Parse an age such as 90d."""
    try:
        return parse_age(text)
    except ValueError as error:
        raise IamsqlError(f"{flag}: {error}") from None


def parse_age(text: str) -> timedelta:
    """Parse an age such as 90d, 12w, 6m or 1y; a month is 30 days, a year 365. Raise ValueError for other text."""
    if not (match := AGE_PATTERN.fullmatch(text.strip().lower())):
        raise ValueError(f"{text!r} is not an age: use 90d, 12w, 6m or 1y.")
    return timedelta(days=int(match[1]) * DAYS_BY_UNIT[match[2]])


def s3_location(text: str) -> tuple[str, str]:
    """Return the bucket and the prefix of s3://BUCKET/PREFIX, without slashes at its ends. Raise IamsqlError for another text."""
    scheme, _, bucket_and_prefix = text.partition("://")
    bucket, _, prefix = bucket_and_prefix.partition("/")
    prefix = prefix.strip("/")
    parts = prefix.split("/") if prefix else []
    is_valid = (
        KEY_PREFIX_PATTERN.fullmatch(prefix) and len(prefix) <= MAX_PREFIX_BYTES and not {"", ".", ".."} & set(parts)
    )
    if scheme != "s3" or not BUCKET_NAME_PATTERN.fullmatch(bucket) or not is_valid:
        raise IamsqlError(
            f"{printable(text)} is not the name of a bucket and a prefix.\nExample: s3://my-bucket/iamsql"
        )
    return bucket, prefix


def printable_text(flag: str, value: str) -> str:
    """Check a text without a defined form, such as the name of a profile: printable, and at most MAX_TEXT_CHARACTERS characters."""
    if not value.isprintable() or len(value) > MAX_TEXT_CHARACTERS:
        raise IamsqlError(f"{flag} takes up to {MAX_TEXT_CHARACTERS} printable characters, not {value!r}.")
    return value


def _require_form(flag: str, values: Texts, pattern: re.Pattern[str], description: str, exempt_word: str = "") -> Texts:
    """Return the values; raise IamsqlError for a value that is neither `word` nor of the form."""
    for value in values:
        if value != exempt_word and not pattern.fullmatch(value):
            raise IamsqlError(f"{flag} takes {description}, not {value!r}.")
    return values
