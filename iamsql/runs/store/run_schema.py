"""The schema iamsql of a run file: the run, its accounts, coverage and queries."""

from iamsql.sqltext import literal

TABLES = {
    "run": "run_id VARCHAR, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, iamsql_version VARCHAR, schema_fingerprint VARCHAR, "
    'caller_arn VARCHAR, "partition" VARCHAR, organization_id VARCHAR, management_account_id VARCHAR, '
    "window_start TIMESTAMPTZ, window_end TIMESTAMPTZ, options JSON, notes JSON, status VARCHAR, resumed_at TIMESTAMPTZ, "
    "reused_from VARCHAR, reused_started_at TIMESTAMPTZ",
    "accounts": "account_id VARCHAR, name VARCHAR, email VARCHAR, state VARCHAR, ou_path VARCHAR, selected BOOLEAN, "
    "role_used VARCHAR, outcome VARCHAR, reason VARCHAR, position BIGINT",
    "coverage": "account_id VARCHAR, account_name VARCHAR, region VARCHAR, service VARCHAR, operation VARCHAR, status VARCHAR, "
    "error_code VARCHAR, error_message VARCHAR, items BIGINT, requests BIGINT, throttles BIGINT, retries BIGINT, "
    "seconds DOUBLE, started_at TIMESTAMPTZ, reused_from VARCHAR",
    "event_coverage": "account_id VARCHAR, region VARCHAR, source VARCHAR, look_up VARCHAR, status VARCHAR, error_code VARCHAR, "
    "window_start TIMESTAMPTZ, window_end TIMESTAMPTZ, events BIGINT, objects BIGINT, reused_from VARCHAR, "
    "reused_until TIMESTAMPTZ",
    "queries": "name VARCHAR, version BIGINT, title VARCHAR, kind VARCHAR, severity VARCHAR, tags VARCHAR, params JSON, "
    "tables JSON, sql VARCHAR, hash VARCHAR",
    "phases": "phase VARCHAR, start_seconds DOUBLE, seconds DOUBLE, requests BIGINT",
    "table_calls": "table_name VARCHAR, service VARCHAR, operation VARCHAR, fallback_for VARCHAR",
    "rate_limits": "account_id VARCHAR, region VARCHAR, quota VARCHAR, rate DOUBLE, burst DOUBLE, requests BIGINT, "
    "throttles BIGINT, throttled_at TIMESTAMPTZ",
    "compat": "duckdb VARCHAR, tested VARCHAR, tables BIGINT, of_tables BIGINT, macros BIGINT, of_macros BIGINT, "
    "named_arguments BIGINT, of_named_arguments BIGINT, note VARCHAR",
}
COMMENTS = {
    "run": "One row that describes this file. Its data was collected at two times if resumed_at or reused_from is set.",
    "accounts": "One row for each account that the organization lists, with the outcome of the run.",
    "coverage": "One row for each account, region and call that the run planned, with its status.",
    "event_coverage": "One row for each look-up and trail: which events were read, and from which earlier run they were copied.",
    "phases": "The phases of the sync, which overlap: their seconds, since the start of the sync and in total, and their requests.",
    "queries": "The shipped queries of the version that wrote the file. Each is also a table macro.",
    "table_calls": "The calls that return the data of each table.",
    "rate_limits": "The request rates that the run found. The next sync starts from them. The rate and the burst, in requests "
    "per second and in requests, are limits of AWS if throttled_at is set; otherwise they were reached without being throttled.",
    "compat": "The versions of DuckDB that read this file: how many of its tables and macros return what they return in the newest "
    "version, and how many macros accept the names of their parameters. Tested with the sample organization.",
}
STATUS = (
    "ok; partial (some pages or parents failed); denied, throttled, expired or error (AWS's code is in error_code); not_requested "
    "(never sent: error_code is the call that failed before it); skipped (the account is suspended, closed or was not "
    "selected, or the call was not: error_code says which); not_applicable (the call has no data there, as in a region that "
    "is not enabled)."
)
API_CALLS = (
    "create or replace view iamsql.api_calls as select account_id, account_name, service, operation, "
    "sum(requests)::bigint as requests, sum(retries)::bigint as retries, sum(throttles)::bigint as throttles, "
    "sum(seconds) as seconds from iamsql.coverage group by all"
)
AS_OF = "create or replace {} macro as_of() as (select r.started_at from iamsql.run r)"  # temp, or nothing
RUNNING = "running"  # status of a run that is not finished, or was interrupted


def split_columns(declared: str) -> list[tuple[str, str]]:
    """Return the names and types of columns that a CREATE TABLE declares without commas in a type."""
    pairs = (column.strip().rpartition(" ") for column in declared.split(","))
    return [(name.strip('"'), column_type) for name, _, column_type in pairs]


def schemas() -> list[str]:
    """Return the statements that create the schemas raw and iamsql, and the tables of iamsql."""
    tables = [f"create table iamsql.{name} ({columns})" for name, columns in TABLES.items()]
    comments = [f"comment on table iamsql.{name} is {literal(COMMENTS[name])}" for name in TABLES]
    comments.append(f"comment on column iamsql.coverage.status is {literal(STATUS)}")
    return ["create schema raw", "create schema iamsql", *tables, *comments, API_CALLS]
