-- title: Accounts of the organization, and the outcome of the run for each
-- kind: report
-- severity: info
-- tags: coverage
-- columns: account, ou_path, outcome, users, reason
-- remediation: iamsql query skipped_accounts
-- remediation: iamsql query coverage_gaps
-- remediation: iamsql sync --retry-gaps
--
-- Returns one row for each account that the organization lists, in any state and in the order of the organization.
-- `reason` explains the `outcome`:
--
-- `complete`: every call succeeded.
-- `incomplete`: some calls failed; `coverage_gaps` lists them.
-- `assume_role_failed`: no role of the account could be assumed.
-- `inactive`: the account is suspended, closed or pending.
-- `excluded`: the options of the run exclude the account.
-- `interrupted`: the run ended before the account was read.
--
-- `users` is NULL where the users of the account could not be read. Answers do not cover what was not read: follow the
-- remediation in `skipped_accounts`, and read the accounts again.

with calls as (
    select
        c.account_id,
        count(case when call_failed(c.status, c.error_code) then 1 end) as failed,
        sum(c.requests) as requests, sum(c.seconds) as seconds
    from iamsql.coverage as c
    group by c.account_id
),

people as (
    select u.account_id, count(*) as users
    from aws_iam_user as u
    group by u.account_id
)

select
    a.account_id, a.name as account_name, a.email, a.state, a.ou_path,
    a.account_id = r.management_account_id as is_management,
    a.selected, a.outcome, a.role_used,
    coalesce(p.users, case when l.is_read = 1 then 0 end) as users,
    cast(coalesce(c.failed, 0) as bigint) as calls_failed,
    cast(coalesce(c.requests, 0) as bigint) as requests,
    round(coalesce(c.seconds, 0), 3) as seconds,
    a.reason, r.started_at as as_of
from iamsql.accounts as a
cross join iamsql.run as r
left join calls as c on c.account_id = a.account_id
left join people as p on p.account_id = a.account_id
left join account_calls('iam', ['GetAccountAuthorizationDetails', 'ListUsers']) as l on l.account_id = a.account_id
order by a.position, a.account_id
