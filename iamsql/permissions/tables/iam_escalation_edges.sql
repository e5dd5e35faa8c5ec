-- The edges between the nodes of the search for escalation paths (iam_escalation_nodes). `edge_type` is
--   control: who controls `node` can control the user or role `next_node` too;
--   change: who controls `node` can make the change `next_node` to the user, role, group or policy `object`;
--   gain: who controls `node` and has made the change `object` controls `next_node`, a node of the user or role `arn`;
--   implies: leads on without a step, from a node to its class, and from a service to the role `next_node` of a workload;
--   goal: `node` is an administrator, or with an uncertainty of 4 can be one by a policy that was not read.
-- Nodes of one account with the same methods have a class, with the name of the first of them: the class has the edges that all
-- of them have. An edge from a class may lead to a member, for which it is no step. `uncertainty` is that of iam_subject_methods,
-- and is also 1 where a step depends on what IAM does not say. With `every_method` all methods lead to a service, otherwise the
-- best.
-- gives: node VARCHAR, arn VARCHAR, method VARCHAR, edge_type VARCHAR, next_node VARCHAR, object VARCHAR, uncertainty INTEGER, conditions VARCHAR[]
create or replace macro iam_escalation_edges(every_method) as table
with node_rows as materialized (from iam_escalation_nodes()),

nodes as materialized (
    select r.node, r.arn, r.account_id, r.state, r.object as state_object, r.is_unbounded, r.subject
    from node_rows as r where r.node is not null
),

-- The methods of each subject; nodes with one subject have the same methods.
methods as materialized (
    select
        r.subject, r.method, r.kind, r.target, r.service, r.target_action, r.uncertainty, r.is_limited, r.conditions,
        r.other_uncertainty, r.other_conditions
    from node_rows as r where r.node is null
),

goals as materialized (
    select n.node, n.arn, min(m.uncertainty) as uncertainty, arg_min(m.conditions, m.uncertainty) as conditions
    from nodes as n join methods as m on m.subject = n.subject
    where m.method in ('administrator', 'unread')
    group by n.node, n.arn
),

-- The class of each node. Certain administrators need no path, so that they have no class.
classes as materialized (
    select
        n.node, concat('class ', min(n.node) over (partition by n.subject, n.account_id, n.state)) as class,
        n.arn, n.account_id, n.state, n.subject
    from nodes as n
    where
        n.subject in (select m.subject from methods as m where m.method not in ('administrator', 'unread'))
        and n.node not in (select g.node from goals as g where g.uncertainty = 0)
),

-- The classes as nodes. `evaluated_node` is the member that is evaluated for the class.
class_nodes as materialized (
    select
        c.class as node, c.account_id, c.state, c.subject, c.class[7:] as evaluated_node, arg_min(c.arn, c.node) as arn
    from classes as c group by c.class, c.account_id, c.state, c.subject
),

-- The classes with a member that has a policy with variables for an action: the action may differ between the members.
varying_classes as materialized (
    select distinct c.class, l.target_action
    from (
        select distinct p.principal_arn, t.target_action
        from aws_iam_principal_policy as p
        join aws_iam_statement as s on s.document_id = p.document_id and s.has_variables
        join (
            select distinct m.target_action from methods as m where m.is_limited or m.target_action = 'sts:AssumeRole'
        ) as t on iam_matches_action(s.action_likes, s.actions is not null, t.target_action)
    ) as l
    join classes as c on c.arn = l.principal_arn
),

-- The methods of each class, and of each member where they differ. Methods that lead to all roles of a service come later.
node_methods as materialized (
    select n.node, n.arn, n.account_id, n.state, n.subject, n.evaluated_node, m.* exclude (subject)
    from class_nodes as n
    join methods as m on m.subject = n.subject
    left join varying_classes as v on m.is_limited and v.class = n.node and v.target_action = m.target_action
    where v.class is null and m.kind in ('self', 'credentials', 'assume', 'pass') and (m.kind <> 'pass' or m.is_limited)
        and m.method not in ('administrator', 'unread', 'update_saml_provider')
    union all
    select c.node, c.arn, c.account_id, c.state, c.subject, c.node, m.* exclude (subject)
    from classes as c
    join methods as m on m.subject = c.subject and m.is_limited
    join varying_classes as v on v.class = c.class and v.target_action = m.target_action
    where m.kind in ('self', 'credentials', 'assume', 'pass')
        and m.method not in ('administrator', 'unread', 'update_saml_provider')
),

-- The users and roles that methods can target.
principals as materialized (
    select
        u.account_id, u.arn, 'user' as type, u.permissions_boundary_arn as boundary_arn, u.password_enabled,
        true as has_instance_profile
    from aws_iam_user as u
    union all
    select
        r.account_id, r.arn, 'role', r.permissions_boundary_arn, null,
        case when r.tags_src is not null then coalesce(json_array_length(r.instance_profile_arns), 0) > 0 end
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
),

-- The accounts that administer Identity Center (sso) and root sessions (iam).
administration_accounts as materialized (
    select split_part(r.arn, ':', 5) as account_id, unnest(['sso', 'iam']) as service from aws_organizations_root as r
    union
    select d.delegated_account_id, split_part(d.service_principal, '.', 1)
    from aws_organizations_delegated_services_for_account as d
),

group_memberships as materialized (
    select u.account_id, u.arn, g.arn as group_arn
    from (select w.account_id, w.arn, unnest(w.groups ->> '$[*].GroupName') as name from aws_iam_user as w) as u
    join aws_iam_group as g on g.account_id = u.account_id and g.name = u.name
),

-- The principals that each role's trust policy allows. `may_be_denied`: the trust policy or an RCP has a Deny.
trust_statements as materialized (
    select d.account_id, d.owner_arn as role, s.action_likes, s.actions is not null as is_action, s.has_variables, s.conditions,
        unnest(coalesce(s.principals, [{'type': 'AWS', 'value': '*'}])) as principal, s.principals is null or exists (
            from aws_iam_statement as o where o.document_id = d.document_id and o.effect = 'Deny'
        ) or exists (
            from aws_organizations_account_policy as l
            join aws_iam_statement as o on o.document_id = l.document_id
            where l.type = 'RESOURCE_CONTROL_POLICY' and o.effect = 'Deny'
        ) as may_be_denied
    from aws_iam_document as d
    join aws_iam_statement as s on s.document_id = d.document_id
    where d.source = 'trust' and s.effect = 'Allow'
),

-- The roles with the services that may assume them, without the region and the suffix of the partition: states.us-east-1 is states.
-- Identity pools of Amazon Cognito are federated principals in trust policies, as are the service accounts of EKS clusters, which
-- count as pods. A SAML provider counts as the service saml.
service_roles as materialized (
    select distinct t.account_id, t.role, t.principal.type = 'Federated' as is_federated, case
        when t.principal.type = 'Service'
            then regexp_replace(t.principal.value, '(\.[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$', '.amazonaws.com')
        when t.principal.value like '%:saml-provider/%' then 'saml'
        when regexp_matches(t.principal.value, '^cognito-identity[a-z0-9.-]*\.amazonaws\.com(\.cn)?$')
            then 'cognito-identity.amazonaws.com'
        when regexp_matches(t.principal.value, ':oidc-provider/oidc\.eks\.') then 'pods.eks.amazonaws.com'
    end as service
    from trust_statements as t
    where t.principal.type in ('Service', 'Federated')
),

-- The roles with the AWS principals that may assume them; `trusted_account` is `*` for everyone, and NULL for one principal.
trusts as materialized (
    select
        t.account_id, t.role,
        case
            when t.principal.value = '*' then '*'
            when regexp_full_match(t.principal.value, '\d{12}') then t.principal.value
            when t.principal.value like 'arn:%:iam::%:root' then split_part(t.principal.value, ':', 5)
        end as trusted_account,
        t.principal.value as trusted,
        bool_or(t.has_variables or iam_conditions_use(t.conditions, 'principal')) as depends_on_principal,
        bool_or(len(t.conditions) = 0) and not bool_or(t.may_be_denied) as is_unconditional
    from trust_statements as t
    where t.principal.type = 'AWS' and iam_matches_action(t.action_likes, t.is_action, 'sts:AssumeRole')
    group by all
),

-- The statements that limit an action to some resources.
limiting_statements as materialized (
    select
        a.node, a.target_action, s.effect, l.layer, s.conditions, s.not_resources is not null as is_not_resource,
        [
            regexp_replace(replace(pattern_, '${aws:username}', regexp_extract(a.arn, '[^/]+$')), '\$\{[^}]*\}', '*', 'g')
            for pattern_ in coalesce(s.resources, s.not_resources)
        ] as patterns,
        a.state in ('widened', 'rewritten', 'joined') as is_changed
    from (
        select distinct m.node, m.arn, m.state, m.target_action from node_methods as m where m.is_limited and m.state <> 'new'
    ) as a
    join aws_iam_principal_policy as l on l.principal_arn = a.arn
    join aws_iam_statement as s
        on s.document_id = l.document_id
        and iam_matches_action(s.action_likes, s.actions is not null, a.target_action)
),

-- The resources of an action where the policies list them without a wildcard, so that not every user and role of the account has
-- to be evaluated. An explicit deny of all but some resources leaves those.
listed_resources as materialized (
    select
        t.node, t.target_action,
        coalesce(
            any_value(t.patterns) filter (t.effect = 'Deny' and t.is_not_resource and len(t.conditions) = 0 and t.is_exact),
            case when bool_and(t.is_exact and not t.is_changed and not t.is_not_resource)
                filter (t.effect = 'Allow' and t.layer = 'identity')
                then flatten(list(t.patterns) filter (t.effect = 'Allow' and t.layer = 'identity')) end
        ) as arns
    from (
        select l.*, not regexp_matches(array_to_string(l.patterns, ' '), '[*?]') as is_exact from limiting_statements as l
    ) as t
    group by t.node, t.target_action
),

-- The customer managed policies with the users, roles and groups they are attached to. A new version widens these, or replaces
-- their boundary.
policy_attachments as materialized (
    select distinct l.account_id, l.policy_arn, l.principal_arn as arn,
        case l.layer when 'boundary' then 'unbounded' else 'widened' end as state
    from aws_iam_principal_policy as l
    where l.policy_arn is not null and not l.is_aws_managed
    union all
    select distinct g.account_id, g.policy_arn, g.group_arn, 'widened'
    from aws_iam_group_policy as g
    where g.policy_arn is not null and split_part(g.policy_arn, ':', 5) <> 'aws'
),

-- The changes that a node can make to users, roles, groups and policies. Where it can change all users or roles of an account,
-- that is one change. `least_uncertainty` is the lower limit of the edge's uncertainty.
changes as materialized (
    select
        m.*, concat('change ', c.state_after, ' ', m.target, 's in ', m.account_id) as next_node, 'any' as object,
        0 as least_uncertainty
    from node_methods as m
    join (
        select
            unnest(['attach_user_policy', 'put_user_policy', 'attach_role_policy', 'put_role_policy']) as method,
            'widened' as state_after
        union all
        select unnest(['delete_user_boundary', 'put_user_boundary', 'delete_role_boundary', 'put_role_boundary']), 'unbounded'
    ) as c on c.method = m.method
    where not m.is_limited
    union all
    select
        m.*, concat('change ', case when m.method like '%\_boundary' escape '\' then 'unbounded ' else 'widened ' end, p.arn),
        p.arn, 0
    from node_methods as m
    left join listed_resources as x on x.node = m.node and x.target_action = m.target_action
    join principals as p
        on p.account_id = m.account_id and p.type = m.target
        and (x.arns is null or list_contains(x.arns, p.arn))
        and (p.boundary_arn is not null or m.method not like '%\_boundary' escape '\')
    where m.is_limited and m.kind = 'self' and m.target in ('user', 'role')
    union all
    select m.*, concat('change widened ', g.arn), g.arn, 0
    from node_methods as m join aws_iam_group as g on g.account_id = m.account_id
    where m.method in ('attach_group_policy', 'put_group_policy')
    union all
    select m.*, concat('change version ', t.policy_arn), t.policy_arn,
        case when m.method = 'set_default_policy_version' then 1 else 0 end
    from node_methods as m
    join (select distinct l.policy_arn, l.account_id from policy_attachments as l) as t on t.account_id = m.account_id
    where m.kind = 'self' and m.target = 'policy'
    union all
    select m.*, concat('change joined ', g.state_object), g.state_object, 0
    from node_methods as m
    join (
        select distinct n.account_id, n.state_object from nodes as n
        where n.state = 'joined' and not n.is_unbounded and not contains(n.state_object, ' and ')
    ) as g on g.account_id = m.account_id
    where m.method = 'add_user_to_group'
),

-- The roles that a service may assume, with the node of the service in its account. Where a method can use any of these roles,
-- its edge leads to the service, and from there to each role without a step. `reach` is take for the role of an existing
-- workload, pass for a role that may be passed (for EC2, a role in an instance profile), place for one that can be put into an
-- instance profile. Account access manager gives the administration accounts access to the roles of all accounts.
services as materialized (
    select
        s.node_account_id as account_id, s.role, s.service, r.reach,
        concat(r.reach, ' ', s.service, ' in ', s.node_account_id) as service_node,
        case when r.reach = 'take' or s.is_federated
                or p.has_instance_profile is null and s.service = 'ec2.amazonaws.com' and r.reach <> 'place'
            then 1 else 0 end as least_uncertainty
    from (
        select o.*, coalesce(c.account_id, o.account_id) as node_account_id
        from service_roles as o
        left join (
            select distinct a.account_id, 'account-access.amazonaws.com' as service
            from administration_accounts as a where a.service in ('sso', 'account-access')
        ) as c on c.service = o.service
    ) as s
    join principals as p on p.arn = s.role
    cross join (select unnest(['take', 'pass', 'place']) as reach) as r
    where (r.reach = 'place' or s.service <> 'ec2.amazonaws.com' or coalesce(p.has_instance_profile, true))
        -- EKS Pod Identity cannot pass the role of a service account
        and not (s.is_federated and s.service = 'pods.eks.amazonaws.com' and r.reach <> 'take')
),

service_methods as materialized (
    select
        m.*, case when m.method = 'update_saml_provider' then 'saml' else m.service end as assuming_service,
        case
            when m.kind = 'take' or m.method = 'update_saml_provider' then 'take'
            when m.service <> 'ec2.amazonaws.com' or m.method = 'add_role_to_instance_profile' or i.subject is not null then 'place'
            else 'pass'
        end as reach
    from methods as m
    left join (select distinct a.subject from methods as a where a.kind = 'aid') as i on i.subject = m.subject
    where m.kind in ('pass', 'take') or m.method = 'update_saml_provider'
),

-- The edges from classes to services: for each service the method that depends on least, with every_method all.
service_edges as materialized (
    select
        n.node, m.method, concat(m.reach, ' ', m.assuming_service, ' in ', n.account_id) as service_node, m.uncertainty,
        m.conditions
    from (
        select a.* from service_methods as a
        where not (a.kind = 'pass' and a.is_limited)
        qualify every_method or row_number() over (
            partition by a.subject, a.assuming_service, a.reach order by a.uncertainty, len(a.conditions), a.method
        ) = 1
    ) as m
    join class_nodes as n on n.subject = m.subject
    where concat(m.reach, ' ', m.assuming_service, ' in ', n.account_id) in (select s.service_node from services as s)
),

-- The users and roles that a node can control, one by one.
controls as materialized (
    select m.*, p.arn as next_node, p.arn as object, 0 as least_uncertainty
    from node_methods as m
    left join listed_resources as x on m.is_limited and x.node = m.node and x.target_action = m.target_action
    join principals as p
        on p.account_id = m.account_id and p.type = m.target and (p.arn <> m.arn or m.node like 'class %')
        and (x.arns is null or list_contains(x.arns, p.arn))
    where
        (m.kind = 'credentials' and m.method not like 'create\_user\_%' escape '\' or m.method = 'update_assume_role_policy')
        -- UpdateLoginProfile needs a login profile, and CreateLoginProfile a user without one
        and not (m.method = 'update_login_profile' and not coalesce(p.password_enabled, true))
        and not (m.method = 'create_login_profile' and coalesce(p.password_enabled, false))
    union all
    select m.*, s.role, s.role, s.least_uncertainty
    from node_methods as m
    join service_methods as b on b.subject = m.subject and b.method = m.method
    left join listed_resources as x on x.node = m.node and x.target_action = m.target_action
    join services as s
        on s.account_id = m.account_id and s.service = b.assuming_service and s.reach = b.reach
        and (s.role <> m.arn or m.node like 'class %') and (x.arns is null or list_contains(x.arns, s.role))
    where m.kind = 'pass'
    union all
    -- new users and roles, and what the data does not have: permission sets and root sessions
    select m.*, concat('new ', m.account_id), 'any', 0
    from node_methods as m
    where m.method like 'create\_%\_with\_%' escape '\'
    union all
    select m.*, n.node, n.state_object, 0
    from node_methods as m
    join nodes as n on n.account_id = m.account_id and n.state = 'new' and n.state_object is not null
    where m.method = 'create_user_in_group'
    union all
    select m.*, 'administrator', 'any', 1
    from node_methods as m
    join administration_accounts as c
        on c.account_id = m.account_id and c.service = case when m.method = 'assume_root' then 'iam' else 'sso' end
    where m.kind in ('assume', 'self') and m.target = '*'
),

possible_changes as materialized (select distinct c.next_node as change from changes as c),

-- The possible changes that affect each user and role: its own, those of its groups and of its policies.
principal_changes as materialized (
    select f.arn, f.state_after, f.change
    from (
        select p.arn, c.state_after, concat(
            'change ', c.state_after, ' ', case when c.of_all then concat(p.type, 's in ', p.account_id) else p.arn end
        ) as change
        from principals as p
        cross join (
            select
                unnest(['widened', 'widened', 'unbounded', 'unbounded']) as state_after,
                unnest([true, false, true, false]) as of_all
        ) as c
        union all
        select m.arn, 'widened', concat('change widened ', m.group_arn) from group_memberships as m
        union all
        select t.arn, t.state, concat('change version ', t.policy_arn) from policy_attachments as t
    ) as f
    where f.change in (select c.change from possible_changes as c)
),

-- The changes that give a subject no method that it does not have.
useless_changes as materialized (
    select p.before, p.after
    from (
        select distinct b.subject as before, n.subject as after
        from nodes as n join nodes as b on b.node = n.arn
        where n.state in ('widened', 'rewritten', 'unbounded')
    ) as p
    where not exists (
        from methods as a
        where a.subject = p.after and not exists (
            from methods as o
            where
                o.subject = p.before and o.method = a.method and o.service is not distinct from a.service
                and o.uncertainty <= a.uncertainty and (a.is_limited or not o.is_limited)
        )
    )
),

-- The users and roles that may assume a role without a policy of their own: its trust policy names them, or everyone.
trusted_principals as materialized (
    select p.principal_arn as arn from trusts as t join aws_iam_principal as p on p.principal_arn = t.trusted
    union
    select p.principal_arn from trusts as t join aws_iam_principal as p on p.id = t.trusted
    union
    select p.principal_arn from trusts as t join aws_iam_principal as p on p.account_id = t.account_id
    where t.trusted_account = '*'
),

-- The node that each change makes of a node. A permissions boundary also limits what the trust policies of roles allow.
gains as materialized (
    select x.by_node, x.change, n.node, n.arn, n.account_id
    from (
        select n.arn as by_node, f.change, n.node
        from nodes as n join principal_changes as f on f.arn = n.arn and f.state_after = n.state
        where n.state in ('widened', 'unbounded') and not (n.state = 'widened' and n.is_unbounded)
        union all
        select n.arn, concat('change version ', n.state_object), n.node from nodes as n where n.state = 'rewritten'
        union all
        select concat(n.arn, case when f.state_after = 'unbounded' then ' widened' else ' unbounded' end), f.change, n.node
        from nodes as n join principal_changes as f on f.arn = n.arn
        where n.state = 'widened' and n.is_unbounded
        union all
        select n.arn, concat('change joined ', n.state_object), n.node from nodes as n
        where n.state = 'joined' and not n.is_unbounded and not contains(n.state_object, ' and ')
        union all
        select concat(n.arn, ' in ', split_part(n.state_object, ' and ', o.place)),
            concat('change joined ', split_part(n.state_object, ' and ', 3 - o.place)), n.node
        from nodes as n cross join (select unnest([1, 2]) as place) as o
        where n.state = 'joined' and contains(n.state_object, ' and ')
        union all
        select concat(n.arn, ' in ', n.state_object), f.change, n.node
        from nodes as n join principal_changes as f on f.arn = n.arn and f.state_after = 'unbounded'
        where n.state = 'joined' and n.is_unbounded
        union all
        select concat(n.arn, ' unbounded'), concat('change joined ', n.state_object), n.node
        from nodes as n where n.state = 'joined' and n.is_unbounded
        union all
        -- a member of a group that is widened is widened, whichever comes first
        select j.node, f.change, concat(j.arn, ' widened')
        from nodes as j
        join (
            select o.arn, o.change from principal_changes as o where o.state_after = 'widened'
            union all
            select g.arn, concat('change widened ', g.arn) from aws_iam_group as g
        ) as f on f.arn in (j.arn, j.state_object)
        where j.state = 'joined' and not j.is_unbounded
    ) as x
    join nodes as n on n.node = x.node
    left join nodes as b on b.node = x.by_node
    left join useless_changes as i on i.before = b.subject and i.after = n.subject
    where x.change in (select c.change from possible_changes as c)
        and (i.after is null or n.is_unbounded and n.arn in (select t.arn from trusted_principals as t))
),

-- The nodes that lead anywhere: other roles are not worth assuming. Here and in `reachable` nodes are identified by MD5 digests,
-- which take less memory than names. The function hash() gives ARNs that differ in two places the same value too often.
useful_nodes as materialized (
    select iam_hash(g.node) as id from goals as g
    union
    select iam_hash(c.node) from classes as c
    union
    select iam_hash(g.by_node) from gains as g
    union
    select iam_hash(p.arn) from trusted_principals as p
),

-- The roles that a trust policy lets a node assume by its account, or lets everyone assume; whether the node may is evaluated
-- below. A trust policy that names the account without conditions leaves the answer to the caller's policies (`is_settled`).
account_trusts as materialized (
    select
        a.node, t.role, a.evaluated_node, bool_or(t.depends_on_principal or v.class is not null) as depends_on_principal,
        bool_or(t.is_unconditional and not a.is_limited) as is_settled, any_value(a.uncertainty) as uncertainty,
        any_value(a.conditions) as conditions
    from (
        select m.*, unnest([m.account_id, '*']) as as_account from node_methods as m where m.method = 'assume_role'
    ) as a
    join trusts as t on t.trusted_account = a.as_account
    left join varying_classes as v on v.class = a.node and v.target_action = a.target_action
    where (t.role <> a.arn or a.node like 'class %') and iam_hash(t.role) in (select u.id from useful_nodes as u)
    group by all
),

-- The roles that nodes may assume: by a trust in their account, for the class or for each member, and by a trust in themselves.
assumable_roles as materialized (
    select a.node, a.role, a.evaluated_node, a.is_settled, a.uncertainty, a.conditions
    from account_trusts as a
    where a.is_settled or not a.depends_on_principal or a.node not like 'class %'
    union all
    select c.node, a.role, c.node, false, null, null
    from account_trusts as a join classes as c on c.class = a.node
    where a.depends_on_principal and not a.is_settled and c.arn <> a.role
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
    where t.role <> n.arn and iam_hash(t.role) in (select u.id from useful_nodes as u)
        and n.arn not in (select g.arn from goals as g where g.node = g.arn and g.uncertainty = 0)
),

-- All edges that may exist, before what they depend on is evaluated. A change counts for the node that makes it and for the node
-- that gains by it.
possible_edges as materialized (
    select iam_hash(e.node) as id, iam_hash(e.next_node) as next_id
    from (
        select c.node, c.class as next_node from classes as c
        union all
        select t.node, t.next_node from controls as t
        union all
        select a.node, a.role from assumable_roles as a
        union all
        select n.node, n.service_node from service_edges as n
        union all
        select v.service_node, v.role from services as v
        union all
        select c.node, c.next_node from changes as c
        union all
        select g.change, g.node from gains as g
        union all
        select g.by_node, g.node from gains as g
    ) as e
),

-- The nodes from which a goal can be reached by possible edges. Edges to other nodes are not evaluated.
reachable as materialized (
    with recursive reaching as (
        select iam_hash(g.node) as id from goals as g
        union
        select iam_hash('administrator')
        union
        select e.id from reaching as r join possible_edges as e on e.next_id = r.id
    )
    select r.id from reaching as r
),

useful_edges as materialized (
    select c.*, 'change' as edge_type from changes as c
    where iam_hash(c.next_node) in (select h.id from reachable as h)
    union all
    select t.*, 'control' from controls as t where iam_hash(t.next_node) in (select h.id from reachable as h)
),

account_examples as materialized (
    select p.account_id, min(p.principal_arn) as arn from aws_iam_principal as p group by all
),

-- The edges whose action depends on the resource, with the condition keys that the resource determines.
limited_edges as materialized (
    select
        w.node, w.method, w.next_node, w.object, w.evaluated_node, w.target_action,
        case when w.target_action = 'iam:PassRole'
            then [{'key': 'iam:passedtoservice', 'values': [w.service]}] else iam_no_context() end
        || case when w.target_action like 'iam:Attach%'
            then [{'key': 'iam:policyarn', 'values': [iam_administrator_access(split_part(w.object, ':', 2))]}]
            else iam_no_context() end
        || case when w.method like 'attach\_%' escape '\' or w.method like 'put\_%policy' escape '\' then [{
                'key': 'iam:permissionsboundary',
                'values': case when p.boundary_arn is not null then [p.boundary_arn] end
            }] when w.method like 'put\_%\_boundary' escape '\' then [{
                'key': 'iam:permissionsboundary', 'values': [iam_administrator_access(split_part(w.object, ':', 2))]
            }] else iam_no_context() end as context
    from useful_edges as w
    left join principals as p on p.arn = w.object
    where (w.is_limited or w.method = 'create_user_in_group') and w.object <> 'any' and w.target <> '*'
),

assume_edges as materialized (
    select s.* from assumable_roles as s where iam_hash(s.role) in (select h.id from reachable as h)
),

-- One row: the nodes to evaluate, as subjects. A new user or role has the facts of the first principal of its account.
evaluated_nodes as materialized (
    select coalesce(list({
        'subject': q.evaluated_node, 'principal': coalesce(e.arn, n.arn, q.evaluated_node),
        'groups': case
            when n.state in ('joined', 'new') and n.state_object is not null then string_split(n.state_object, ' and ')
        end,
        'without_arn': case when n.state = 'rewritten' then n.state_object end,
        'is_widened': coalesce(n.state in ('widened', 'rewritten') or n.state = 'new' and n.state_object is null, false),
        'is_unbounded': coalesce(n.is_unbounded, false), 'is_new': coalesce(n.state = 'new', false),
        'session_name': cast(null as varchar), 'session_policy': cast(null as varchar), 'session_tags': cast(null as varchar)
    }), []) as listed
    from (
        select l.evaluated_node from limited_edges as l
        union
        select a.evaluated_node from assume_edges as a where not a.is_settled
    ) as q
    left join nodes as n on n.node = q.evaluated_node
    left join account_examples as e on e.account_id = n.account_id and n.state = 'new'
),

edge_questions as materialized (
    select q.*, row_number() over (order by q.trust, q.subject, q.action, q.resource, cast(q.context as varchar)) as question
    from (
        select distinct l.evaluated_node as subject, l.target_action as action, l.object as resource, l.context, false as trust
        from limited_edges as l
        union all
        select distinct a.evaluated_node, 'sts:AssumeRole', a.role, iam_no_context(), true
        from assume_edges as a where not a.is_settled
    ) as q
),

-- The questions that are allowed.
edge_results as materialized (
    select
        q.subject, q.action, q.resource, q.context, q.trust, case when e.as_read <> 'blocked' then e.reasons else [] end || [
            'not read: ' || name_ for name_ in coalesce(e.missing, [])
        ] as conditions,
        case
            when e.as_read = 'blocked' then 4 when e.verdict = 'unknown' then 3 when len(e.reasons) > 0 then 1 else 0
        end as uncertainty
    from iam_evaluation(
        (
            select list(iam_subject_question(o.subject, o.action, o.resource, o.context) order by o.question)
            from edge_questions as o
        ),
        (select n.listed from evaluated_nodes as n), true, null
    ) as e
    join edge_questions as q on q.question = e.question
    where e.verdict <> 'blocked'
)

select
    w.node, cast(null as varchar) as arn, w.method, w.edge_type, w.next_node,
    case when w.edge_type = 'change' or w.next_node like 'new %' then w.object end as object,
    greatest(
        w.least_uncertainty, case when l.node is null then w.uncertainty else greatest(w.other_uncertainty, c.uncertainty) end
    ) as uncertainty,
    iam_sorted_set(case
        when l.node is null then w.conditions
        else w.other_conditions || c.conditions
    end || case
        when w.method = 'set_default_policy_version' then ['an earlier version that allows more']
        when w.method like 'permission\_set\_%' escape '\' then ['provisioning of a permission set of the principal']
        else []
    end
    ) as conditions
from useful_edges as w
left join limited_edges as l
    on l.node = w.node and l.method = w.method and l.next_node = w.next_node and l.object = w.object
left join edge_results as c
    on not c.trust and c.subject = l.evaluated_node and c.action = l.target_action and c.resource = l.object
    and c.context = l.context
where l.node is null or c.subject is not null
union all
select s.node, null, 'assume_role', 'control', s.role, null, min(c.uncertainty), arg_min(c.conditions, c.uncertainty)
from assume_edges as s
join edge_results as c on c.trust and c.subject = s.evaluated_node and c.resource = s.role
where not s.is_settled
group by s.node, s.role
union all
select s.node, null, 'assume_role', 'control', s.role, null, s.uncertainty, s.conditions
from assume_edges as s
where s.is_settled
union all
select e.node, null, e.method, 'control', e.service_node, null, e.uncertainty, e.conditions
from service_edges as e where iam_hash(e.service_node) in (select h.id from reachable as h)
union all
select c.node, null, null, 'implies', c.class, null, 0, []
from classes as c where iam_hash(c.class) in (select h.id from reachable as h)
union all
select distinct s.service_node, null, null, 'implies', s.role, null, s.least_uncertainty, []
from services as s where iam_hash(s.role) in (select h.id from reachable as h)
union all
select distinct g.by_node, g.arn, null, 'gain', g.node, g.change, 0, []
from gains as g
where iam_hash(g.node) in (select h.id from reachable as h)
    and g.change in (select w.next_node from useful_edges as w where w.edge_type = 'change')
union all
select g.node, null, null, 'goal', null, null, g.uncertainty, g.conditions from goals as g;
