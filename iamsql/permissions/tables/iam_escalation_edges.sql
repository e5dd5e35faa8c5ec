-- What each node of the search (iam_escalation_nodes) brings about. `effect` is
--   become: who controls the node controls the user or role `item` too;
--   fact: the change `item` of the user, role, group or policy `object` is made, of which those profit whom it gains;
--   run: leads on without a step: from a node to its class, and from a service to the role `item` of what runs there;
--   gain: who controls the node and has the fact `object` controls the node `item`, of the user or role `arn`;
--   goal: the node is an administrator, or with standing 4 may be one by a document that was not read.
-- Nodes of one account that are alike have a class, named by the first of them, which has what all of them bring about: it
-- may lead back to one of them, for whom that is no step. `standing` is as in iam_subject_methods; 1 also where a step depends on
-- what IAM does not tell. Without `every_method` the best method leads to each service; with it all do.
-- gives: node VARCHAR, arn VARCHAR, method VARCHAR, effect VARCHAR, item VARCHAR, object VARCHAR, standing INTEGER, conditions VARCHAR[]
create or replace macro iam_escalation_edges(every_method) as table
with recursive rows as materialized (from iam_escalation_nodes()),

nodes as materialized (
    select r.node, r.arn, r.account_id, r.state, r.object as change_of, r.is_unbounded, r.alike
    from rows as r where r.node is not null
),

abilities as materialized (
    select
        r.alike, r.method, r.kind, r.target, r.service, r.on_target, r.standing, r.is_limited, r.conditions, r.besides,
        r.besides_conditions
    from rows as r where r.node is null
),

goals as materialized (
    select n.node, n.arn, min(a.standing) as standing, arg_min(a.conditions, a.standing) as conditions
    from nodes as n join abilities as a on a.alike = n.alike
    where a.method in ('administrator', 'unread')
    group by n.node, n.arn
),

-- Administrators for certain need no way, so that they have no class.
classes as materialized (
    select
        n.node, concat('class ', min(n.node) over (partition by n.alike, n.account_id, n.state)) as class,
        n.arn, n.account_id, n.state, n.alike
    from nodes as n
    where
        n.alike in (select a.alike from abilities as a where a.method not in ('administrator', 'unread'))
        and n.node not in (select g.node from goals as g where g.standing = 0)
),

owners as materialized (
    select
        c.class as node, c.account_id, c.state, c.alike, c.class[7:] as subject, arg_min(c.arn, c.node) as arn
    from classes as c group by c.class, c.account_id, c.state, c.alike
),

-- the classes of whose members a policy may speak one by one
varying as materialized (
    select distinct c.class, l.on_target
    from (
        select distinct p.principal_arn, t.on_target
        from aws_iam_principal_policy as p
        join aws_iam_statement as s on s.document_id = p.document_id and s.has_variables
        join (
            select distinct a.on_target from abilities as a where a.is_limited or a.on_target = 'sts:AssumeRole'
        ) as t on iam_matches_action(s.action_likes, s.actions is not null, t.on_target)
    ) as l
    join classes as c on c.arn = l.principal_arn
),

-- abilities of classes, and of nodes one by one where they differ by variables of policies; those that lead to services on all
-- resources are below
able as materialized (
    select o.node, o.arn, o.account_id, o.state, o.alike, o.subject, a.* exclude (alike)
    from owners as o
    join abilities as a on a.alike = o.alike
    left join varying as v on a.is_limited and v.class = o.node and v.on_target = a.on_target
    where v.class is null and a.kind in ('self', 'credentials', 'assume', 'pass') and (a.kind <> 'pass' or a.is_limited)
        and a.method not in ('administrator', 'unread', 'update_saml_provider')
    union all
    select c.node, c.arn, c.account_id, c.state, c.alike, c.node, a.* exclude (alike)
    from classes as c
    join abilities as a on a.alike = c.alike and a.is_limited
    join varying as v on v.class = c.class and v.on_target = a.on_target
    where a.kind in ('self', 'credentials', 'assume', 'pass')
        and a.method not in ('administrator', 'unread', 'update_saml_provider')
),

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
        unnest(coalesce(s.principals, [{'type': 'AWS', 'value': '*'}])) as one, s.principals is null or exists (
            from aws_iam_statement as o where o.document_id = d.document_id and o.effect = 'Deny'
        ) or exists (
            from aws_organizations_account_policy as l
            join aws_iam_statement as o on o.document_id = l.document_id
            where l.type = 'RESOURCE_CONTROL_POLICY' and o.effect = 'Deny'
        ) as is_denied
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
        bool_or(t.has_variables or iam_conditions_use(t.conditions, 'principal')) as personal,
        bool_or(len(t.conditions) = 0) and not bool_or(t.is_denied) as is_plain
    from trust_statements as t
    where t.one.type = 'AWS' and iam_matches_action(t.action_likes, t.reaches, 'sts:AssumeRole')
    group by all
),

-- Where an ability is limited to some resources: those that the policies name without a wildcard (`exact`), so that not every
-- user and role of the account has to be tried. An explicit deny of all but some resources leaves those.
limiting as materialized (
    select
        a.node, a.on_target, s.effect, l.layer, s.conditions, s.not_resources is not null as is_not,
        [
            regexp_replace(replace(pattern_, '${aws:username}', regexp_extract(a.arn, '[^/]+$')), '\$\{[^}]*\}', '*', 'g')
            for pattern_ in coalesce(s.resources, s.not_resources)
        ] as patterns,
        a.state in ('widened', 'rewritten', 'joined') as is_changed
    from (select distinct b.node, b.arn, b.state, b.on_target from able as b where b.is_limited and b.state <> 'new') as a
    join aws_iam_principal_policy as l on l.principal_arn = a.arn
    join aws_iam_statement as s
        on s.document_id = l.document_id
        and iam_matches_action(s.action_likes, s.actions is not null, a.on_target)
),

named as materialized (
    select
        t.node, t.on_target,
        coalesce(
            any_value(t.patterns) filter (t.effect = 'Deny' and t.is_not and len(t.conditions) = 0 and t.is_exact),
            case when bool_and(t.is_exact and not t.is_changed and not t.is_not)
                filter (t.effect = 'Allow' and t.layer = 'identity')
                then flatten(list(t.patterns) filter (t.effect = 'Allow' and t.layer = 'identity')) end
        ) as exact
    from (
        select l.*, not regexp_matches(array_to_string(l.patterns, ' '), '[*?]') as is_exact from limiting as l
    ) as t
    group by t.node, t.on_target
),

-- what a managed policy of the account is to users, roles and groups
attachments as materialized (
    select distinct l.account_id, l.policy_arn, l.principal_arn as arn,
        case l.layer when 'boundary' then 'unbounded' else 'widened' end as change
    from aws_iam_principal_policy as l
    where l.policy_arn is not null and not l.is_aws_managed
    union all
    select distinct g.account_id, g.policy_arn, g.group_arn, 'widened'
    from aws_iam_group_policy as g
    where g.policy_arn is not null and split_part(g.policy_arn, ':', 5) <> 'aws'
),

-- The changes that a node may make to users, roles, groups and policies, as facts. One of each user or role alike is one fact.
changes as materialized (
    select a.*, concat('fact ', c.change, ' ', a.target, 's in ', a.account_id) as item, 'any' as object, 0 as floor
    from able as a
    join (
        select
            unnest(['attach_user_policy', 'put_user_policy', 'attach_role_policy', 'put_role_policy']) as method,
            'widened' as change
        union all
        select unnest(['delete_user_boundary', 'put_user_boundary', 'delete_role_boundary', 'put_role_boundary']), 'unbounded'
    ) as c on c.method = a.method
    where not a.is_limited
    union all
    select
        a.*, concat('fact ', case when a.method like '%\_boundary' escape '\' then 'unbounded ' else 'widened ' end, p.arn),
        p.arn, 0
    from able as a
    left join named as x on x.node = a.node and x.on_target = a.on_target
    join people as p
        on p.account_id = a.account_id and p.type = a.target
        and (x.exact is null or list_contains(x.exact, p.arn))
        and (p.boundary_arn is not null or a.method not like '%\_boundary' escape '\')
    where a.is_limited and a.kind = 'self' and a.target in ('user', 'role')
    union all
    select a.*, concat('fact widened ', g.arn), g.arn, 0
    from able as a join aws_iam_group as g on g.account_id = a.account_id
    where a.method in ('attach_group_policy', 'put_group_policy')
    union all
    select a.*, concat('fact version ', t.policy_arn), t.policy_arn,
        case when a.method = 'set_default_policy_version' then 1 else 0 end
    from able as a
    join (select distinct m.policy_arn, m.account_id from attachments as m) as t on t.account_id = a.account_id
    where a.kind = 'self' and a.target = 'policy'
    union all
    select a.*, concat('fact joined ', g.change_of), g.change_of, 0
    from able as a
    join (
        select distinct n.account_id, n.change_of from nodes as n
        where n.state = 'joined' and not n.is_unbounded and not contains(n.change_of, ' and ')
    ) as g on g.account_id = a.account_id
    where a.method = 'add_user_to_group'
),

-- Roles that may be passed to a service, and those that what runs there has already. Where one of them is as good as another,
-- the node's step leads to the service in its account, and from there to each role without a step. `reach` is take for what
-- runs already; pass for roles in an instance profile where the service takes one, place for roles that can be put into one.
services as materialized (
    select
        s.account_id, s.role, s.service, r.reach, concat(r.reach, ' ', s.service, ' in ', s.account_id) as place,
        case when r.reach = 'take' or s.service = 'saml'
                or p.has_profile is null and s.service = 'ec2.amazonaws.com' and r.reach <> 'place'
            then 1 else 0 end as floor
    from served as s
    join people as p on p.arn = s.role
    cross join (select unnest(['take', 'pass', 'place']) as reach) as r
    where r.reach = 'place' or s.service <> 'ec2.amazonaws.com' or coalesce(p.has_profile, true)
),

service_abilities as materialized (
    select
        a.*, case when a.method = 'update_saml_provider' then 'saml' else a.service end as served_by,
        case
            when a.kind = 'take' or a.method = 'update_saml_provider' then 'take'
            when a.service <> 'ec2.amazonaws.com' or a.method = 'add_role_to_instance_profile' or i.alike is not null then 'place'
            else 'pass'
        end as reach
    from abilities as a
    left join (select distinct b.alike from abilities as b where b.kind = 'aid') as i on i.alike = a.alike
    where a.kind in ('pass', 'take') or a.method = 'update_saml_provider'
),

-- for each service the method that depends on least; with every_method all of them
entries as materialized (
    select o.node, a.method, concat(a.reach, ' ', a.served_by, ' in ', o.account_id) as place, a.standing, a.conditions
    from (
        select b.* from service_abilities as b
        where not (b.kind = 'pass' and b.is_limited)
        qualify every_method or row_number() over (
            partition by b.alike, b.served_by, b.reach order by b.standing, len(b.conditions), b.method
        ) = 1
    ) as a
    join owners as o on o.alike = a.alike
    where concat(a.reach, ' ', a.served_by, ' in ', o.account_id) in (select s.place from services as s)
),

-- the users and roles that a node may become, one by one
takes as materialized (
    select a.*, p.arn as item, p.arn as object, 0 as floor
    from able as a
    left join named as x on a.is_limited and x.node = a.node and x.on_target = a.on_target
    join people as p
        on p.account_id = a.account_id and p.type = a.target and (p.arn <> a.arn or a.node like 'class %')
        and (x.exact is null or list_contains(x.exact, p.arn))
    where
        (a.kind = 'credentials' and a.method not like 'create\_user\_%' escape '\' or a.method = 'update_assume_role_policy')
        -- who has a password gets another, and who has none a first one
        and not (a.method = 'update_login_profile' and not coalesce(p.password_enabled, true))
        and not (a.method = 'create_login_profile' and coalesce(p.password_enabled, false))
    union all
    select a.*, s.role, s.role, s.floor
    from able as a
    join service_abilities as b on b.alike = a.alike and b.method = a.method
    left join named as x on x.node = a.node and x.on_target = a.on_target
    join services as s
        on s.account_id = a.account_id and s.service = b.served_by and s.reach = b.reach
        and (s.role <> a.arn or a.node like 'class %') and (x.exact is null or list_contains(x.exact, s.role))
    where a.kind = 'pass'
    union all
    -- users and roles that one creates, and what no policy tells: permission sets and sessions of root
    select a.*, concat('new ', a.account_id), 'any', 0
    from able as a
    where a.method like 'create\_%\_with\_%' escape '\'
    union all
    select a.*, n.node, n.change_of, 0
    from able as a join nodes as n on n.account_id = a.account_id and n.state = 'new' and n.change_of is not null
    where a.method = 'create_user_in_group'
    union all
    select a.*, 'administrator', 'any', 1
    from able as a
    join centres as c
        on c.account_id = a.account_id and c.service = case when a.method = 'assume_root' then 'iam' else 'sso' end
    where a.kind in ('assume', 'self') and a.target = '*'
),

-- from which node a change leads to which; the facts of a user or role, its groups and policies
made as materialized (select distinct c.item as fact from changes as c),

facts_of as materialized (
    select f.arn, f.change, f.fact
    from (
        select p.arn, c.change, concat(
            'fact ', c.change, ' ', case when c.of_all then concat(p.type, 's in ', p.account_id) else p.arn end
        ) as fact
        from people as p
        cross join (
            select unnest(['widened', 'widened', 'unbounded', 'unbounded']) as change, unnest([true, false, true, false]) as of_all
        ) as c
        union all
        select m.arn, 'widened', concat('fact widened ', m.group_arn) from memberships as m
        union all
        select t.arn, t.change, concat('fact version ', t.policy_arn) from attachments as t
    ) as f
    where f.fact in (select m.fact from made as m)
),

-- changes by which a node can do nothing that it could not do before
idle as materialized (
    select p.old, p.new
    from (
        select distinct b.alike as old, n.alike as new
        from nodes as n join nodes as b on b.node = n.arn
        where n.state in ('widened', 'rewritten', 'unbounded')
    ) as p
    where not exists (
        from abilities as a
        where a.alike = p.new and not exists (
            from abilities as o
            where
                o.alike = p.old and o.method = a.method and o.service is not distinct from a.service
                and o.standing <= a.standing and (a.is_limited or not o.is_limited)
        )
    )
),

gains as materialized (
    select x.by_node, x.fact, n.node, n.arn, n.account_id
    from (
        select n.arn as by_node, f.fact, n.node
        from nodes as n join facts_of as f on f.arn = n.arn and f.change = n.state
        where n.state in ('widened', 'unbounded') and not (n.state = 'widened' and n.is_unbounded)
        union all
        select n.arn, concat('fact version ', n.change_of), n.node from nodes as n where n.state = 'rewritten'
        union all
        select concat(n.arn, case when f.change = 'unbounded' then ' widened' else ' unbounded' end), f.fact, n.node
        from nodes as n join facts_of as f on f.arn = n.arn
        where n.state = 'widened' and n.is_unbounded
        union all
        select n.arn, concat('fact joined ', n.change_of), n.node from nodes as n
        where n.state = 'joined' and not n.is_unbounded and not contains(n.change_of, ' and ')
        union all
        select concat(n.arn, ' in ', split_part(n.change_of, ' and ', o.place)),
            concat('fact joined ', split_part(n.change_of, ' and ', 3 - o.place)), n.node
        from nodes as n cross join (select unnest([1, 2]) as place) as o
        where n.state = 'joined' and contains(n.change_of, ' and ')
        union all
        select concat(n.arn, ' in ', n.change_of), f.fact, n.node
        from nodes as n join facts_of as f on f.arn = n.arn and f.change = 'unbounded'
        where n.state = 'joined' and n.is_unbounded
        union all
        select concat(n.arn, ' unbounded'), concat('fact joined ', n.change_of), n.node
        from nodes as n where n.state = 'joined' and n.is_unbounded
        union all
        -- who joined a group that is widened, or is widened after having joined one, is widened
        select j.node, f.fact, concat(j.arn, ' widened')
        from nodes as j
        join (
            select o.arn, o.fact from facts_of as o where o.change = 'widened'
            union all
            select g.arn, concat('fact widened ', g.arn) from aws_iam_group as g
        ) as f on f.arn in (j.arn, j.change_of)
        where j.state = 'joined' and not j.is_unbounded
    ) as x
    join nodes as n on n.node = x.node
    left join nodes as b on b.node = x.by_node
    left join idle as i on i.old = b.alike and i.new = n.alike
    where x.fact in (select m.fact from made as m) and i.new is null
),

-- A role that leads nowhere is not worth assuming. Here and in `reachable` nodes are identified by MD5 digests, which take less
-- memory than names. The function hash() gives ARNs that differ in two places the same value too often.
useful as materialized (
    select md5_number(g.node) as id from goals as g
    union
    select md5_number(c.node) from classes as c
    union
    select md5_number(g.by_node) from gains as g
),

-- who may assume which role, by what its trust policy names; whether it really may is evaluated below. A trust policy that
-- says no more than the account leaves the answer to the caller's policies (`is_settled`).
trusting as materialized (
    select
        a.node, t.role, a.subject, bool_or(t.personal or v.class is not null) as personal,
        bool_or(t.is_plain and not a.is_limited) as is_settled, any_value(a.standing) as standing,
        any_value(a.conditions) as conditions
    from (
        select b.*, unnest([b.account_id, '*']) as as_account from able as b where b.method = 'assume_role'
    ) as a
    join trusts as t on t.trusted_account = a.as_account
    left join varying as v on v.class = a.node and v.on_target = a.on_target
    where (t.role <> a.arn or a.node like 'class %') and md5_number(t.role) in (select u.id from useful as u)
    group by all
),

assumes as materialized (
    select a.node, a.role, a.subject, a.is_settled, a.standing, a.conditions
    from trusting as a
    where a.is_settled or not a.personal or a.node not like 'class %'
    union all
    select c.node, a.role, c.node, false, null, null
    from trusting as a join classes as c on c.class = a.node
    where a.personal and not a.is_settled and c.arn <> a.role
    union all
    select n.node, t.role, n.node, false, null, null
    from (
        select t.role, p.principal_arn as arn from trusts as t join aws_iam_principal as p on p.principal_arn = t.trusted
        union
        select t.role, p.principal_arn from trusts as t join aws_iam_principal as p on p.id = t.trusted
        union
        select t.role, p.principal_arn from trusts as t join aws_iam_principal as p on p.account_id = t.account_id
        where t.trusted_account = '*'
        union
        select t.role, p.principal_arn
        from trusts as t
        join aws_iam_principal as p
            on p.account_id = split_part(t.trusted, ':', 5) and p.name = split_part(t.trusted, '/', 2) and p.type = 'AssumedRole'
        where t.trusted like 'arn:%:sts::%:assumed-role/%/%'
    ) as t
    join (
        select m.node, m.arn from nodes as m
        union all
        select o.principal_arn, o.principal_arn
        from aws_iam_principal as o where o.principal_arn not in (select m.node from nodes as m)
    ) as n on n.arn = t.arn
    where t.role <> n.arn and md5_number(t.role) in (select u.id from useful as u)
        and n.arn not in (select g.arn from goals as g where g.node = g.arn and g.standing = 0)
),

-- What cannot lead to a goal is not judged any further: the nodes that reach one if all that may be open is open. A change is
-- of use to who makes it and to whom it is made.
edges as materialized (
    select md5_number(e.node) as id, md5_number(e.item) as item
    from (
        select c.node, c.class as item from classes as c
        union all
        select t.node, t.item from takes as t
        union all
        select a.node, a.role from assumes as a
        union all
        select n.node, n.place from entries as n
        union all
        select v.place, v.role from services as v
        union all
        select c.node, c.item from changes as c
        union all
        select g.fact, g.node from gains as g
        union all
        -- a change may be of use to a node by which it leads to another
        select g.by_node, g.node from gains as g
    ) as e
),

reachable as materialized (
    with recursive reaching as (
        select md5_number(g.node) as id from goals as g
        union
        select md5_number('administrator')
        union
        select e.id from reaching as r join edges as e on e.item = r.id
    )
    select r.id from reaching as r
),

wanted as materialized (
    select c.*, 'fact' as effect from changes as c
    where md5_number(c.item) in (select h.id from reachable as h)
    union all
    select t.*, 'become' from takes as t where md5_number(t.item) in (select h.id from reachable as h)
),

examples as materialized (select p.account_id, min(p.principal_arn) as arn from aws_iam_principal as p group by all),

limited as materialized (
    select
        w.node, w.method, w.item, w.object, w.subject, w.on_target,
        case when w.on_target = 'iam:PassRole'
            then [{'key': 'iam:passedtoservice', 'values': [w.service]}] else iam_no_context() end
        || case when w.on_target like 'iam:Attach%'
            then [{'key': 'iam:policyarn', 'values': [iam_administrator_access(split_part(w.object, ':', 2))]}]
            else iam_no_context() end
        || case when w.method like 'attach\_%' escape '\' or w.method like 'put\_%policy' escape '\' then [{
                'key': 'iam:permissionsboundary',
                'values': case when p.boundary_arn is not null then [p.boundary_arn] end
            }] when w.method like 'put\_%\_boundary' escape '\' then [{
                'key': 'iam:permissionsboundary', 'values': [iam_administrator_access(split_part(w.object, ':', 2))]
            }] else iam_no_context() end as context
    from wanted as w
    left join people as p on p.arn = w.object
    where (w.is_limited or w.method = 'create_user_in_group') and w.object <> 'any' and w.target <> '*'
),

assuming as materialized (select s.* from assumes as s where md5_number(s.role) in (select h.id from reachable as h)),

subjects as materialized (
    select coalesce(list({
        'subject': q.subject, 'principal': coalesce(e.arn, n.arn, q.subject),
        'groups': case when n.state in ('joined', 'new') and n.change_of is not null then string_split(n.change_of, ' and ') end,
        'without_arn': case when n.state = 'rewritten' then n.change_of end,
        'is_widened': coalesce(n.state in ('widened', 'rewritten') or n.state = 'new' and n.change_of is null, false),
        'is_unbounded': coalesce(n.is_unbounded, false), 'is_new': coalesce(n.state = 'new', false)
    }), []) as listed
    from (select l.subject from limited as l union select a.subject from assuming as a where not a.is_settled) as q
    left join nodes as n on n.node = q.subject
    left join examples as e on e.account_id = n.account_id and n.state = 'new'
),

put as materialized (
    select q.*, row_number() over (order by q.trust, q.subject, q.action, q.resource, cast(q.context as varchar)) as question
    from (
        select distinct l.subject, l.on_target as action, l.object as resource, l.context, false as trust from limited as l
        union all
        select distinct a.subject, 'sts:AssumeRole', a.role, iam_no_context(), true from assuming as a where not a.is_settled
    ) as q
),

checked as materialized (
    select
        q.subject, q.action, q.resource, q.context, q.trust, case when j.as_read <> 'blocked' then j.reasons else [] end || [
            'not read: ' || name_ for name_ in coalesce(j.missing, [])
        ] as conditions,
        case
            when j.as_read = 'blocked' then 4 when j.verdict = 'unknown' then 3 when len(j.reasons) > 0 then 1 else 0
        end as standing
    from iam_evaluation(
        (select list(iam_subject_question(o.subject, o.action, o.resource, o.context, o.trust) order by o.question) from put as o),
        (select s.listed from subjects as s), true
    ) as j
    join put as q on q.question = j.question
    where j.verdict <> 'blocked'
)

select
    w.node, cast(null as varchar) as arn, w.method, w.effect, w.item,
    case when w.effect = 'fact' or w.item like 'new %' then w.object end as object,
    greatest(w.floor, case when l.node is null then w.standing else greatest(w.besides, c.standing) end) as standing,
    list_sort(list_distinct(case
        when l.node is null then w.conditions
        else w.besides_conditions || c.conditions
    end || case when w.method = 'set_default_policy_version' then ['an earlier version that allows more'] else [] end
    )) as conditions
from wanted as w
left join limited as l on l.node = w.node and l.method = w.method and l.item = w.item and l.object = w.object
left join checked as c
    on not c.trust and c.subject = l.subject and c.action = l.on_target and c.resource = l.object and c.context = l.context
where l.node is null or c.subject is not null
union all
select s.node, null, 'assume_role', 'become', s.role, null, min(c.standing), arg_min(c.conditions, c.standing)
from assuming as s
join checked as c on c.trust and c.subject = s.subject and c.resource = s.role
where not s.is_settled
group by s.node, s.role
union all
select s.node, null, 'assume_role', 'become', s.role, null, s.standing, s.conditions
from assuming as s
where s.is_settled
union all
select e.node, null, e.method, 'become', e.place, null, e.standing, e.conditions
from entries as e where md5_number(e.place) in (select h.id from reachable as h)
union all
select c.node, null, null, 'run', c.class, null, 0, []
from classes as c where md5_number(c.class) in (select h.id from reachable as h)
union all
select distinct s.place, null, null, 'run', s.role, null, s.floor, []
from services as s where md5_number(s.role) in (select h.id from reachable as h)
union all
select distinct g.by_node, g.arn, null, 'gain', g.node, g.fact, 0, []
from gains as g
where md5_number(g.node) in (select h.id from reachable as h) and g.fact in (select w.item from wanted as w where w.effect = 'fact')
union all
select g.node, null, null, 'goal', null, null, g.standing, g.conditions from goals as g;
