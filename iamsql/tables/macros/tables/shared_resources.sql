-- Returns the resources that were shared outside the organization, as findings. `shares` is a list of structs with event_time,
-- account_id, region, actor, source_ip_address, event_name, target, receivers, invoked_by and event_id. A receiver is an account,
-- the ARN of an organization or OU, or all or * for everyone.
-- returns: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip_address VARCHAR, event_name VARCHAR, target VARCHAR, detail VARCHAR, event_id VARCHAR
create or replace macro shared_resources(shares, trusted) as table
with given as (
    select unnest(
        cast(shares as struct(
            event_time timestamp, account_id varchar, region varchar, actor varchar, source_ip_address varchar, event_name varchar,
            target varchar, receivers varchar[], invoked_by varchar, event_id varchar
        )[]),
        max_depth := 2
    )
),

receiver_parties as (
    select
        r.account_id, r.event_id, r.receiver,
        case
            when r.receiver like 'arn:%:organizations::%' then split_part(r.receiver, '/', 2)
            when r.receiver in ('all', '*') then '*'
            else coalesce(iam_account_of('AWS', r.receiver), r.receiver)
        end as party
    from (select g.account_id, g.event_id, unnest(g.receivers) as receiver from given as g) as r
    where r.receiver is not null
),

outside as (
    select
        e.account_id, e.event_id,
        string_agg(distinct e.receiver, ', ' order by e.receiver) as receivers,
        bool_or(e.receiver in ('all', '*')) as is_public
    from receiver_parties as e
    inner join iam_caller_sides(
        (select list({'account_id': r.account_id, 'restrictions': [[r.party]]}) from receiver_parties as r), trusted
    ) as c on c.account_id = e.account_id and c.restrictions = [[e.party]]
    where c.side in ('unknown', 'outsider', 'everyone') and not list_contains(trusted, e.receiver)
    group by e.account_id, e.event_id
)

select
    g.event_time, g.account_id, g.region, g.actor, g.source_ip_address, g.event_name, g.target,
    concat('shared with ', o.receivers, case when o.is_public then ' (public)' end, ', through ' || g.invoked_by) as detail,
    g.event_id
from given as g
inner join outside as o on o.account_id = g.account_id and o.event_id = g.event_id;
