-- title: Ensure a multi-Region trail logs read and write management events
-- kind: control
-- severity: high
-- version: 1
-- tags: cloudtrail, security_hub:CloudTrail.1
--
-- Reads are how a thief finds out what there is; a trail that writes down changes alone misses them. A trail of all
-- regions that is on must log reading and writing management events. The public control is content with advanced
-- selectors that choose no management events; here they do not count. A trail whose status could not be read from any
-- account is unknown.

with reached as (
    select
        t.account_id,
        max(case when t.is_logging and c.logs_all = 1 then t.name end) as name,
        max(case when t.is_logging is null or (t.is_logging and c.logs_all is null) then t.name end) as unread
    from account_trails() as t
    left join trail_selectors() as c on c.account_id = t.account_id and c.region = t.region and c.arn = t.arn
    where t.is_multi_region_trail
    group by t.account_id
)

select
    a.arn as resource,
    unnest(case
        when t.name is not null then ok(concat('The trail ', t.name, ' logs reads and writes in all regions.'))
        when t.unread is not null then unknown(concat('what the trail ', t.unread, ' logs was not read.'))
        else alarm('No trail logs reads and writes of management events in all regions.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join reached as t on t.account_id = a.account_id
order by a.position, a.account_id
