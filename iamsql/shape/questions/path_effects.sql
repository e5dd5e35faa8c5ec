-- What each node of the search (iam_nodes) brings about. `effect` is
--   become: who controls the node controls the user or role `item` too;
--   fact: the change `item` of a user, role or group is made, of which who controls that one profits;
--   gain: who controls the node and has the fact `object` controls the node `item`;
--   goal: the node is an administrator, or with standing 4 may be one by a document that was not read.
-- `standing` is as in iam_abilities; 1 also where a step depends on what IAM does not tell.
-- gives: node VARCHAR, arn VARCHAR, account_id VARCHAR, method VARCHAR, effect VARCHAR, item VARCHAR, object VARCHAR, standing INTEGER, conditions VARCHAR[]
create or replace macro iam_effects() as table
with recursive nodes as materialized (from iam_nodes()),

goals as materialized (
    select n.node, n.arn, n.account_id, n.standing, n.conditions from nodes as n where n.method in ('administrator', 'unread')
),

able as materialized (
    select n.* from nodes as n
    where n.kind in ('self', 'credentials', 'assume', 'pass', 'take') and n.method not in ('administrator', 'unread')
),

admins as materialized (select g.node as arn from goals as g where g.node = g.arn and g.standing < 4),

people as materialized (
    select
        u.account_id, u.arn, 'user' as type, u.permissions_boundary_arn as boundary_arn, u.password_enabled, true as has_profile
    from aws_iam_user as u
    union all
    select
        r.account_id, r.arn, 'role', r.permissions_boundary_arn, null,
        case when r.tags_src is not null then coalesce(json_array_length(r.instance_profile_arns), 0) > 0 end
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
),

-- the accounts from which Identity Center and root sessions are managed
centres as materialized (
    select split_part(r.arn, ':', 5) as account_id, unnest(['sso', 'iam']) as service from aws_organizations_root as r
    union
    select d.delegated_account_id, split_part(d.service_principal, '.', 1)
    from aws_organizations_delegated_services_for_account as d
),

memberships as materialized (
    select u.account_id, u.arn, g.arn as group_arn
    from (select w.account_id, w.arn, unnest(w.groups ->> '$[*].GroupName') as name from aws_iam_user as w) as u
    join aws_iam_group as g on g.account_id = u.account_id and g.name = u.name
),

trust_statements as materialized (
    select d.account_id, d.owner_arn as role, s.action_likes, s.actions is not null as reaches, s.has_variables, s.conditions,
        unnest(coalesce(s.principals, [{'type': 'AWS', 'value': '*'}])) as one
    from aws_iam_document as d
    join aws_iam_statement as s on s.document_id = d.document_id
    where d.source = 'trust' and s.effect = 'Allow'
),

served as materialized (
    select distinct t.account_id, t.role,
        case when t.one.type = 'Service' then t.one.value when t.one.value like '%:saml-provider/%' then 'saml' end as service
    from trust_statements as t
    where t.one.type in ('Service', 'Federated')
),

trusts as materialized (
    select
        t.account_id, t.role,
        case
            when t.one.value = '*' then '*'
            when regexp_full_match(t.one.value, '\d{12}') then t.one.value
            when t.one.value like 'arn:%:iam::%:root' then split_part(t.one.value, ':', 5)
        end as trusted_account,
        t.one.value as trusted,
        bool_or(t.has_variables or iam_asks(t.conditions, 'principal')) as personal
    from trust_statements as t
    where t.one.type = 'AWS' and iam_reaches(t.action_likes, t.reaches, 'sts:AssumeRole')
    group by all
),

-- what a managed policy of the account is to users, roles and groups
attachments as materialized (
    select distinct l.account_id, l.policy_arn, l.principal_arn as arn,
        case l.layer when 'boundary' then 'unbounded' else 'widened' end as change
    from aws_iam_principal_policy as l
    where l.policy_arn is not null and not l.is_aws_managed
    union all
    select distinct g.account_id, g.policy_arn, g.group_arn, 'widened'
    from iam_group_policies() as g
    where g.policy_arn is not null and split_part(g.policy_arn, ':', 5) <> 'aws'
),

-- the changes that a node may make to other users, roles and groups, or to itself
changes as materialized (
    select a.*, concat('fact widened ', p.arn) as item, p.arn as object, 0 as floor
    from able as a
    join people as p on p.account_id = a.account_id and p.type = a.target
    where a.kind = 'self' and a.method in ('attach_user_policy', 'put_user_policy', 'attach_role_policy', 'put_role_policy')
    union all
    select a.*, concat('fact unbounded ', p.arn), p.arn, 0
    from able as a
    join people as p on p.account_id = a.account_id and p.type = a.target and p.boundary_arn is not null
    where a.kind = 'self' and a.method like '%\_boundary' escape '\'
    union all
    select a.*, concat('fact widened ', w.arn), g.arn, 0
    from able as a
    join aws_iam_group as g on g.account_id = a.account_id
    join (
        select h.arn as group_arn, h.arn from aws_iam_group as h union all select m.group_arn, m.arn from memberships as m
    ) as w on w.group_arn = g.arn
    where a.kind = 'self' and a.method in ('attach_group_policy', 'put_group_policy')
    union all
    select a.*, concat('fact ', t.change, ' ', t.arn), t.policy_arn,
        case when a.method = 'set_default_policy_version' then 1 else 0 end
    from able as a
    join attachments as t on t.account_id = a.account_id
    where a.kind = 'self' and a.target = 'policy'
    union all
    select a.*, concat('fact joined ', u.arn, ' in ', g.group_arn), g.group_arn, 0
    from able as a
    join (select distinct n.account_id, n.arn, n.group_arn from nodes as n where n.group_arn is not null and n.state = '') as g
        on g.account_id = a.account_id
    join people as u on u.arn = g.arn
    where a.method = 'add_user_to_group'
),

-- the users and roles that a node may become; `needs` is the trust of a role that has to let it in
takes as materialized (
    select a.*, p.arn as item, p.arn as object, 0 as floor
    from able as a
    join people as p on p.account_id = a.account_id and p.arn <> a.arn and p.type = a.target
    where
        (a.kind = 'credentials' and a.method not like 'create\_user\_%' escape '\' or a.method = 'update_assume_role_policy')
        -- who has a password gets another, and who has none a first one
        and not (a.method = 'update_login_profile' and not coalesce(p.password_enabled, true))
        and not (a.method = 'create_login_profile' and coalesce(p.password_enabled, false))
    union all
    select a.*, s.role, s.role, case when a.kind = 'take' or a.target = '*' or p.has_profile is null and a.service = 'ec2.amazonaws.com' then 1 else 0 end
    from able as a
    join served as s on s.account_id = a.account_id and s.role <> a.arn
        and s.service = case when a.method = 'update_saml_provider' then 'saml' else a.service end
    join people as p on p.arn = s.role
    left join nodes as i on i.node = a.node and i.kind = 'aid'
    where
        (a.kind in ('pass', 'take') or a.method = 'update_saml_provider')
        and (
            coalesce(p.has_profile, true) or a.service is distinct from 'ec2.amazonaws.com'
            or a.method = 'add_role_to_instance_profile' or i.node is not null and a.kind = 'pass'
        )
    union all
    -- users and roles that one creates, and what no policy tells: permission sets and sessions of root
    select a.*, concat('new ', a.account_id), 'any', 0
    from able as a
    where a.method like 'create\_%\_with\_%' escape '\'
    union all
    select a.*, n.node, n.group_arn, 0
    from able as a join (select distinct m.node, m.account_id, m.group_arn from nodes as m where m.state = 'new') as n
        on n.account_id = a.account_id and n.group_arn is not null
    where a.method = 'create_user_in_group'
    union all
    select a.*, 'administrator', 'any', 1
    from able as a
    join centres as c
        on c.account_id = a.account_id and c.service = case when a.method = 'assume_root' then 'iam' else 'sso' end
    where a.kind in ('assume', 'self') and a.target = '*' and a.method <> 'update_saml_provider'
),

-- who may assume which role, by what its trust names; whether it really may is judged below
assumes as materialized (
    select a.node, a.arn, a.account_id, a.state, a.group_arn, a.alike, t.role, bool_or(t.personal) as personal
    from able as a join trusts as t on t.trusted_account in (a.account_id, '*')
    where a.method = 'assume_role' and t.role <> a.arn
    group by all
    union all
    select p.principal_arn, p.principal_arn, p.account_id, '', null, p.principal_arn, t.role, true
    from aws_iam_principal as p
    join trusts as t on t.trusted in (p.principal_arn, p.id)
        or (p.type = 'AssumedRole' and t.trusted like concat('arn:%:sts::', p.account_id, ':assumed-role/', p.name, '/%'))
    where t.trusted_account is null and t.role <> p.principal_arn
    union all
    select p.principal_arn, p.principal_arn, p.account_id, '', null, p.principal_arn, t.role, true
    from aws_iam_principal as p join trusts as t on t.trusted_account = '*' and t.account_id = p.account_id
    where t.role <> p.principal_arn
    union all
    select n.node, n.arn, n.account_id, n.state, n.group_arn, n.alike, t.role, true
    from (select distinct m.node, m.arn, m.account_id, m.state, m.group_arn, m.alike from able as m where m.node <> m.arn) as n
    join trusts as t on t.trusted = n.arn
    where t.role <> n.arn
),

gains as materialized (
    select distinct
        n.arn, n.account_id, n.node,
        unnest(case
            when n.group_arn is not null and n.state = 'unbounded' then [
                {'node': concat(n.arn, ' in ', n.group_arn), 'fact': concat('fact unbounded ', n.arn)},
                {'node': concat(n.arn, ' unbounded'), 'fact': concat('fact joined ', n.arn, ' in ', n.group_arn)}]
            when n.group_arn is not null then [{'node': n.arn, 'fact': concat('fact joined ', n.arn, ' in ', n.group_arn)}]
            when n.state = 'widened unbounded' then [
                {'node': concat(n.arn, ' widened'), 'fact': concat('fact unbounded ', n.arn)},
                {'node': concat(n.arn, ' unbounded'), 'fact': concat('fact widened ', n.arn)}]
            else [{'node': n.arn, 'fact': concat('fact ', n.state, ' ', n.arn)}]
        end) as by
    from nodes as n
    where n.node <> n.arn and n.state <> 'new'
    union all
    -- who joined a group that is widened is widened
    select w.arn, w.account_id, w.node, {'node': j.node, 'fact': concat('fact widened ', j.group_arn)}
    from (select distinct m.arn, m.account_id, m.node from nodes as m where m.state = 'widened') as w
    join (select distinct m.arn, m.node, m.group_arn from nodes as m where m.group_arn is not null and m.state = '') as j using (arn)
    union all
    select w.arn, w.account_id, w.node, {'node': j.node, 'fact': concat('fact widened ', j.arn)}
    from (select distinct m.arn, m.account_id, m.node from nodes as m where m.state = 'widened') as w
    join (select distinct m.arn, m.node from nodes as m where m.group_arn is not null and m.state = '') as j using (arn)
),

-- What cannot lead to a goal is not judged any further: the nodes that reach one if all that may be open is open. A change is
-- of use to who makes it and to whom it is made.
edges as materialized (
    select t.node, t.item from takes as t
    union
    select s.node, s.role from assumes as s
    union
    select c.node, g.node from changes as c join gains as g on g.by.fact = c.item
),

hope as materialized (
    with recursive reaching as (
        select g.node from goals as g
        union
        select 'administrator'
        union
        select e.node from reaching as r join edges as e on e.item = r.node
    )
    select r.node from reaching as r
),

useful as materialized (
    select h.node from hope as h
    union
    select g.by.node from gains as g join hope as h on h.node = g.node
    where g.by.fact in (select c.item from changes as c)
),

wanted as materialized (
    select c.*, 'fact' as effect from changes as c
    where exists (from gains as g join hope as h on h.node = g.node where g.by.fact = c.item)
    union all
    select t.*, 'become' from takes as t join useful as u on u.node = t.item
),

varying as materialized (
    select distinct l.principal_arn
    from aws_iam_principal_policy as l join aws_iam_statement as s on s.document_id = l.document_id
    where s.has_variables
),

-- who is alike in one account is judged once
stand_ins as materialized (
    select n.alike, n.account_id, min(n.arn) as stand_in
    from (select distinct m.alike, m.account_id, m.arn from nodes as m where m.node = m.arn) as n
    anti join varying as v on v.principal_arn = n.arn
    group by all
),

examples as materialized (select p.account_id, min(p.principal_arn) as arn from aws_iam_principal as p group by all),

limited as materialized (
    select
        w.node, w.method, w.item, w.object,
        case when w.node = w.arn and v.principal_arn is null then coalesce(s.stand_in, w.node) else w.node end as subject,
        w.on_target,
        case when w.on_target = 'iam:PassRole' then [{'key': 'iam:passedtoservice', 'values': [w.service]}] else iam_no_context() end
        || case when w.on_target like 'iam:Attach%'
            then [{'key': 'iam:policyarn', 'values': [concat('arn:', iam_partition(), ':iam::aws:policy/AdministratorAccess')]}]
            else iam_no_context() end
        || case when w.method like 'attach\_%' escape '\' or w.method like 'put\_%policy' escape '\' then [{
                'key': 'iam:permissionsboundary',
                'values': case when p.boundary_arn is not null then [p.boundary_arn] end
            }] when w.method like 'put\_%\_boundary' escape '\' then [{
                'key': 'iam:permissionsboundary', 'values': [concat('arn:', iam_partition(), ':iam::aws:policy/AdministratorAccess')]
            }] else iam_no_context() end as context
    from wanted as w
    left join varying as v on v.principal_arn = w.arn
    left join stand_ins as s on s.alike = w.alike and s.account_id = w.account_id
    left join people as p on p.arn = w.object
    where w.is_limited and w.object <> 'any' and w.kind <> 'take' and w.target <> '*'
),

assuming as materialized (
    select
        s.node, s.arn, s.account_id, s.role,
        case when s.node = s.arn and v.principal_arn is null and not s.personal then coalesce(i.stand_in, s.node) else s.node end as subject
    from assumes as s
    join useful as u on u.node = s.role
    left join varying as v on v.principal_arn = s.arn
    left join stand_ins as i on i.alike = s.alike and i.account_id = s.account_id
    where s.arn not in (select a.arn from admins as a)
),

subjects as materialized (
    select list({
        'subject': q.subject, 'principal': coalesce(e.arn, n.arn, q.subject), 'group_arn': n.group_arn,
        'is_widened': coalesce(n.state like 'widened%' or n.state = 'new' and n.group_arn is null, false),
        'is_unbounded': coalesce(n.state like '%unbounded' or n.state = 'new', false),
        'is_new': coalesce(n.state = 'new', false)
    }) as listed
    from (select l.subject from limited as l union select a.subject from assuming as a) as q
    left join (select distinct m.node, m.arn, m.account_id, m.state, m.group_arn from nodes as m) as n on n.node = q.subject
    left join examples as e on e.account_id = n.account_id and n.state = 'new'
),

put as materialized (
    select q.*, row_number() over (order by q.trust, q.subject, q.action, q.resource, cast(q.context as varchar)) as question
    from (
        select distinct l.subject, l.on_target as action, l.object as resource, l.context, false as trust from limited as l
        union all
        select distinct a.subject, 'sts:AssumeRole', a.role, iam_no_context(), true from assuming as a
    ) as q
),

checked as materialized (
    select
        q.subject, q.action, q.resource, q.context, q.trust, j.reasons || [
            'not read: ' || name_ for name_ in coalesce(j.missing, [])
        ] as conditions,
        case when j.verdict = 'unknown' then 3 when len(j.reasons) > 0 then 1 else 0 end as standing
    from iam_evaluated(
        (select list(iam_question_of(o.subject, o.action, o.resource, o.context, o.trust) order by o.question) from put as o),
        (select s.listed from subjects as s), true
    ) as j
    join put as q on q.question = j.question
    where j.as_read <> 'blocked'
)

select
    w.node, w.arn, w.account_id, w.method, w.effect, w.item, w.object,
    greatest(w.floor, case
        when l.node is null then w.standing
        else greatest(w.besides, c.standing)
    end) as standing,
    list_sort(list_distinct(case
        when l.node is null then w.conditions
        else w.besides_conditions || c.conditions
    end || case when w.method = 'set_default_policy_version' then ['an earlier version that allows more'] else [] end)) as conditions
from wanted as w
left join limited as l on l.node = w.node and l.method = w.method and l.item = w.item and l.object = w.object
left join checked as c on not c.trust and c.subject = l.subject and c.action = l.on_target and c.resource = l.object and c.context = l.context
where l.node is null or c.subject is not null
union all
select s.node, s.arn, s.account_id, 'assume_role', 'become', s.role, s.role, c.standing, c.conditions
from (select distinct a.node, a.arn, a.account_id, a.role, a.subject from assuming as a) as s
join checked as c on c.trust and c.subject = s.subject and c.resource = s.role
union all
select g.by.node, g.arn, g.account_id, null, 'gain', g.node, g.by.fact, 0, []
from gains as g
where g.by.fact in (select w.item from wanted as w)
union all
select g.node, g.arn, g.account_id, null, 'goal', null, null, g.standing, g.conditions from goals as g;
