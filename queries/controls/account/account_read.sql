-- title: Ensure the data of the account was collected
-- kind: control
-- severity: high
-- tags: coverage
-- remediation: iamsql query skipped_accounts
-- remediation: iamsql role
-- remediation: iamsql sync --retry-gaps
--
-- Nothing is known about the security of an account that was not read. Run the query `skipped_accounts` for the next
-- step for each account. Accounts that are not active, or that the options of the run exclude, are skipped.

with failed_calls as (
    select
        c.account_id,
        max(case when c.operation = 'AssumeRole' then c.error_code end) as error_code,
        string_agg(
            distinct concat(c.operation, ' ', c.status), ', ' order by concat(c.operation, ' ', c.status)
        ) as calls
    from iamsql.coverage as c
    where c.status not in ('ok', 'not_applicable', 'skipped', 'not_requested')
    group by c.account_id
)

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    unnest(case
        when not a.selected or a.outcome = 'excluded' then skip('The options of the run exclude the account.')
        when a.outcome = 'inactive' then skip(coalesce(a.reason, 'No attempt was made to read the account.'))
        when a.outcome = 'complete' then ok('The account was read.')
        when a.outcome = 'incomplete'
            then alarm(concat('The account was read in part: ', coalesce(f.calls, rtrim(a.reason, '.')), '.'))
        else alarm(concat('No role could be assumed in the account: ', coalesce(f.error_code, rtrim(a.reason, '.')), '.'))
    end),
    a.account_id, 'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join failed_calls as f on f.account_id = a.account_id
order by a.position, a.account_id
