-- Returns the risk of each user, access key, root user and role (`kind`) as a score of 0 to 10, one row each. The score is the sum
-- of its parts. A part is NULL if none of its facts is known. `changes` are other weights (iam_risk_points). A key is old after
-- `old_days` days. A credential counts as unused after `unused_days` days without use.
--
-- Administrators (iam_admins) have the level full, even under conditions. The other levels come from single statements: the widest
-- that an attached, inline or group policy allows. Denies of IAM or of everything, the permissions boundary, and the service
-- control policies of each level limit it. The evaluation ignores the text of conditions: an Allow with a condition counts for
-- less, and a Deny with a condition does not count. An evaluation of every level as in iam_evaluation would take many times as
-- long.
-- returns: kind VARCHAR, account_id VARCHAR, position BIGINT, name VARCHAR, key_position BIGINT, access_key_id VARCHAR, score DOUBLE, certainty VARCHAR, privilege DOUBLE, age DOUBLE, use DOUBLE, mfa DOUBLE, exposure DOUBLE, trust DOUBLE, root DOUBLE, reason VARCHAR, reason_codes VARCHAR, unknown VARCHAR
create or replace macro iam_risk(changes, old_days, unused_days) as table
with weights as materialized (select p.factor, p.level, p.points, p.reason from iam_risk_points(changes) as p),

-- The dates that follow from the limits of age and use.
clock as (
    select
        as_of() - old_days * interval '24 hours' as old_from,
        as_of() - unused_days * interval '24 hours' as idle_from,
        as_of() - 365 * interval '24 hours' as year_from
),

-- For each account, whether the calls for the facts below succeeded: 1 or 0. `alternatives` are the calls that replace
-- GetAccountAuthorizationDetails.
calls as (
    select
        c.account_id,
        min(case when c.operation = 'GetAccountAuthorizationDetails' then c.is_read else 1 end)
        * max(case when c.operation = 'GetAccountAuthorizationDetails' then 1 else 0 end) as has_details,
        min(case
            when c.operation in (
                'ListGroupsForUser', 'ListAttachedUserPolicies', 'ListUserPolicies', 'GetUserPolicy', 'ListGroups',
                'ListAttachedGroupPolicies', 'ListGroupPolicies', 'GetGroupPolicy', 'ListPolicies', 'GetPolicyVersion'
            ) then c.is_read
        end) as alternatives,
        max(case when c.operation = 'ListAccessKeys' then c.is_read else 0 end) as lists_keys,
        max(case when c.operation = 'ListUsers' then c.is_read else 0 end) as lists_users
    from (
        select v.account_id, v.operation, min(case when v.status = 'ok' then 1 else 0 end) as is_read
        from iamsql.coverage as v
        where v.service = 'iam' and coalesce(v.error_code, '') <> 'not_selected'
        group by v.account_id, v.operation
    ) as c
    group by c.account_id
),

-- One row: the IAM actions that alone give a principal more permissions, and the actions that define an administrator.
escalation_actions as (
    select
        list(lower(m.actions[1])) as actions,
        any_value([lower(question_.action) for question_ in iam_admin_questions() if question_.action <> '*:*']) as admin_actions
    from iam_privesc_methods() as m
    where m.kind in ('self', 'credentials', 'assume') and len(m.actions) = 1 and m.actions[1] like 'iam:%'
        and m.method not like '%boundary' and not iam_removes_denies(m.method)
),

-- The level of each statement: 4 everything, 3 escalation, 2 changes, 1 reading.
--   rank: the level that it allows
--   cap: the level that it allows as part of a boundary or service control policy, if its conditions are met
--   rank_after_deny: the level that remains after a Deny: 3 for some IAM actions, 2 for none of these, 0 for nothing
statement_levels as (
    select
        s.document_id,
        case
            when s.effect <> 'Allow' then 0
            when s.is_unconditional and s.is_on_everything and s.every_action then 4
            when s.is_unconditional and s.is_on_iam and s.escalations > 0 then 3
            when s.not_actions is not null or s.writes then 2
            else 1
        end as rank,
        case
            when s.effect <> 'Allow' then 0
            when s.is_on_everything and s.every_action then 4
            when s.is_on_iam and s.escalations > 0 then 3
            when s.not_actions is not null or s.writes then 2
            else 1
        end as cap,
        case
            when s.effect <> 'Deny' or not s.is_unconditional then 4
            when s.every_resource and s.every_action then 0
            when (s.every_resource or not s.excludes_iam) and s.escalations = s.escalation_total then 2
            when s.is_on_everything and s.admin_changes > 0 then 3
            else 4
        end as rank_after_deny
    from (
        select
            t.document_id, t.effect, t.actions, t.not_actions,
            coalesce(iam_every_resource(t.resources), false) as every_resource,
            t.resources is null or iam_every_resource(t.resources) as is_on_everything,
            iam_every_action(t.actions) as every_action,
            coalesce(len([
                1 for resource_ in t.not_resources if regexp_matches(resource_, '^(\*|arn:(\*$|[^:]*:([^:]*\*|iam)))')
            ]) > 0, true) as excludes_iam,
            len(t.conditions) = 0 as is_unconditional,
            t.resources is null
            or iam_every_resource(t.resources)
            or len([
                1 for resource_ in t.resources
                if regexp_matches(resource_, '^arn:[^:]*:(\*|iam):[^:]*:[^:]*:(\*|(user|group|role|policy)/\*)$')
            ]) > 0 as is_on_iam,
            len([
                1 for escalation_ in l.actions
                if (len([1 for like_ in t.action_likes if escalation_ like like_ escape '\']) > 0) = (t.not_actions is null)
            ]) as escalations,
            len(l.actions) as escalation_total,
            len([
                1 for action_ in l.admin_actions
                if (len([1 for like_ in t.action_likes if action_ like like_ escape '\']) > 0) = (t.not_actions is null)
            ]) as admin_changes,
            len([
                1 for action_ in t.actions
                if not regexp_matches(
                    action_,
                    '^(iam:generate|[^:]+:(batchget|describe|get|head|list|lookup|query|read|scan|search|select|simulate|view))'
                )
            ]) > 0 as writes
        from aws_iam_statement as t
        cross join escalation_actions as l
    ) as s
),

-- The levels of each document.
document_levels as materialized (
    select d.document_id, max(d.rank) as rank, max(d.cap) as cap, min(d.rank_after_deny) as rank_after_deny
    from statement_levels as d
    group by d.document_id
),

-- The highest level that the service control policies allow in each account. A level that was not read limits nothing.
scp_levels as (
    select l.account_id, min(l.cap) as cap
    from (
        select
            p.account_id,
            least(max(coalesce(d.cap, 4)), min(d.rank_after_deny)) as cap
        from aws_organizations_account_policy as p
        left join document_levels as d on d.document_id = p.document_id
        where p.type = 'SERVICE_CONTROL_POLICY'
            and p.account_id not in (select split_part(o.arn, ':', 5) from aws_organizations_root as o)
        group by p.account_id, p.level
    ) as l
    group by l.account_id
),

administrators as materialized (select a.principal from iam_admins() as a where a.as_read <> 'denied'),

-- The level of each principal, before its boundary (`cap`). `is_incomplete`: a policy was not read.
privileges as (
    select
        y.principal_arn, bool_or(y.is_admin) as is_admin,
        least(
            coalesce(max(y.rank), 0), min(y.rank_after_deny), any_value(y.scp_cap),
            case when bool_or(y.is_unread) then 4 else 3 end
        ) as rank,
        bool_or(y.is_incomplete) as is_incomplete, max(y.cap) as cap, bool_or(y.has_boundary) as has_boundary
    from (
        select
            p.principal_arn,
            a.principal is not null as is_admin,
            p.document_id is null as is_unread,
            coalesce(g.cap, 4) as scp_cap,
            case
                when p.layer <> 'identity' then null
                when p.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess' then 4
                when p.document_id is not null then coalesce(d.rank, 0)
            end as rank,
            d.rank_after_deny,
            p.layer = 'identity'
            and p.document_id is null
            and coalesce(p.policy_arn, '') not like 'arn:%:iam::aws:policy/AdministratorAccess' as is_incomplete,
            case when p.layer = 'boundary' and p.document_id is not null then coalesce(d.cap, 0) end as cap,
            p.layer = 'boundary' as has_boundary
        from aws_iam_principal_policy as p
        left join document_levels as d on d.document_id = p.document_id
        left join scp_levels as g on g.account_id = p.account_id
        left join administrators as a on a.principal = p.principal_arn
    ) as y
    group by y.principal_arn
),

key_counts as (
    select k.account_id, k.user_name, count(*) filter (k.status = 'Active') as active
    from aws_iam_access_key as k
    group by k.account_id, k.user_name
),

-- The users with their passwords, keys and level. Unknown values are NULL.
users as materialized (
    select
        u.account_id, u.name, u.position,
        u.password_enabled as has_password, u.mfa_enabled as has_mfa,
        coalesce(contains(cast(u.mfa_devices as varchar), ':mfa/'), false) as is_virtual,
        coalesce(u.password_last_used, r.password_last_used) as last_sign_in,
        r.user_name is not null or c.lists_users = 1 or u.password_last_used is not null as last_sign_in_known,
        coalesce(r.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz)) as password_changed,
        u.create_date,
        coalesce(
            case when c.lists_keys = 1 then coalesce(l.active, 0) end,
            case
                when r.access_key_1_active is not null and r.access_key_2_active is not null
                    then cast(r.access_key_1_active as integer) + cast(r.access_key_2_active as integer)
            end
        ) as keys,
        case
            when v.is_admin or (v.rank >= 4 and not v.has_boundary) then 4
            when coalesce(v.is_incomplete, false) or not (coalesce(c.has_details, 0) = 1 or coalesce(c.alternatives, 0) = 1)
                then null
            when v.has_boundary and coalesce(v.rank, 0) > 0 and v.cap is null then null
            when v.has_boundary then least(coalesce(v.rank, 0), v.cap)
            else coalesce(v.rank, 0)
        end as rank
    from aws_iam_user as u
    left join aws_iam_credential_report as r on r.account_id = u.account_id and r.user_name = u.name
    left join calls as c on c.account_id = u.account_id
    left join key_counts as l on l.account_id = u.account_id and l.user_name = u.name
    left join privileges as v on v.principal_arn = u.arn
),

-- The root users of the accounts that were read.
root_users as (
    select
        a.account_id,
        coalesce(s.account_password_present, r.password_enabled) as has_password,
        coalesce(s.account_mfa_enabled, r.mfa_active) as has_mfa,
        d.account_id is not null as is_virtual,
        case
            when r.access_key_1_active or r.access_key_2_active then 'key'
            when s.account_access_keys_present > 0 and r.user_name is not null then 'key_inactive'
            when s.account_access_keys_present > 0 then 'key'
            when s.account_access_keys_present = 0 then ''
            when coalesce(r.access_key_1_last_rotated, r.access_key_2_last_rotated) is not null then 'key_inactive'
            when not r.access_key_1_active and not r.access_key_2_active then ''
        end as key,
        greatest(r.password_last_used, r.access_key_1_last_used_date, r.access_key_2_last_used_date) as last_used,
        r.user_name is not null as last_use_known
    from iamsql.accounts as a
    left join aws_iam_account_summary as s on s.account_id = a.account_id
    left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
    left join root_virtual_devices() as d on d.account_id = a.account_id
    where a.outcome in ('complete', 'incomplete')
),

-- The widest principal that each role's trust policy allows:
--   5: everyone
--   4: an OpenID Connect provider without a condition on the subject
--   3: an account or organization outside, without a condition
--   2: everyone, or an account or organization outside, with conditions
--   1: an identity provider
--   0: the own organization
-- A condition that names the account or organization does not count.
trusts as (
    select
        e.role_arn as arn,
        max(case
            when e.kind = 'federated' and e.who."value" not like '%:saml-provider/%'
                and len([1 for condition_ in e.conditions if condition_.key like '%:sub']) = 0 then 4
            when e.kind = 'federated' then 1
            when e.kind in ('service', 'deleted') or e.side in ('nobody', 'own account', 'own organization') then 0
            when e.side = 'everyone' and len(e.conditions) = 0 then 5
            when e.side <> 'everyone' and len(e.conditions) = len(iam_caller_keys(e.conditions, e.kind = 'anyone')) then 3
            else 2
        end) as rank,
        bool_or(e.kind in ('anyone', 'outside', 'unknown') and e.side = 'unknown') as is_incomplete
    from trust_edges() as e
    where e.effect = 'Allow'
    group by e.role_arn
),

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
