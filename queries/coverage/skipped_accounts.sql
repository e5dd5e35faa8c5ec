-- title: Accounts that were not read completely, and the remediation for each
-- kind: report
-- severity: high
-- tags: coverage
-- columns: account, outcome, remediation
-- layout: table; below remediation
-- remediation: iamsql query coverage_gaps
-- remediation: iamsql role
-- remediation: iamsql sync --retry-gaps
--
-- Returns one row for each account with missing data: the account denied AssumeRole, is suspended or closed, was
-- excluded from the run, was not reached, or some of its calls were denied, were throttled or failed. `remediation` is
-- what to do: the command to run, or the permission to grant. Reports contain only the data of these accounts that was
-- read.

with failures as (
    select
        c.account_id, c.service, c.operation, c.status, c.error_code,
        call_permission(c.service, c.operation) as permission,
        not (c.service = 's3' and c.operation in ('GetObject', 'ListObjectsV2'))
        and (c.status = 'denied' or coalesce(c.error_code, '') like '%Denied%') as is_denied
    from iamsql.coverage as c
    where
        c.status in ('partial', 'denied', 'throttled', 'expired', 'error')
        or c.error_code in ('max_calls', 'not_imported', 'not_reached')
        or (c.status = 'not_requested' and c.service = 's3' and c.operation in ('GetObject', 'ListObjectsV2'))
),

calls as (
    select
        f.account_id, count(*) as failed,
        string_agg(distinct f.error_code, ', ' order by f.error_code) as error_codes,
        string_agg(
            distinct concat(split_part(f.permission, ':', 1), ':', f.operation), ', '
            order by concat(split_part(f.permission, ':', 1), ':', f.operation)
        ) as operations,
        string_agg(
            distinct case when f.is_denied then f.permission end, ', ' order by case when f.is_denied then f.permission end
        ) as denied,
        max(case when f.status = 'expired' then 1 else 0 end) as expired,
        max(case when f.status = 'throttled' then 1 else 0 end) as throttled,
        max(case when f.error_code = 'max_calls' then 1 else 0 end) as stopped,
        max(case when f.error_code = 'not_imported' then 1 else 0 end) as not_imported,
        max(case when f.error_code = 'not_reached' then 1 else 0 end) as unreached,
        max(case when f.operation = 'AssumeRole' and f.status <> 'denied' then 1 else 0 end) as no_entry_now,
        min(case when f.service = 's3' and f.operation in ('GetObject', 'ListObjectsV2') then 1 else 0 end) as only_the_trail
    from failures as f
    group by f.account_id
)

select
    a.account_id, a.name as account_name, a.state, a.outcome, a.reason, c.error_codes as error_code,
    coalesce(c.failed, 0) as calls_failed, c.operations as failed_calls,
    case
        when a.outcome = 'excluded' then concat('left out on purpose; iamsql sync --account ', a.account_id)
        when a.state = 'SUSPENDED'
            then concat('ask AWS Support why it is suspended; once it is active, iamsql sync --account ', a.account_id)
        when a.state in ('CLOSED', 'PENDING_CLOSURE')
            then 'none while it is closed; ask AWS Support within 90 days of closing to open it again'
        when a.state = 'PENDING_ACTIVATION'
            then concat('finish the sign-up of the account, then iamsql sync --account ', a.account_id)
        when c.not_imported = 1 then 'iamsql import PATH, with files of the failed calls as well'
        when c.unreached = 1 then 'the run was interrupted: iamsql sync --resume'
        when c.expired = 1 then 'sign in again (aws sso login or new credentials), then iamsql sync --retry-gaps'
        when a.outcome = 'assume_role_failed' and coalesce(c.no_entry_now, 0) = 0 and coalesce(c.stopped, 0) = 0
            then 'create a role in it that trusts the caller, or pass an existing one: iamsql sync --retry-gaps --role NAME'
        when c.denied is not null
            then concat('allow ', c.denied, ' to ', coalesce(a.role_used, 'the caller'), ', then iamsql sync --retry-gaps')
        when c.only_the_trail = 1
            then 'allow the caller to read and decrypt the log files (iamsql role --kind trail), or restore damaged files'
        when c.stopped = 1 then 'allow more calls: iamsql sync --retry-gaps --max-calls N'
        when c.throttled = 1 then 'try again in a quieter hour: iamsql sync --retry-gaps'
        else 'try again: iamsql sync --retry-gaps'
    end as remediation,
    as_of() as as_of
from iamsql.accounts as a
left join calls as c on c.account_id = a.account_id
where a.outcome is distinct from 'complete'
order by
    case a.outcome when 'assume_role_failed' then 1 when 'incomplete' then 2 when 'inactive' then 3 else 4 end,
    a.position, a.account_id
