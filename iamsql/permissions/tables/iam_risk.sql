-- How much of 10 each user, access key, root user and role risks; `kind` says which. A row a thing, whose parts add up;
-- a part is NULL where nothing of it could be read. `changes` are other weights, as iam_risk_points takes them; `old_days`
-- is when a key is old, `idle_days` when a credential counts as unused.
--
-- Who is full is what iam_admins() says, in whatever context. The lesser levels go by what policies say, attached, inline
-- or by a group: the widest that a single statement gives, less where a statement denies IAM or everything, or where a
-- boundary or a level of service control policies is narrower. There a condition narrows what is allowed and voids what is
-- denied, whatever it says: to weigh them all together for every level takes many times as long.
-- gives: kind VARCHAR, account_id VARCHAR, place BIGINT, name VARCHAR, key_place BIGINT, access_key_id VARCHAR, score DOUBLE, certainty VARCHAR, privilege DOUBLE, age DOUBLE, use DOUBLE, mfa DOUBLE, exposure DOUBLE, trust DOUBLE, root DOUBLE, reasons VARCHAR, unknown VARCHAR
create or replace macro iam_risk(changes, old_days, idle_days) as table
with weights as materialized (select p.factor, p.level, p.points from iam_risk_points(changes) as p),

clock as (
    select
        as_of() as moment,
        as_of() - old_days * interval '24 hours' as old_from,
        as_of() - idle_days * interval '24 hours' as idle_from,
        as_of() - 365 * interval '24 hours' as year_from
),

calls as (
    select
        c.account_id,
        min(case when c.operation = 'GetAccountAuthorizationDetails' then c.is_read else 1 end)
        * max(case when c.operation = 'GetAccountAuthorizationDetails' then 1 else 0 end) as details,
        min(case
            when c.operation in (
                'ListGroupsForUser', 'ListAttachedUserPolicies', 'ListUserPolicies', 'GetUserPolicy', 'ListGroups',
                'ListAttachedGroupPolicies', 'ListGroupPolicies', 'GetGroupPolicy', 'ListPolicies', 'GetPolicyVersion'
            ) then c.is_read
        end) as stand_ins,
        max(case when c.operation = 'ListAccessKeys' then c.is_read else 0 end) as key_lists,
        max(case when c.operation = 'ListUsers' then c.is_read else 0 end) as user_list,
        max(case when c.operation = 'ListVirtualMFADevices' then c.is_read else 0 end) as devices
    from (
        select v.account_id, v.operation, min(case when v.status = 'ok' then 1 else 0 end) as is_read
        from iamsql.coverage as v
        where v.service = 'iam' and coalesce(v.error_code, '') <> 'not_selected'
        group by v.account_id, v.operation
    ) as c
    group by c.account_id
),

-- the actions of IAM that make one stronger by themselves
ladders as (
    select
        list(lower(m.actions[1])) as actions,
        any_value([lower(question_.action) for question_ in iam_admin_questions() if question_.action <> '*:*']) as marks
    from iam_privesc_methods() as m
    where m.kind in ('self', 'credentials', 'assume') and len(m.actions) = 1 and m.actions[1] like 'iam:%'
        and m.method not like '%boundary'
),

-- what each statement gives: 4 everything, 3 a way to everything, 2 changes, 1 reading; how far it lets through where it
-- caps others, its conditions met; and what it spares where it denies: 3 some of IAM, 2 what is not IAM's, 0 nothing
said as (
    select
        s.document_id,
        case
            when s.effect <> 'Allow' then 0
            when s.free and s.wide and s.every then 4
            when s.free and s.near and s.ladder > 0 then 3
            when s.not_actions is not null or s.writes then 2
            else 1
        end as rank,
        case
            when s.effect <> 'Allow' then 0
            when s.wide and s.every then 4
            when s.near and s.ladder > 0 then 3
            when s.not_actions is not null or s.writes then 2
            else 1
        end as width,
        case
            when s.effect <> 'Deny' or not s.free then 4
            when s.every_resource and s.every then 0
            when (s.every_resource or not s.iam_is_spared) and s.ladder = s.ladders then 2
            when s.wide and s.mark > 0 then 3
            else 4
        end as spared
    from (
        select
            t.document_id, t.effect, t.actions, t.not_actions,
            coalesce(iam_every_resource(t.resources), false) as every_resource,
            t.resources is null or iam_every_resource(t.resources) as wide,
            iam_every_action(t.actions) as every,
            coalesce(len([
                1 for resource_ in t.not_resources if regexp_matches(resource_, '^(\*|arn:(\*$|[^:]*:([^:]*\*|iam)))')
            ]) > 0, true) as iam_is_spared,
            len(t.conditions) = 0 as free,
            t.resources is null
            or iam_every_resource(t.resources)
            or len([
                1 for resource_ in t.resources
                if regexp_matches(resource_, '^arn:[^:]*:(\*|iam):[^:]*:[^:]*:(\*|(user|group|role|policy)/\*)$')
            ]) > 0 as near,
            len([
                1 for ladder_ in l.actions
                if (len([1 for like_ in t.action_likes if ladder_ like like_ escape '\']) > 0) = (t.not_actions is null)
            ]) as ladder,
            len(l.actions) as ladders,
            len([
                1 for mark_ in l.marks
                if (len([1 for like_ in t.action_likes if mark_ like like_ escape '\']) > 0) = (t.not_actions is null)
            ]) as mark,
            len([
                1 for action_ in t.actions
                if not regexp_matches(
                    action_,
                    '^(iam:generate|[^:]+:(batchget|describe|get|head|list|lookup|query|read|scan|search|select|simulate|view))'
                )
            ]) > 0 as writes
        from aws_iam_statement as t
        cross join ladders as l
    ) as s
),

documents as materialized (
    select d.document_id, max(d.rank) as rank, max(d.width) as width, min(d.spared) as spared
    from said as d
    group by d.document_id
),

-- how far the service control policies of all levels let an account's principals; a level that was not read caps nothing
guards as (
    select l.account_id, min(l.cap) as cap
    from (
        select
            p.account_id,
            least(max(coalesce(d.width, 4)), min(d.spared)) as cap
        from aws_organizations_account_policy as p
        left join documents as d on d.document_id = p.document_id
        where p.type = 'SERVICE_CONTROL_POLICY'
            and p.account_id not in (select split_part(o.arn, ':', 5) from aws_organizations_root as o)
        group by p.account_id, p.level
    ) as l
    group by l.account_id
),

administrators as materialized (select a.principal from iam_admins() as a where a.as_read <> 'blocked'),

privileges as (
    select
        y.principal_arn, bool_or(y.is_admin) as is_admin,
        least(
            coalesce(max(y.rank), 0), min(y.spared), any_value(y.guard), case when bool_or(y.is_unread) then 4 else 3 end
        ) as rank,
        bool_or(y.lacks) as lacks, max(y.cap) as cap, bool_or(y.bounded) as bounded
    from (
        select
            p.principal_arn,
            a.principal is not null as is_admin,
            p.document_id is null as is_unread,
            coalesce(g.cap, 4) as guard,
            case
                when p.layer <> 'identity' then null
                when p.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess' then 4
                when p.document_id is not null then coalesce(d.rank, 0)
            end as rank,
            d.spared,
            p.layer = 'identity'
            and p.document_id is null
            and coalesce(p.policy_arn, '') not like 'arn:%:iam::aws:policy/AdministratorAccess' as lacks,
            case when p.layer = 'boundary' and p.document_id is not null then coalesce(d.width, 0) end as cap,
            p.layer = 'boundary' as bounded
        from aws_iam_principal_policy as p
        left join documents as d on d.document_id = p.document_id
        left join guards as g on g.account_id = p.account_id
        left join administrators as a on a.principal = p.principal_arn
    ) as y
    group by y.principal_arn
),

listed as (
    select k.account_id, k.user_name, count(*) filter (k.status = 'Active') as active
    from aws_iam_access_key as k
    group by k.account_id, k.user_name
),

people as materialized (
    select
        u.account_id, u.name, u.position as place,
        u.password_enabled as has_password, u.mfa_enabled as has_mfa,
        coalesce(contains(cast(u.mfa_devices as varchar), ':mfa/'), false) as is_virtual,
        coalesce(u.password_last_used, r.password_last_used) as signed_in,
        r.user_name is not null or c.user_list = 1 or u.password_last_used is not null as sign_in_known,
        coalesce(r.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz)) as changed,
        u.create_date as born,
        coalesce(
            case when c.key_lists = 1 then coalesce(l.active, 0) end,
            case
                when r.access_key_1_active is not null and r.access_key_2_active is not null
                    then cast(r.access_key_1_active as integer) + cast(r.access_key_2_active as integer)
            end
        ) as keys,
        case
            when v.is_admin or (v.rank >= 4 and not v.bounded) then 4
            when coalesce(v.lacks, false) or not (coalesce(c.details, 0) = 1 or coalesce(c.stand_ins, 0) = 1) then null
            when v.bounded and coalesce(v.rank, 0) > 0 and v.cap is null then null
            when v.bounded then least(coalesce(v.rank, 0), v.cap)
            else coalesce(v.rank, 0)
        end as rank
    from aws_iam_user as u
    left join aws_iam_credential_report as r on r.account_id = u.account_id and r.user_name = u.name
    left join calls as c on c.account_id = u.account_id
    left join listed as l on l.account_id = u.account_id and l.user_name = u.name
    left join privileges as v on v.principal_arn = u.arn
),

roots as (
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
        greatest(r.password_last_used, r.access_key_1_last_used_date, r.access_key_2_last_used_date) as used,
        r.user_name is not null as used_known
    from iamsql.accounts as a
    left join aws_iam_account_summary as s on s.account_id = a.account_id
    left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
    left join (
        select distinct v.account_id
        from aws_iam_virtual_mfa_device as v
        where v.serial_number like '%:mfa/root-account-mfa-device' or (v."user" ->> '$.Arn') like '%:root'
    ) as d on d.account_id = a.account_id
    where a.outcome in ('read', 'partial')
),

-- whom a role trusts, the widest of its statements: 5 anyone … 1 people or programs that a provider knows, 0 within
trusts as (
    select
        s.arn,
        max(case
            when s.who.value = '*' and s.ours then 0
            when s.who.value = '*' and s.free then 5
            when s.who.value = '*' then 2
            when s.who.type = 'Federated' and not s.by_subject and s.who.value not like '%:saml-provider/%' then 4
            when s.who.type = 'Federated' then 1
            when s.who.type <> 'AWS' or coalesce(s.account, s.account_id) = s.account_id or s.is_known then 0
            when s.free then 3
            else 2
        end) as rank,
        bool_or(s.who.type = 'AWS' and s.account <> s.account_id and not s.is_known and not s.listed) as lacks
    from (
        select
            w.*,
            a.account_id is not null as is_known,
            o.organization_id is not null as listed,
            list_contains(w.organizations, o.organization_id) as ours
        from (
            select
                d.owner_arn as arn, d.account_id, p.who,
                nullif(regexp_extract(p.who.value, '^(?:arn:[^:]*:[^:]*::)?(\d{12})', 1), '') as account,
                len(t.conditions) = 0 as free,
                [
                    one_."values"[1] for one_ in t.conditions
                    if one_.key = 'aws:principalorgid' and one_.operator = 'stringequals' and not one_.if_exists
                        and len(one_."values") = 1
                ] as organizations,
                len([1 for one_ in t.conditions if one_.key like '%:sub']) > 0 as by_subject
            from aws_iam_document as d
            inner join aws_iam_statement as t on t.document_id = d.document_id
            cross join unnest(
                case when t.not_principals is null then t.principals else [{'type': 'AWS', 'value': '*'}] end
            ) as p(who)
            where d.source = 'trust' and t.effect = 'Allow'
        ) as w
        cross join iamsql.run as o
        left join iamsql.accounts as a on a.account_id = w.account
    ) as s
    group by s.arn
),

-- every fact that was looked for: its level, '' where it adds nothing, NULL where it is not known
found as (
    select 'user' as kind, p.account_id, p.place, p.name, cast(null as bigint) as key_place,
        cast(null as varchar) as access_key_id, f.factor, f.what,
        case f.what
            when 'policies' then case
                when not p.has_password and p.keys = 0 and p.rank > 0 then 'unused'
                else ['none', 'reads', 'writes', 'escalation', 'full'][p.rank + 1]
            end
            when 'password age' then case
                when not p.has_password then ''
                when p.has_password and coalesce(p.changed, p.born) <= m.year_from then 'password_year'
                when p.has_password then ''
            end
            when 'last sign-in' then case
                when not p.has_password then ''
                when not p.sign_in_known then null
                when p.has_password and coalesce(p.signed_in, p.changed, p.born) <= m.idle_from then 'password_idle'
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
    from people as p
    cross join clock as m
    cross join (values
        ('privilege', 'policies'), ('age', 'password age'), ('use', 'last sign-in'), ('mfa', 'MFA'), ('exposure', 'keys'),
        ('exposure', 'password or keys')
    ) as f(factor, what)
    union all
    select 'key', k.account_id, p.place, k.user_name, k.position, k.access_key_id, f.factor, f.what,
        case
            when k.status <> 'Active' then case f.what when 'status' then 'key_inactive' else '' end
            when f.what = 'policies' then ['none', 'reads', 'writes', 'escalation', 'full'][p.rank + 1]
            when f.what = 'key age' then case
                when k.create_date <= m.year_from then 'key_year' when k.create_date <= m.old_from then 'key_old'
                when k.create_date is not null then ''
            end
            when f.what = 'last use of the key' then case
                when k.access_key_last_used_date <= m.idle_from then 'key_idle'
                when k.access_key_last_used_date is not null then ''
                when k.create_date > m.idle_from then ''
                when k.last_used_known then 'key_never'
            end
            when k.status = 'Active' then 'key_active'
        end
    from aws_iam_access_key as k
    left join people as p on p.account_id = k.account_id and p.name = k.user_name
    cross join clock as m
    cross join (values
        ('privilege', 'policies'), ('age', 'key age'), ('use', 'last use of the key'), ('exposure', 'status')
    ) as f(factor, what)
    union all
    select 'root', r.account_id, -1, '<root_account>', null, null, f.factor, f.what,
        case f.what
            when 'password or keys' then case
                when not r.has_password and r.key = '' then '' when r.has_password or r.key <> '' then 'root'
            end
            when 'last use' then case
                when r.used > m.old_from then 'root_recent'
                when r.used_known or (not r.has_password and r.key = '') then ''
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
    from roots as r
    cross join clock as m
    cross join (values
        ('privilege', 'password or keys'), ('use', 'last use'), ('mfa', 'MFA'), ('root', 'keys')
    ) as f(factor, what)
    union all
    select 'role', r.account_id, null, r.name, null, null, f.factor, f.what,
        case f.what
            when 'policies' then case
                when v.is_admin or (v.rank >= 4 and not v.bounded) then 'full'
                when coalesce(v.lacks, false) or not (coalesce(c.details, 0) = 1 or coalesce(c.stand_ins, 0) = 1) then null
                when v.bounded and coalesce(v.rank, 0) > 0 and v.cap is null then null
                else ['none', 'reads', 'writes', 'escalation', 'full'][
                    least(coalesce(v.rank, 0), case when v.bounded then coalesce(v.cap, 0) else 4 end) + 1
                ]
            end
            when 'last use' then case
                when coalesce(r.role_last_used_date, r.create_date) > m.old_from then ''
                when r.role_last_used_date is not null or c.details = 1 then 'role_idle'
            end
            else case
                when r.assume_role_policy is not null and not coalesce(t.lacks and t.rank < 4, false)
                    then ['', 'federated', 'outside_guarded', 'outside', 'federated_any', 'anyone'][coalesce(t.rank, 0) + 1]
            end
        end
    from aws_iam_role as r
    left join calls as c on c.account_id = r.account_id
    left join privileges as v on v.principal_arn = r.arn
    left join trusts as t on t.arn = r.arn
    cross join clock as m
    cross join (values ('privilege', 'policies'), ('use', 'last use'), ('trust', 'trust')) as f(factor, what)
    where r.path not like '/aws-service-role/%'
),

summed as (
    select
        f.kind, f.account_id, f.place, f.name, f.key_place, f.access_key_id,
        sum(w.points) filter (f.factor = 'privilege') as privilege,
        sum(w.points) filter (f.factor = 'age') as age,
        sum(w.points) filter (f.factor = 'use') as use,
        sum(w.points) filter (f.factor = 'mfa') as mfa,
        sum(w.points) filter (f.factor = 'exposure') as exposure,
        sum(w.points) filter (f.factor = 'trust') as trust,
        sum(w.points) filter (f.factor = 'root') as root,
        coalesce(sum(w.points), 0) as points,
        string_agg(concat(f.factor, '.', f.level), ', ' order by w.points desc, f.factor, f.level)
            filter (w.points > 0) as reasons,
        string_agg(distinct f.what, ', ' order by f.what) filter (f.level is null) as lacking,
        list(distinct f.factor) filter (f.level is not null) as factors
    from found as f
    left join weights as w on w.factor = f.factor and w.level = f.level
    group by f.kind, f.account_id, f.place, f.name, f.key_place, f.access_key_id
)

select
    s.kind, s.account_id, s.place, s.name, s.key_place, s.access_key_id,
    round(greatest(least(s.points, 10), 0), 1) as score,
    case when s.lacking is null then 'exact' else 'at least' end as certainty,
    coalesce(s.privilege, case when list_contains(s.factors, 'privilege') then 0 end) as privilege,
    coalesce(s.age, case when list_contains(s.factors, 'age') or s.kind in ('root', 'role') then 0 end) as age,
    coalesce(s.use, case when list_contains(s.factors, 'use') then 0 end) as use,
    coalesce(s.mfa, case when list_contains(s.factors, 'mfa') or s.kind in ('key', 'role') then 0 end) as mfa,
    coalesce(s.exposure, case when list_contains(s.factors, 'exposure') or s.kind in ('root', 'role') then 0 end) as exposure,
    coalesce(s.trust, case when list_contains(s.factors, 'trust') or s.kind <> 'role' then 0 end) as trust,
    coalesce(s.root, case when list_contains(s.factors, 'root') or s.kind <> 'root' then 0 end) as root,
    s.reasons, s.lacking as unknown
from summed as s;
