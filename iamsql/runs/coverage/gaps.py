"""Missing data, with a description: one row for each table, account, region and call. It is the view `iamsql.gaps`.

Every sentence about missing data uses these descriptions. iamsql runs the SQL of this module and never reads the view of a
file, because the file may contain another relation of that name.
"""

from __future__ import annotations

from iamsql.sqltext import literal

INACTIVE = "('account_suspended', 'account_closed', 'account_pending')"  # error codes of accounts that are never read
UNSELECTED = "coalesce(c.status = 'skipped' and c.error_code in ('not_selected', 'account_not_selected'), false)"

FAILED_CALL = "concat(c.service, ':', c.operation, ' ', c.status, ' (' || nullif(c.error_code, c.status) || ')')"

# `kind` is counted by table and `summary` by account; `reason` is a complete phrase. A gap of a complete account, such as a
# role that could not be assumed, does not contain the call.
WORDS = f"""case
        when c.error_code = 'AssumeRole' then {{
            'kind': 'AssumeRole failed',
            'summary': concat('AssumeRole failed', ' (' || r.code || ')'),
            'reason': concat('AssumeRole failed', ' (' || r.code || ')')}}
        when a.outcome = 'assume_role_failed' and c.error_code in ('credentials_expired', 'max_calls') then {{
            'kind': 'AssumeRole failed',
            'summary': concat('AssumeRole failed (', c.error_code, ')'),
            'reason': concat('AssumeRole failed (', c.error_code, ')')}}
        when c.status = 'skipped' and c.error_code in {INACTIVE} then {{
            'kind': replace(c.error_code, 'account_', ''),
            'summary': replace(c.error_code, 'account_', ''),
            'reason': replace(c.error_code, '_', ' ')}}
        when c.error_code = 'trust_report' then {{
            'kind': 'partial',
            'summary': 'read by trust_report',
            'reason': 'read by trust_report'}}
        when c.error_code = 'not_reached' then {{
            'kind': 'not reached',
            'summary': 'not reached',
            'reason': 'not reached before the run was interrupted'}}
        when c.error_code = 'shard_missing' then {{
            'kind': 'not reached',
            'summary': 'not reached',
            'reason': 'not reached, because its shard is missing'}}
        when c.error_code = 'not_reconstructed' then {{
            'kind': 'not reconstructed',
            'summary': concat('not reconstructed ', c.service, ':', c.operation),
            'reason': concat(c.service, ':', c.operation, ' not reconstructed: ', c.error_message)}}
        when c.error_code = 'events_missing' then {{
            'kind': 'not reconstructed',
            'summary': 'not reconstructed',
            'reason': concat('not reconstructed: ', c.error_message)}}
        when c.error_code = 'not_imported' then {{
            'kind': 'not imported',
            'summary': 'not imported',
            'reason': concat('no file for ', c.service, ':', c.operation)}}
        when c.error_code = 'max_calls' then {{
            'kind': 'stopped by --max-calls',
            'summary': 'stopped by --max-calls',
            'reason': concat(c.service, ':', c.operation, ' stopped by --max-calls')}}
        when {UNSELECTED} then {{
            'kind': 'not collected',
            'summary': 'not collected',
            'reason': concat('not collected (', c.service, ':', c.operation, ')')}}
        when c.status = 'not_requested' then {{
            'kind': 'not requested',
            'summary': concat('not requested ', c.service, ':', c.operation, ' after ', c.error_code),
            'reason': concat(c.service, ':', c.operation, ' not requested, because ', c.error_code, ' failed')}}
        else {{
            'kind': c.status,
            'summary': concat(c.status, ' ', c.service, ':', c.operation),
            'reason': {FAILED_CALL}}}
    end"""


# The calls of raw tables, `$by_account`, without a row of coverage in an account. A raw table has the items of one call. A fallback
# call is made in few accounts.
RAW_ASKED = """
    union all by name
    select w.table_name, w.service, w.operation, a.account_id, a.name as account_name,
        coalesce(s.state.status, 'skipped') as status, coalesce(s.state.error_code, 'not_selected') as error_code
    from (select part[1] as table_name, part[2] as service, part[3] as operation
        from (select unnest($by_account::varchar[][]) as part)) w
    cross join iamsql.accounts a
    left join (
        select account_id, max({'status': status, 'error_code': error_code}) as state from iamsql.coverage
        where status not in ('ok', 'not_applicable') and service <> 'sts' group by all
    ) s on s.account_id = a.account_id and a.outcome not in ('complete', 'incomplete')
    where a.selected and not exists (
        from iamsql.coverage c
        where c.account_id = a.account_id and c.service = w.service and c.operation = w.operation
            and c.error_code is distinct from 'not_selected')"""


def gaps_ctes(calls: str, unused: str = "false", excluded: str = UNSELECTED, extra_rows: str = "") -> str:
    """Return the CTEs `asked` and `gaps`, over `calls`, which has the columns of iamsql.table_calls.

    `asked` has the rows of iamsql.coverage for the calls of each table. `gaps` has the failed rows among them, unless all
    fallbacks of the failed call succeeded in the account. Calls that meet the condition `unused` do not count, nor do rows
    of coverage that meet `excluded`. `extra_rows` is SQL that adds rows to `asked`, such as RAW_ASKED.
    """
    return f"""
calls as (
    {calls}
), asked as (
    select w.table_name, c.*
    from (select distinct table_name, service, operation from calls where fallback_for is null and not ({unused})) w
    join iamsql.coverage c using (service, operation)
    where not {excluded}{extra_rows}
), failed as (
    select * from asked where status not in ('ok', 'not_applicable')
), stood_in as (
    select f.table_name, f.account_id, f.operation
    from (select distinct table_name, account_id, operation from failed) f
    join calls s on s.table_name = f.table_name and s.fallback_for = f.operation
    left join iamsql.coverage c
        on c.account_id = f.account_id and c.service = s.service and c.operation = s.operation
    group by all
    having bool_and(coalesce(c.status in ('ok', 'not_applicable'), false))
), added_calls as (
    -- a fallback that was called although the main call succeeded, such as the log files of a trail in addition to look-ups
    select w.table_name, c.* from (
        select distinct table_name, service, operation, fallback_for from calls
        where fallback_for is not null and not ({unused})) w
    join iamsql.coverage c using (service, operation)
    where c.status not in ('ok', 'not_applicable', 'skipped')
        and not exists (
            from failed f
            where f.table_name = w.table_name and f.account_id = c.account_id and f.operation = w.fallback_for)
), missing as (
    select * from failed anti join stood_in using (table_name, account_id, operation)
    union all select * from added_calls
), refused as (
    select account_id, min(error_code) as code from iamsql.coverage
    where service = 'sts' and operation = 'AssumeRole' and status <> 'ok' group by all
), gaps as (
    select c.*, unnest({WORDS})
    from missing c
    left join iamsql.accounts a on a.account_id = c.account_id
    left join refused r on r.account_id = c.account_id
)"""


COMMENT = (
    "The missing data of each table: a row for each account, region and call that failed or was not made, unless other calls "
    "returned the same data. Answers count kind and summary; reason describes one gap."
)
VIEW = (
    "create or replace view iamsql.gaps as with"
    + gaps_ctes("select * from iamsql.table_calls", excluded="coalesce(c.error_code = 'account_not_selected', false)")
    + """
select account_id, account_name, region, table_name, service, operation, status, error_code, error_message, kind, summary, reason
from gaps"""
)


def view_statements() -> list[str]:
    """Return the statements that create the view iamsql.gaps with its comment."""
    return [VIEW, f"comment on view iamsql.gaps is {literal(COMMENT)}"]
