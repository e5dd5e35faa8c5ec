-- The questions whose answers make an administrator: everything on everything, and the policies of users and roles
-- besides, for what spares iam: with NotAction is not everything.
create or replace macro iam_admin_questions() as [
    {'action': '*:*', 'resource': '*'}, {'action': 'iam:AttachRolePolicy', 'resource': '*'},
    {'action': 'iam:PutUserPolicy', 'resource': '*'}, {'action': 'iam:CreatePolicyVersion', 'resource': '*'}
];

-- gives: principal VARCHAR, account_id VARCHAR, verdict VARCHAR, conditions VARCHAR[], why VARCHAR, not_considered VARCHAR
create or replace macro iam_admins() as table
select
    j.principal,
    j.account_id,
    case when bool_and(j.verdict = 'certain') then 'certain' else 'conditional' end as verdict,
    list_sort(list_distinct(flatten(list(j.reasons)))) as conditions,
    max(case when j.question = 1 then j.why end) as why,
    max(j.not_considered) as not_considered
from iam_judged(iam_admin_questions(), null, false, false, false) as j
where j.verdict <> 'blocked'
group by j.principal, j.account_id
having count(*) = 4;

-- Steps by which a principal that is no administrator becomes stronger. `becomes` is the user or role that it then is;
-- it is empty where its own rights, or those of one that it makes, have no end after the step. Administrators are among
-- the rows, with the method `administrator`.
-- gives: principal VARCHAR, account_id VARCHAR, method VARCHAR, kind VARCHAR, object VARCHAR, becomes VARCHAR, verdict VARCHAR, conditions VARCHAR[]
create or replace macro iam_steps() as table
with methods as materialized (
    select m.*, case when m.kind = 'pass' then 'iam:PassRole' else m.actions[1] end as on_target
    from iam_privesc_methods() as m
    where m.method <> 'assume_role' and m.method not like 'codestar%'  -- AWS closed CodeStar in 2024
),

broad as materialized (
    select j.question, j.principal, j.account_id, j.action, j.verdict, j.reasons
    from iam_judged((
        select iam_admin_questions() || list({'action': a.action, 'resource': 'any'})
        from (select distinct unnest(m.actions) as action from methods as m) as a
    ), null, false, false, false) as j
    where j.verdict <> 'blocked'
),

admins as materialized (
    select
        b.principal, b.account_id,
        case when bool_and(b.verdict = 'certain') then 'certain' else 'conditional' end as verdict,
        list_sort(list_distinct(flatten(list(b.reasons)))) as conditions
    from broad as b
    where b.question <= len(iam_admin_questions())
    group by b.principal, b.account_id
    having count(*) = len(iam_admin_questions())
),

held as materialized (
    select b.* from broad as b anti join admins as a using (principal)
    where b.question > len(iam_admin_questions())
),

-- the accounts from which Identity Center and root sessions are managed
centres as materialized (
    select split_part(r.arn, ':', 5) as account_id, unnest(['sso', 'iam']) as service from aws_organizations_root as r
    union
    select d.delegated_account_id, split_part(d.service_principal, '.', 1)
    from aws_organizations_delegated_services_for_account as d
),

-- the methods all of whose actions a principal has; `limited` where the one that is done to the target is on some alone
able as materialized (
    select
        h.principal, h.account_id, m.method, m.kind, m.target as aim, m.service, m.on_target,
        bool_and(len([1 for reason_ in h.reasons if reason_ <> 'resource']) = 0) as is_certain,
        bool_or(m.one = m.on_target and list_contains(h.reasons, 'resource')) as is_limited,
        list_sort(list_distinct([reason_ for reason_ in flatten(list(h.reasons)) if reason_ <> 'resource'])) as conditions
    from (select o.*, unnest(o.actions) as one from methods as o) as m
    join held as h on h.action = m.one
    group by h.principal, h.account_id, m.method, m.kind, m.target, m.service, m.on_target, m.actions
    having count(*) = len(m.actions)
),

people as materialized (
    select u.account_id, u.arn, 'user' as type, u.permissions_boundary_arn is not null as is_bounded from aws_iam_user as u
    union all
    select r.account_id, r.arn, 'role', r.permissions_boundary_arn is not null from aws_iam_role as r
    where r.path not like '/aws-service-role/%'
),

-- whom it is of use to become: administrators, and those who have steps of their own
worthy as materialized (
    select distinct p.account_id, p.arn, p.type
    from people as p
    where p.arn in (select a.principal from admins as a union all select b.principal from able as b)
),

served as materialized (
    select distinct d.account_id, d.owner_arn as role,
        case when n.one.type = 'Service' then n.one.value when n.one.value like '%:saml-provider/%' then 'saml' end as service
    from aws_iam_document as d
    join (
        select s.document_id, unnest(s.principals) as one from aws_iam_statement as s where s.effect = 'Allow'
    ) as n on n.document_id = d.document_id and n.one.type in ('Service', 'Federated')
    where d.source = 'trust'
),

aimed as materialized (
    -- at the principal itself: its policies, its name, its groups
    select a.*, l.policy_arn as object, cast(null as varchar) as becomes
    from able as a
    join aws_iam_principal_policy as l on l.principal_arn = a.principal and l.layer = 'identity' and not l.is_aws_managed
    where a.kind = 'self' and a.aim = 'policy'
    union
    select a.*, a.principal, null
    from able as a join people as p on p.arn = a.principal and p.type = a.aim
    where a.kind = 'self' and (p.is_bounded or a.method not like '%boundary')
    union
    select a.*, g.arn, null
    from able as a
    join aws_iam_group as g on g.account_id = a.account_id
    where
        a.kind = 'self' and a.aim = 'group' and a.principal like '%:user/%'
        and case when a.method = 'add_user_to_group' then g.arn in (
            select h.arn from aws_iam_group as h
            where len([1 for one_ in cast(h.attached_policy_arns as varchar[]) if one_ like '%/AdministratorAccess']) > 0
        ) else exists (
            select 1 from aws_iam_principal_policy as l
            where l.principal_arn = a.principal and l.group_name = g.name
        ) end
    union
    -- at one of its own making, or what no policy tells: there is no end
    select a.*, 'any', null
    from able as a
    where a.method like 'create\_user\_%' escape '\' or a.method like 'create\_role\_%' escape '\'
    union
    select a.*, 'any', null
    from able as a
    join centres as c
        on c.account_id = a.account_id and c.service = case when a.method = 'assume_root' then 'iam' else 'sso' end
    where a.kind in ('assume', 'self', 'credentials') and a.aim = '*' and a.method <> 'update_saml_provider'
    union
    -- at another user or role of the account
    select a.*, w.arn, w.arn
    from able as a join worthy as w on w.account_id = a.account_id and w.arn <> a.principal and w.type = a.aim
    left join aws_iam_user as u on u.arn = w.arn
    where (a.kind = 'credentials' or a.method = 'update_assume_role_policy')
        and a.method not like 'create\_user\_%' escape '\'
        -- who has a password gets another, and who has none a first one
        and not (a.method = 'update_login_profile' and not coalesce(u.password_enabled, true))
        and not (a.method = 'create_login_profile' and coalesce(u.password_enabled, false))
    union
    select a.*, v.role, v.role
    from able as a
    join served as v
        on v.account_id = a.account_id and v.role <> a.principal
        and v.service = case when a.method = 'update_saml_provider' then 'saml' else a.service end
    join worthy as w on w.arn = v.role
    where a.kind in ('pass', 'take') or a.method = 'update_saml_provider'
),

checked as materialized (
    select j.principal, j.action, j.resource, j.verdict, j.reasons
    from iam_judged((
        select list({'action': o.on_target, 'resource': o.object})
        from (
            select distinct t.on_target, t.object
            from aimed as t
            where t.is_limited and t.object <> 'any' and t.kind <> 'take' and t.aim <> '*'
        ) as o
    ), null, false, false, false) as j
    where j.verdict <> 'blocked'
),

assumed as materialized (
    select j.principal, j.account_id, j.resource, j.verdict, j.reasons
    from iam_judged((
        select list({'action': 'sts:AssumeRole', 'resource': w.arn}) from worthy as w where w.type = 'role'
    ), null, false, true, false) as j
    anti join admins as a using (principal)
    where j.verdict <> 'blocked' and j.principal <> j.resource
)

select
    t.principal, t.account_id, t.method, t.kind, t.object, t.becomes,
    case
        when t.kind <> 'take' and t.aim <> '*' and t.is_certain and coalesce(c.verdict, 'certain') = 'certain'
            then 'certain'
        else 'conditional'
    end as verdict,
    list_sort(list_distinct(t.conditions || coalesce(c.reasons, []))) as conditions
from aimed as t
left join checked as c on c.principal = t.principal and c.action = t.on_target and c.resource = t.object
where not t.is_limited or t.object = 'any' or t.kind = 'take' or t.aim = '*' or c.principal is not null
union all
select s.principal, s.account_id, 'assume_role', 'assume', s.resource, s.resource, s.verdict, s.reasons
from assumed as s
union all
select a.principal, a.account_id, 'administrator', 'self', null, null, a.verdict, a.conditions from admins as a;

-- The shortest ways from a principal that is no administrator to what has no end, one for each method of the first step.
-- gives: principal VARCHAR, account_id VARCHAR, method VARCHAR, hops INTEGER, becomes VARCHAR, verdict VARCHAR, conditions VARCHAR[], path VARCHAR
create or replace macro iam_paths() as table
with recursive known as materialized (from iam_steps()),

steps as materialized (select k.* from known as k where k.method <> 'administrator'),

near as (
    select k.principal as node, 0 as hops from known as k where k.method = 'administrator'
    union
    select s.principal, 1 from steps as s where s.becomes is null
    union
    select s.principal, n.hops + 1 from near as n join steps as s on s.becomes = n.node
    where n.hops < 6
),

distances as materialized (select n.node, min(n.hops) as hops from near as n group by n.node),

ends as materialized (
    select s.*, coalesce(d.hops, 0) + 1 as hops
    from steps as s left join distances as d on d.node = s.becomes
    where s.becomes is null or d.hops is not null
),

best as materialized (
    select e.* from ends as e
    qualify row_number() over (
        partition by e.principal, e.method order by e.hops, e.verdict, e.becomes nulls first, e.object
    ) = 1
),

onward as materialized (
    select b.* from best as b
    qualify row_number() over (partition by b.principal order by b.hops, b.verdict, b.method) = 1
),

walked as (
    select
        b.principal, b.account_id, b.method, b.hops, b.becomes as node, b.verdict = 'certain' as is_certain, b.conditions,
        concat(b.principal, ' -[', b.method, case when b.becomes is null and b.object not in (b.principal, 'any') then ' ' || b.object end, ']-> ',
            coalesce(b.becomes, 'administrator')) as path,
        1 as walked
    from best as b
    union all
    select
        w.principal, w.account_id, w.method, w.hops, o.becomes, w.is_certain and o.verdict = 'certain',
        list_sort(list_distinct(w.conditions || o.conditions)),
        concat(w.path, ' -[', o.method, case when o.becomes is null and o.object not in (o.principal, 'any') then ' ' || o.object end, ']-> ',
            coalesce(o.becomes, 'administrator')),
        w.walked + 1
    from walked as w join onward as o on o.principal = w.node
    where w.walked < w.hops
)

select
    w.principal, w.account_id, w.method, w.hops, w.node as becomes,
    case when w.is_certain then 'certain' else 'conditional' end as verdict, w.conditions, w.path
from walked as w
where w.walked = w.hops;
