-- title: Requests of the run by account and operation
-- kind: report
-- severity: info
-- tags: coverage, cost
-- columns: account, service, operation, requests, throttles, seconds
-- remediation: iamsql sync --dry-run
--
-- Returns the number of requests, retries, throttled requests and seconds by account, service and operation, with the
-- most requests first. AWS limits requests for each account, and other clients in the account share that limit. If
-- requests were throttled, collect fewer tables (`--table`), or run the sync at another time. `iamsql sync --dry-run`
-- counts the requests of a sync before it runs.

select
    c.account_id, c.account_name, c.service, c.operation,
    cast(sum(c.requests) as bigint) as requests,
    cast(sum(c.retries) as bigint) as retries,
    cast(sum(c.throttles) as bigint) as throttles,
    cast(sum(c.items) as bigint) as items,
    round(sum(c.seconds), 3) as seconds
from iamsql.coverage as c
where c.requests > 0
group by c.account_id, c.account_name, c.service, c.operation
order by sum(c.requests) desc, c.account_id, c.service, c.operation
