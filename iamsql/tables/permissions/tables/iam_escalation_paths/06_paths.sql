-- The best path of each principal, of either search, and the administrators.

-- `not in` builds a hash table of the few rows of `closure_paths`. For an anti join, DuckDB builds it from the join of all others.
paths as (
    select w.principal, w.method, w.hops, w.uncertainty, w.node, w.conditions, w.path
    from step_paths as w
    where concat_ws(' ', w.principal, case when every_method then w.method end)
        not in (select concat_ws(' ', c.principal, case when every_method then c.method end) from closure_paths as c)
    union all
    select c.principal, c.method, c.hops, c.uncertainty, c.node, c.conditions, c.path from closure_paths as c
    union all
    select
        v.name, case when g.uncertainty < 4 then 'administrator' else 'unread' end, 0, g.uncertainty, v.name, g.conditions, v.name
    from goals as g
    join best as b on b.node = g.node
    join vertices as v on v.id = g.node and v.is_principal
    where v.name <> 'administrator' and (b.hops = 0 or g.uncertainty < 4)
        and (every_method or v.name not in (select c.principal from closure_paths as c))
)

select
    w.principal, split_part(w.principal, ':', 5) as account_id, w.method, cast(w.hops as integer) as steps,
    case when w.path not like '%-> administrator' then split_part(w.node, ' ', 1) end as admin_arn,
    case when w.uncertainty = 0 then 'certain' when w.uncertainty < 3 then 'conditional' else 'unknown' end as verdict,
    w.conditions, w.path, cast(w.uncertainty as integer) as uncertainty
from paths as w;
