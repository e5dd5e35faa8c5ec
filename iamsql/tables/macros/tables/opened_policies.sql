-- Returns the policies that allow principals outside the organization, as findings. * is everyone. `policies` is a list of structs
-- with event_time, account_id, region, actor, source_ip_address, event_name, target, document, invoked_by and event_id.
-- returns: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip_address VARCHAR, event_name VARCHAR, target VARCHAR, detail VARCHAR, event_id VARCHAR
create or replace macro opened_policies(policies, trusted) as table
with documents as (
    select unnest(
        cast(policies as struct(
            event_time timestamp, account_id varchar, region varchar, actor varchar, source_ip_address varchar, event_name varchar,
            target varchar, document json, invoked_by varchar, event_id varchar
        )[]),
        max_depth := 2
    )
),

opened as (
    select
        p.account_id, p.event_id,
        string_agg(distinct p.principal, ', ' order by p.principal) as principals,
        string_agg(distinct p.unread, ', ' order by p.unread) as unread
    from (
        select
            c.account_id, c.event_id,
            case
                when c.kind = 'CanonicalUser' then 'the canonical user ' || c."value"
                when c.side = 'everyone' and len(c.conditions) > 0
                    then 'everyone under the condition ' || left(iam_condition_text(c.conditions), 300)
                when c.side = 'everyone' then '*'
                else c.parties
            end as principal,
            case when c.side = 'unknown' and c.kind <> 'CanonicalUser' then c.parties end as unread
        from document_callers(
            (
                select list({'account_id': d.account_id, 'event_id': d.event_id, 'document': cast(d.document as varchar)})
                from documents as d
            ),
            false, trusted
        ) as c
        where
            c.side in ('unknown', 'outsider', 'everyone')
            -- services act for resources of their own account, unless a condition says otherwise
            and not (c.kind in ('Service', 'Federated') and c.parties is null)
            and not iam_is_deleted(c.kind, c."value")
    ) as p
    group by p.account_id, p.event_id
)

select
    d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name, d.target,
    concat(
        'allows access for ', case o.principals when '*' then 'everyone' else o.principals end,
        case when o.unread is not null then concat(' (whether the organization contains ', o.unread, ' was not read)') end,
        ', through ' || d.invoked_by
    ) as detail,
    d.event_id
from documents as d
inner join opened as o on o.account_id = d.account_id and o.event_id = d.event_id;
