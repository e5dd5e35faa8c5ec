"""Read the access keys and users of a run as tables, and the histograms of the keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from iamsql import catalog
from iamsql.model import Query, Result
from iamsql.report.contents import Histogram
from iamsql.report.queries import AUDIT_TABLE, KEY_DAYS_SQL, KEYS_SQL, USERS_SQL
from iamsql.runs.coverage.caveats import caveats
from iamsql.runs.coverage.not_collected import find_uncollected, not_collected_error
from iamsql.runs.lineage import coverage
from iamsql.runs.store.reader import Reader

AGE_BUCKETS = ((30, "0-30"), (90, "31-90"), (180, "91-180"), (365, "181-365"))  # the last day of a bucket, and its name
OLDEST_BUCKET, NEVER_BUCKET = "366+", "never"


def store_audit(reader: Reader, audit_report: Query) -> None:
    """Store the rows of audit_report, which are slow to compute, for the tables of keys and users."""
    reader.store_select(AUDIT_TABLE, audit_report.sql, catalog.bind(audit_report, {}))


def read_keys(reader: Reader) -> tuple[Result, str]:
    """Return a row for each access key, including keys of root users (without an ID), and a sentence about missing data.

    - `usage` is used, never or unknown.
    - The columns of the last use are NULL unless `usage` is used.
    - In the other columns, NULL is a value that was not read.

    Raise IamsqlError if the run did not collect keys.
    """
    return _rows_with_caveats(reader, "aws_iam_access_key", KEYS_SQL)


def read_users(reader: Reader) -> tuple[Result, str]:
    """Return a row for each IAM user, and a sentence about missing data.

    - `sign_in` is used, never or unknown.
    - `mfa` is none, unknown or the type of the device.
    - `groups` is '' for none.
    - In the other columns, NULL is a value that was not read. `unknowns` lists these values.

    Raise IamsqlError if the run did not collect users.
    """
    return _rows_with_caveats(reader, "aws_iam_user", USERS_SQL)


def key_histograms(reader: Reader) -> tuple[Histogram, Histogram]:
    """Return the active access keys by age and by days since the last use.

    Raise IamsqlError if the run did not collect keys.
    """
    _require_collected(reader, "aws_iam_access_key")
    rows = reader.run(KEY_DAYS_SQL).rows
    ages = _build_histogram(age for age, *_ in rows)
    uses = Counter(_bucket_of_last_use(*use) for _, *use in rows)
    return ages, Histogram([(name, uses[name]) for name in (*_bucket_names(), NEVER_BUCKET)], uses[""])


def _rows_with_caveats(reader: Reader, table: str, sql: str) -> tuple[Result, str]:
    """Return the rows of a SELECT over a table, and the caveats of the table, one per line."""
    _require_collected(reader, table)
    result = reader.run(sql)
    table_coverage = coverage(reader, f"select * from {table}", {table})
    return result, "\n".join(caveats(table_coverage, reader.metadata, not result.rows))


def _require_collected(reader: Reader, table: str) -> None:
    if missing_calls := find_uncollected(reader, [table]):
        raise not_collected_error(reader.metadata, missing_calls, missing_calls)


def _build_histogram(days: Iterable[int | None]) -> Histogram:
    counts = Counter("" if number is None else _find_bucket(number) for number in days)
    return Histogram([(name, counts[name]) for name in _bucket_names()], counts[""])


def _bucket_of_last_use(days: int | None, is_known: bool) -> str:
    """Return the bucket of a last use; '' if it is unknown."""
    if days is None:
        return NEVER_BUCKET if is_known else ""
    return _find_bucket(days)


def _find_bucket(days: int) -> str:
    return next((name for last, name in AGE_BUCKETS if days <= last), OLDEST_BUCKET)


def _bucket_names() -> list[str]:
    return [*(name for _, name in AGE_BUCKETS), OLDEST_BUCKET]
