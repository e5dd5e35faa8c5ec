-- title: Requests that the run made
-- kind: report
-- severity: info
-- version: 1
-- tags: coverage, cost
--
-- Requests, retries, throttles and seconds by account, service and operation, the most requests first. Calls are what a run
-- costs: AWS limits them for each account, and shares the limit with everything else that works there.

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
