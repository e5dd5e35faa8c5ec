-- Returns the accounts with a planned call of any of the operations. `is_read` is 1 if a call succeeded. `is_complete` is 1 if all
-- calls did.
-- returns: account_id VARCHAR, is_read INTEGER, is_complete INTEGER
create or replace macro account_calls(service_name, operations) as table
select
    c.account_id,
    max(case when c.status = 'ok' then 1 else 0 end) as is_read,
    min(case when c.status = 'ok' then 1 else 0 end) as is_complete
from iamsql.coverage as c
where c.service = service_name and list_contains(operations, c.operation)
group by c.account_id;

-- Returns whether all calls of some operations of AWS Organizations succeeded: 1, 0, or NULL if none was planned.
-- returns: is_read INTEGER
create or replace macro organization_calls(operations) as table
select min(case when c.status = 'ok' then 1 else 0 end) as is_read
from iamsql.coverage as c
where c.service = 'organizations' and list_contains(operations, c.operation);
