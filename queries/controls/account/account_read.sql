-- title: Ensure the data of the account was collected
-- kind: control
-- severity: high
-- version: 1
-- tags: coverage
--
-- An account that could not be read is a finding by itself: nothing of it is known, and nobody may be minding it.
-- `skipped_accounts` says for each what to do. Accounts that are not active, or were left out on purpose, make a
-- `skip` row.

with failed as (
    select
        c.account_id,
        max(case when c.operation = 'AssumeRole' then c.error_code end) as refusal,
        string_agg(
            distinct concat(c.operation, ' ', c.status), ', ' order by concat(c.operation, ' ', c.status)
        ) as calls
    from iamsql.coverage as c
    where c.status not in ('ok', 'not_applicable', 'skipped', 'not_asked')
    group by c.account_id
)

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    unnest(case
        when not a.selected or a.outcome = 'not_selected' then skip('The account was left out on purpose.')
        when a.outcome = 'not_tried' then skip(coalesce(a.reason, 'The account was not tried.'))
        when a.outcome = 'read' then ok('The account was read.')
        when a.outcome = 'partial'
            then alarm(concat('The account was read in part: ', coalesce(f.calls, rtrim(a.reason, '.')), '.'))
        else alarm(concat('No role could be assumed in the account: ', coalesce(f.refusal, rtrim(a.reason, '.')), '.'))
    end),
    a.account_id, 'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join failed as f on f.account_id = a.account_id
order by a.position, a.account_id
