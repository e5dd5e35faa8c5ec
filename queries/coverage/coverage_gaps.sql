-- title: Incomplete calls, and the permission that each needs
-- kind: report
-- severity: medium
-- tags: coverage
-- columns: account, region, permission, reason
-- param: include_excluded boolean = false  # Include calls that were excluded from the run or that do not apply
-- remediation: iamsql role
-- remediation: iamsql sync --retry-gaps
--
-- Returns one row for each account, Region and call whose response is missing or incomplete. Results that depend on
-- such a call are unknown for that account. Grant the permission to the role and run `iamsql sync` again.
-- `skipped_accounts` lists the same gaps by account.

select
    c.account_id, c.account_name, c.region, c.service, c.operation, c.status,
    case
        when c.error_code = 'account_suspended' then 'the account is suspended'
        when c.error_code = 'account_closed' then 'the account is closed or closing'
        when c.error_code = 'account_pending' then 'the account is not yet active'
        when c.error_code = 'account_not_selected' then 'the account was left out of the run'
        when c.status = 'not_requested' and c.error_code = 'AssumeRole' then 'no role could be assumed in the account'
        when c.error_code = 'not_selected' then 'the call is made only when asked for'
        when c.error_code = 'not_imported' then 'no file of it was imported'
        when c.error_code = 'max_calls' then 'the run had made as many calls as it was allowed'
        when c.status = 'partial' then 'some pages or items are missing'
        when c.status = 'denied' then 'AWS denied it'
        when c.status = 'throttled' then 'AWS throttled it to the end'
        when c.status = 'expired' then 'the credentials ended'
        when c.status = 'not_applicable' then 'it does not apply here'
        when c.status = 'not_requested' then concat('it was not requested, because ', c.error_code, ' failed')
        when c.status = 'skipped' then 'it was not made'
        else 'it failed'
    end as reason,
    call_permission(c.service, c.operation) as permission,
    c.error_code, c.error_message, c.items,
    as_of() as as_of
from iamsql.coverage as c
left join iamsql.accounts as a on a.account_id = c.account_id
where
    c.status <> 'ok'
    and (
        $include_excluded
        or (
            c.status <> 'not_applicable'
            and coalesce(c.error_code, '') not in ('not_selected', 'account_not_selected')
        )
    )
order by a.position, c.account_id, c.service, c.operation, c.region, c.items desc, c.error_message
