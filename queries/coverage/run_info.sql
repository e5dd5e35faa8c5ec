-- title: Time, principal and coverage of the run
-- kind: report
-- severity: info
-- tags: coverage
-- columns: run_id, as_of, status, organization_id, accounts, accounts_complete, accounts_incomplete, accounts_not_read, window_start, window_end, calls_failed, caller_arn
-- remediation: iamsql query skipped_accounts
-- remediation: iamsql query coverage_gaps
-- remediation: iamsql sync --retry-gaps
--
-- Returns one row that describes the run file: the time from which ages are calculated, the principal that read the
-- organization, the time range of the events, and the number of accounts that were read. `status` is `complete`, `gaps`
-- or `empty`. `skipped_accounts` and `coverage_gaps` list the missing data. `iamsql sync --retry-gaps` reads the
-- missing data again.

with people as (
    select
        count(*) as accounts,
        sum(case when a.outcome = 'complete' then 1 else 0 end) as accounts_complete,
        sum(case when a.outcome = 'incomplete' then 1 else 0 end) as accounts_incomplete,
        sum(case when a.outcome in ('complete', 'incomplete') then 0 else 1 end) as accounts_not_read
    from iamsql.accounts as a
),

calls as (
    select
        sum(c.requests) as requests, sum(c.retries) as retries, sum(c.throttles) as throttles,
        count(case when call_failed(c.status, c.error_code) then 1 end) as failed
    from iamsql.coverage as c
)

select
    r.run_id, r.started_at as as_of, r.finished_at, r.status, r.caller_arn, r."partition" as aws_partition,
    r.organization_id, r.management_account_id, r.window_start, r.window_end, p.accounts,
    cast(coalesce(p.accounts_complete, 0) as bigint) as accounts_complete,
    cast(coalesce(p.accounts_incomplete, 0) as bigint) as accounts_incomplete,
    cast(coalesce(p.accounts_not_read, 0) as bigint) as accounts_not_read,
    cast(coalesce(c.requests, 0) as bigint) as requests,
    cast(coalesce(c.retries, 0) as bigint) as retries,
    cast(coalesce(c.throttles, 0) as bigint) as throttles,
    cast(coalesce(c.failed, 0) as bigint) as calls_failed,
    r.iamsql_version, r.schema_fingerprint, r.options, r.notes
from iamsql.run as r
cross join people as p
cross join calls as c
