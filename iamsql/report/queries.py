"""The SQL of the sections of the page, and the names of the shipped queries that they read.

A run file of an earlier schema gets views for all of it when it is opened, so each section is a plain SELECT.
"""

from __future__ import annotations

from dataclasses import replace

from iamsql import catalog
from iamsql.check.selection import CheckCatalog
from iamsql.model import Query

AUDIT_TABLE = "report_audit"  # the rows of the query audit_report, which the sections of keys and users read
REPORT_QUERIES = ("audit_report", "skipped_accounts", "top_risks")
# The shipped queries that an error about missing data names.
EVENTS_QUERY, PATHS_QUERY, PRINCIPAL_QUERY = "sign_ins", "escalation_paths", "principal_report"

ACCOUNTS_SQL = """
select account_id, coalesce(name, ''), coalesce(ou_path, ''), coalesce(outcome, 'interrupted'), coalesce(selected, true)
from iamsql.accounts order by position, account_id
"""
# The users and keys of IAM; the root users are in the tables of the credential reports and account summaries.
COUNT_SQL = {
    "users": "select count(*) from aws_iam_user",
    "active_keys": "select count(*) from aws_iam_access_key where status = 'Active'",
    "old_keys": """
select count(*) from aws_iam_access_key
where status = 'Active' and create_date <= as_of() - 90 * interval '24 hours'
""",
    "users_without_mfa": "select count(*) from aws_iam_user where password_enabled and not mfa_enabled",
    # Users and roles that become administrators in steps, and administrators with a password and without MFA.
    "risky_admins": """
select count(*) from (
    select principal from iam_escalation_paths(false) where method <> 'administrator'
    union
    select a.principal from iam_admins() a join aws_iam_user u on u.arn = a.principal
    where a.verdict <> 'unknown' and u.password_enabled and not u.mfa_enabled
)
""",
}
# Users with an unknown value, so the count is a lower bound.
UNKNOWN_COUNT_SQL = {
    "old_keys": "select count(*) from aws_iam_access_key where status = 'Active' and create_date is null",
    "users_without_mfa": """
select count(*) from aws_iam_user
where password_enabled is null and mfa_enabled is not true or password_enabled and mfa_enabled is null
""",
    "risky_admins": """
select count(*) from iam_admins() a join aws_iam_user u on u.arn = a.principal
where u.password_enabled is null and u.mfa_enabled is not true or u.password_enabled and u.mfa_enabled is null
""",
}
KEY_DAYS_SQL = """
select days_between(create_date, as_of()), days_between(access_key_last_used_date, as_of()),
    coalesce(last_used_known, false)
from aws_iam_access_key where status = 'Active'
"""
# From the keys, and not from audit_report alone, which has no row for a key without its user.
KEYS_SQL = f"""
with keys as (
    select
        k.account_id, k.user_name, k.access_key_id, k.position, k.status, k.create_date as created,
        k.access_key_last_used_date as last_used, coalesce(k.last_used_known, false) as is_known,
        k.access_key_last_used_service as service, k.access_key_last_used_region as region, r.administrator, r.risk_score
    from aws_iam_access_key k
    left join {AUDIT_TABLE} r on r.account_id = k.account_id and r.access_key_id = k.access_key_id
    union all
    select
        account_id, user_name, null, key_slot, key_status, key_created, key_last_used, key_unused_days is not null,
        key_last_used_service, key_last_used_region, administrator, risk_score
    from {AUDIT_TABLE} where principal = 'root' and key_slot is not null
)
select
    k.account_id, a.name as account_name, a.ou_path, k.user_name, k.access_key_id, k.status, k.created,
    days_between(k.created, as_of()) as age_days, k.last_used,
    case when k.last_used is not null then 'used' when k.is_known then 'never' else 'unknown' end as usage,
    case when k.last_used is not null or k.is_known then days_between(coalesce(k.last_used, k.created), as_of()) end
        as unused_days,
    k.service as last_used_service, k.region as last_used_region, k.administrator, k.risk_score
from keys k left join iamsql.accounts a on a.account_id = k.account_id
order by a.position, k.account_id, k.access_key_id is not null, k.user_name, k.position
"""
USERS_SQL = f"""
select
    account_id, account_name, ou_path, user_name, user_age_days as age_days, password_enabled as password,
    password_last_used as last_sign_in,
    case
        when password_last_used is not null then 'used'
        when coalesce(unknowns, '') like '%last sign-in%' or password_enabled is null then 'unknown'
        else 'never'
    end as sign_in,
    mfa, active_keys,
    case when coalesce(unknowns, '') not like '%groups%' then coalesce(groups, '') end as groups,
    administrator, user_risk as risk_score, unknowns
from {AUDIT_TABLE} where principal = 'user'
qualify row_number() over (partition by account_id, user_name order by rowid) = 1 order by rowid
"""
ESCALATION_TABLE = "report_escalation_paths"
# Without a method of the first step, the macro returns the most certain and then shortest path of each principal.
ESCALATION_SQL = "from iam_escalation_paths(false)"
REPLACE_ESCALATION_SQL = (
    f"create or replace temp macro iam_escalation_paths(every_method) as table select * from {ESCALATION_TABLE}"
)
WORST_PATHS_SQL = """
select
    p.account_id, coalesce(a.name, ''), p.principal, p.verdict, array_to_string(p.conditions, ', '), p.path
from iam_escalation_paths(false) p left join iamsql.accounts a on a.account_id = p.account_id
where p.method <> 'administrator'
order by p.uncertainty, p.steps, a.position, p.principal limit 10
"""
ESCALATION_TOTAL_SQL = """
select verdict, count(distinct principal) from iam_escalation_paths(false) where method <> 'administrator' group by all order by all
"""
PRINCIPALS_SQL = """
select account_id, case type when 'User' then 'user' else 'role' end, name, principal_arn
from aws_iam_principal where not iam_is_service_linked_role(principal_arn) order by account_id, principal_arn
"""
# The findings of detections are read from the run by all detections.
PRINCIPAL_SECTIONS_SQL = """
with sections as (
    from principal_identity($arns) union all from principal_permissions($arns, true)
    union all from principal_activity($arns) union all from principal_unknowns($arns)
)
select
    s.principal, split_part(s.principal, ':', 5) as account_id, a.name as account_name, s.section, s.item, s.value, s.detail,
    s.source
from sections s left join iamsql.accounts a on a.account_id = split_part(s.principal, ':', 5)
order by
    s.principal, s.place, case when s.value in ('certain', 'allowed') then 1 when s.value = 'conditional' then 2 else 3 end,
    s.item, s.value, s.detail
"""
SIGN_INS_SQL = """
select strftime(event_time, '%Y-%m-%d'), count(*) filter (outcome is distinct from 'Failure'),
    count(*) filter (outcome = 'Failure')
from sign_in_attempts() where event_name <> 'CredentialVerification' or outcome = 'Failure' group by all
"""
ROOT_EVENTS_SQL = """
select strftime(event_time, '%Y-%m-%d'), count(*) from aws_cloudtrail_event
where coalesce(user_type = 'Root', username = 'root') group by all
"""


def shipped_query(checks: CheckCatalog, name: str) -> Query:
    """Return the newest version of a query that iamsql ships, even if a user's file of that name is newer or invalid."""
    return [query for query in checks.queries[name] if query.shipped][-1]


def query_variant(checks: CheckCatalog, name: str, sql: str) -> Query:
    """Return a shipped query with other SQL, so an error about missing data has the command for the shipped query."""
    return replace(shipped_query(checks, name), sql=sql, params=())


def count_queries(checks: CheckCatalog) -> list[Query]:
    """Return the queries of the key numbers, apart from controls."""
    report_queries = [catalog.query_from_sql(sql) for sql in (*COUNT_SQL.values(), *UNKNOWN_COUNT_SQL.values())]
    return [shipped_query(checks, "root_keys"), *report_queries]


def all_queries(checks: CheckCatalog) -> list[Query]:
    """Return all queries that the sections read, apart from controls and detections."""
    report_queries = [
        catalog.query_from_sql(sql)
        for sql in (
            KEY_DAYS_SQL,
            WORST_PATHS_SQL,
            ESCALATION_TOTAL_SQL,
            PRINCIPALS_SQL,
            PRINCIPAL_SECTIONS_SQL,
            SIGN_INS_SQL,
            ROOT_EVENTS_SQL,
        )
    ]
    return [*(shipped_query(checks, name) for name in REPORT_QUERIES), *count_queries(checks), *report_queries]
