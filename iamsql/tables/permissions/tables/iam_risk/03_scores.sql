-- The facts about each user, access key, root user and role, and their points.

-- The facts about each user, key, root user and role with their levels. The level is '' for a fact that adds nothing, and NULL for
-- an unknown fact.
facts as (
    select 'user' as kind, p.account_id, p.position, p.name, cast(null as bigint) as key_position,
        cast(null as varchar) as access_key_id, f.factor, f.fact,
        case f.fact
            when 'policies' then case
                when not p.has_password and p.keys = 0 and p.rank > 0 then 'unused'
                else ['none', 'reads', 'writes', 'escalation', 'full'][p.rank + 1]
            end
            when 'password age' then case
                when not p.has_password then ''
                when p.has_password and coalesce(p.password_changed, p.create_date) <= m.year_from then 'password_year'
                when p.has_password then ''
            end
            when 'last sign-in' then case
                when not p.has_password then ''
                when not p.last_sign_in_known then null
                when p.has_password and coalesce(p.last_sign_in, p.password_changed, p.create_date) <= m.idle_from
                    then 'password_idle'
                when p.has_password then ''
            end
            when 'MFA' then case
                when not p.has_password or (p.has_mfa and not p.is_virtual) then ''
                when p.has_password and p.has_mfa then 'virtual'
                when p.has_password and not p.has_mfa then 'none'
            end
            when 'keys' then case
                when p.keys = 0 then '' when p.keys = 1 then 'keys_one' when p.keys > 1 then 'keys_two'
            end
            else case
                when p.has_password and p.keys > 0 then 'console_and_keys'
                when not p.has_password or p.keys = 0 then ''
            end
        end as level
    from users as p
    cross join clock as m
    cross join (values
        ('privilege', 'policies'), ('age', 'password age'), ('use', 'last sign-in'), ('mfa', 'MFA'), ('exposure', 'keys'),
        ('exposure', 'password or keys')
    ) as f(factor, fact)
    union all
    select 'key', k.account_id, p.position, k.user_name, k.position, k.access_key_id, f.factor, f.fact,
        case
            when k.status <> 'Active' then case f.fact when 'status' then 'key_inactive' else '' end
            when f.fact = 'policies' then ['none', 'reads', 'writes', 'escalation', 'full'][p.rank + 1]
            when f.fact = 'key age' then case
                when k.create_date <= m.year_from then 'key_year' when k.create_date <= m.old_from then 'key_old'
                when k.create_date is not null then ''
            end
            when f.fact = 'last use of the key' then case
                when k.access_key_last_used_date <= m.idle_from then 'key_idle'
                when k.access_key_last_used_date is not null then ''
                when k.create_date > m.idle_from then ''
                when k.last_used_known then 'key_never'
            end
            when k.status = 'Active' then 'key_active'
        end
    from aws_iam_access_key as k
    left join users as p on p.account_id = k.account_id and p.name = k.user_name
    cross join clock as m
    cross join (values
        ('privilege', 'policies'), ('age', 'key age'), ('use', 'last use of the key'), ('exposure', 'status')
    ) as f(factor, fact)
    union all
    select 'root', r.account_id, -1, '<root_account>', null, null, f.factor, f.fact,
        case f.fact
            when 'password or keys' then case
                when not r.has_password and r.key = '' then '' when r.has_password or r.key <> '' then 'root'
            end
            when 'last use' then case
                when r.last_used > m.old_from then 'root_recent'
                when r.last_use_known or (not r.has_password and r.key = '') then ''
            end
            when 'MFA' then case
                when not r.has_password then ''
                when not r.has_mfa and r.has_password is null then null
                when not r.has_mfa then 'root_none'
                when r.has_mfa and r.is_virtual then 'root_virtual'
                when r.has_mfa then ''
            end
            else r.key
        end
    from root_users as r
    cross join clock as m
    cross join (values
        ('privilege', 'password or keys'), ('use', 'last use'), ('mfa', 'MFA'), ('root', 'keys')
    ) as f(factor, fact)
    union all
    select 'role', r.account_id, null, r.name, null, null, f.factor, f.fact,
        case f.fact
            when 'policies' then case
                when v.is_admin or (v.rank >= 4 and not v.has_boundary) then 'full'
                when coalesce(v.is_incomplete, false) or not (coalesce(c.has_details, 0) = 1 or coalesce(c.alternatives, 0) = 1)
                then null
                when v.has_boundary and coalesce(v.rank, 0) > 0 and v.cap is null then null
                else ['none', 'reads', 'writes', 'escalation', 'full'][
                    least(coalesce(v.rank, 0), case when v.has_boundary then coalesce(v.cap, 0) else 4 end) + 1
                ]
            end
            when 'last use' then case
                when coalesce(r.role_last_used_date, r.create_date) > m.old_from then ''
                when r.role_last_used_date is not null or c.has_details = 1 then 'role_idle'
            end
            else case
                when r.assume_role_policy is not null and not coalesce(t.is_incomplete and t.rank < 4, false)
                    then ['', 'federated', 'outside_guarded', 'outside', 'federated_any', 'anyone'][coalesce(t.rank, 0) + 1]
            end
        end
    from aws_iam_role as r
    left join calls as c on c.account_id = r.account_id
    left join privileges as v on v.principal_arn = r.arn
    left join trusts as t on t.arn = r.arn
    cross join clock as m
    cross join (values ('privilege', 'policies'), ('use', 'last use'), ('trust', 'trust')) as f(factor, fact)
    where r.path not like '/aws-service-role/%'
),

-- The points of these facts.
scores as (
    select
        f.kind, f.account_id, f.position, f.name, f.key_position, f.access_key_id,
        sum(w.points) filter (f.factor = 'privilege') as privilege,
        sum(w.points) filter (f.factor = 'age') as age,
        sum(w.points) filter (f.factor = 'use') as use,
        sum(w.points) filter (f.factor = 'mfa') as mfa,
        sum(w.points) filter (f.factor = 'exposure') as exposure,
        sum(w.points) filter (f.factor = 'trust') as trust,
        sum(w.points) filter (f.factor = 'root') as root,
        coalesce(sum(w.points), 0) as points,
        string_agg(w.reason, ', ' order by w.points desc, f.factor, f.level) filter (w.points > 0) as reason,
        string_agg(concat(f.factor, '.', f.level), ', ' order by w.points desc, f.factor, f.level)
            filter (w.points > 0) as reason_codes,
        -- No DISTINCT: DuckDB would group all facts once more for each such aggregate.
        list_aggr(iam_sorted_set(list(f.fact) filter (f.level is null)), 'string_agg', ', ') as unknown_facts,
        list(f.factor) filter (f.level is not null) as factors
    from facts as f
    left join weights as w on w.factor = f.factor and w.level = f.level
    group by f.kind, f.account_id, f.position, f.name, f.key_position, f.access_key_id
)

select
    s.kind, s.account_id, s.position, s.name, s.key_position, s.access_key_id,
    round(greatest(least(s.points, 10), 0), 1) as score,
    case when s.unknown_facts is null then 'exact' else 'at least' end as certainty,
    coalesce(s.privilege, case when list_contains(s.factors, 'privilege') then 0 end) as privilege,
    coalesce(s.age, case when list_contains(s.factors, 'age') or s.kind in ('root', 'role') then 0 end) as age,
    coalesce(s.use, case when list_contains(s.factors, 'use') then 0 end) as use,
    coalesce(s.mfa, case when list_contains(s.factors, 'mfa') or s.kind in ('key', 'role') then 0 end) as mfa,
    coalesce(s.exposure, case when list_contains(s.factors, 'exposure') or s.kind in ('root', 'role') then 0 end) as exposure,
    coalesce(s.trust, case when list_contains(s.factors, 'trust') or s.kind <> 'role' then 0 end) as trust,
    coalesce(s.root, case when list_contains(s.factors, 'root') or s.kind <> 'root' then 0 end) as root,
    s.reason, s.reason_codes, s.unknown_facts as unknown
from scores as s;
