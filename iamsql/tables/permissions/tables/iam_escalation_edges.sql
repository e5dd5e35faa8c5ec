-- Returns the condition of a step through a service if IAM data does not show that the service has the role.
create or replace macro iam_workload_condition(service, is_existing) as case
    when service = 'saml' then 'the SAML provider that the role trusts'
    when service = 'cognito-identity.amazonaws.com' then 'the identity pool that the role trusts'
    when service = 'account-access.amazonaws.com' then 'account access manager in the organization'
    when is_existing then concat('a resource of ', service, ' with the role')
    else 'an instance profile with the role'
end;

-- Returns the edges of the search for escalation paths, between the nodes of iam_escalation_nodes. `edge_type` is one of these:
--   control: a principal that controls `node` can also control the user or role `next_node`.
--   change: a principal that controls `node` can make the change `next_node` to the user, role, group or policy `object`.
--   gain: a principal that controls `node` and has made the change `change` controls `next_node`.
--   implies: `next_node` follows without a step: the class of a node, or the role of a workload of a service.
--   goal: `node` is an administrator. With an uncertainty of 4, a policy that was not read can make it one.
--   name: `name` is the name of `node`.
-- Nodes, principals and changes are numbers (iam_hash), which take less memory than names. Nodes of one account with the same
-- methods have a class. The number of a class is the negative number of its first node. A class has the edges that all of its
-- nodes have. An edge from a class to one of its nodes is not a step.
--
--   principal: the user or role of `node`; for a gain, of `next_node`
--   method: the method that makes the step; for a gain, it is `useless` if the node gets no other method
--   second_method: the method that follows at once
--   object: NULL for a change of all users or roles of an account
--   detail: the users or roles if `object` is NULL; for other changes, the policy that the change removes
--   uncertainty: the value of iam_subject_methods; also 1 if the step depends on data outside IAM, or if AWS would refuse the step
--     in the present state of its target (iam_escalation_refusals)
--
-- With `every_method`, each method that leads to a service has an edge; otherwise only the best one has.
-- returns: edge_type VARCHAR, node BIGINT, next_node BIGINT, principal BIGINT, change BIGINT, name VARCHAR, method VARCHAR, second_method VARCHAR, object VARCHAR, detail VARCHAR, uncertainty INTEGER, conditions VARCHAR[]
create or replace macro iam_escalation_edges(every_method) as table
with node_rows as materialized (from iam_escalation_nodes()),

nodes as (
    select
        r.node, r.name, r.principal, r.arn, r.account_id, r.state, r.in_groups, r.has_administrator_access, r.is_unbounded, r.items, r.has_limits,
        r.subject
    from node_rows as r where r.node is not null
),

-- The methods of each subject. Nodes with one subject have the same methods.
methods as materialized (
    select
        row_number() over () as method_id, r.subject, r.method, r.kind, r.target, r.service, r.target_action, r.uncertainty,
        r.limits, len(r.limits) > 0 as is_limited, r.conditions, r.other_uncertainty, r.other_conditions
    from node_rows as r where r.node is null
),

goals as materialized (
    select
        n.node, n.principal, min(m.uncertainty) as uncertainty, arg_min(m.conditions, m.uncertainty) as conditions
    from nodes as n join methods as m on m.subject = n.subject
    where m.method in ('administrator', 'unread')
    group by all
),

-- The class of each node. Certain administrators need no path, so they have no class.
classes as materialized (
    select
        n.node, -arg_min(n.node, n.name) over (partition by n.subject, n.account_id, n.state) as class,
        n.principal, n.account_id, n.state, n.subject
    from nodes as n
    where
        n.subject in (select m.subject from methods as m where m.method not in ('administrator', 'unread') and m.kind <> 'aid')
        and n.node not in (select g.node from goals as g where g.uncertainty = 0)
),

-- The classes as nodes. `evaluated_node` is the member that is evaluated for the class.
class_nodes as materialized (
    select c.class as node, c.account_id, c.state, c.subject, c.node as evaluated_node, c.principal
    from classes as c where c.node = -c.class
),

-- The statements that match an action whose evaluation depends on the resource, or that match sts:AssumeRole. There are only a few
-- distinct lists of action patterns.
matching_statements as materialized (
    select
        s.document_id, n.target_action, s.effect, s.has_variables, len(s.conditions) > 0 as has_conditions,
        s.not_resources is not null as is_not_resource, s.is_exact, case when s.is_exact then s.patterns end as patterns
    from (
        select
            e.*, coalesce(e.resources, e.not_resources) as patterns,
            not regexp_matches(array_to_string(coalesce(e.resources, e.not_resources), ' '), '[*?]') as is_exact
        from aws_iam_statement as e
    ) as s
    join (
        select l.action_likes, l.is_action, t.target_action
        from (select distinct e.action_likes, e.actions is not null as is_action from aws_iam_statement as e) as l
        join (
            select distinct m.target_action from methods as m where m.is_limited or m.target_action = 'sts:AssumeRole'
        ) as t on iam_matches_action(l.action_likes, l.is_action, t.target_action)
    ) as n on n.action_likes = s.action_likes and n.is_action = (s.actions is not null)
),

-- The classes with a member that has a policy with variables for an action. The result for the action may differ between the
-- members.
varying_classes as materialized (
    select distinct c.class, s.target_action
    from matching_statements as s
    join aws_iam_principal_policy as p on p.document_id = s.document_id
    join classes as c on c.principal = iam_hash(p.principal_arn)
    where s.has_variables
),

-- The methods of each class, and the methods of each member if they differ. Methods that lead to all roles of a service come
-- later.
node_methods as materialized (
    with target_methods as (
        select m.* exclude (conditions, uncertainty, other_uncertainty, other_conditions)
        from methods as m
        where m.kind in ('self', 'credentials', 'assume', 'create', 'pass')
            and m.method not in ('administrator', 'unread', 'update_saml_provider')
    )

    select n.node, n.principal, n.account_id, n.state, n.evaluated_node, m.*
    from class_nodes as n
    join target_methods as m on m.subject = n.subject
    left join varying_classes as v on v.class = n.node and v.target_action = m.target_action
    where (m.kind <> 'pass' or m.is_limited) and (not m.is_limited or v.class is null)
    union all
    select c.node, c.principal, c.account_id, c.state, c.node, m.*
    from classes as c
    join target_methods as m on m.subject = c.subject and m.is_limited
    join varying_classes as v on v.class = c.class and v.target_action = m.target_action
),

-- The users and roles that methods can target. AWS refuses changes of the roles that it manages (`is_protected`).
principals as materialized (
    select
        iam_hash(u.arn) as id, u.account_id, u.arn, 'user' as type, u.permissions_boundary_arn as boundary_arn, u.password_enabled,
        true as has_instance_profile, false as is_protected
    from aws_iam_user as u
    union all
    select
        iam_hash(r.arn), r.account_id, r.arn, 'role', r.permissions_boundary_arn, null,
        case when r.tags_src is not null then coalesce(json_array_length(r.instance_profile_arns), 0) > 0 end,
        iam_is_protected_role(r.arn)
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
    select u.account_id, iam_hash(u.arn) as principal, g.arn as group_arn
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

-- The roles with the services that may assume them. Services have no Region and no suffix of the partition: states.us-east-1 is
-- states. In trust policies, identity pools of Amazon Cognito and service accounts of EKS clusters are federated principals. The
-- service accounts count as pods. A SAML provider counts as the service saml.
service_roles as materialized (
    select distinct t.account_id, t.role, t.principal.type = 'Federated' as is_federated, case
        when t.principal.type = 'Service'
            then regexp_replace(t.principal.value, '(\.[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$', '.amazonaws.com')
        when t.principal.value like '%:saml-provider/%' then 'saml'
        when iam_is_identity_pool(t.principal.value)
            then 'cognito-identity.amazonaws.com'
        when regexp_matches(t.principal.value, ':oidc-provider/oidc\.eks\.') then 'pods.eks.amazonaws.com'
    end as service
    from trust_statements as t
    where t.principal.type in ('Service', 'Federated')
),

-- The roles with the AWS principals that may assume them. `trusted_account` is `*` for everyone, and NULL for one principal.
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

-- The statements that limit an action to some resources. Statements of removed policies and groups are left out.
limiting_statements as (
    select
        a.node, a.target_action, s.effect, l.layer, s.has_conditions, s.is_not_resource, n.has_administrator_access or len(n.in_groups) > 0 as is_changed,
        s.is_exact and (not s.has_variables or not contains(array_to_string(v.patterns, ' '), '*')) as is_exact, v.patterns
    from (
        select distinct m.node, m.evaluated_node, m.target_action
        from node_methods as m where m.is_limited and m.state <> 'new'
    ) as a
    join nodes as n on n.node = a.evaluated_node
    join aws_iam_principal_policy as l
        on l.principal_arn = n.arn and not (n.is_unbounded and l.layer = 'boundary')
        and not list_contains(n.items, iam_policy_item(l.policy_arn, l.policy_name, l.group_name))
        and not coalesce(list_contains(n.items, iam_group_item(l.group_name)), false)
    join matching_statements as s on s.document_id = l.document_id and s.target_action = a.target_action
    cross join lateral (select case when s.has_variables then [
        regexp_replace(replace(pattern_, '${aws:username}', regexp_extract(n.arn, '[^/]+$')), '\$\{[^}]*\}', '*', 'g')
        for pattern_ in s.patterns
    ] else s.patterns end as patterns) as v
),

-- The resources of an action, if the policies list them without a wildcard. Other users and roles of the account need no
-- evaluation. An explicit deny of all but some resources leaves these resources.
listed_resources as materialized (
    select
        t.node, t.target_action,
        coalesce(
            any_value(t.patterns) filter (t.effect = 'Deny' and t.is_not_resource and not t.has_conditions and t.is_exact),
            flatten(list(t.patterns) filter (t.effect = 'Allow' and t.layer = 'identity'))
        ) as arns
    from limiting_statements as t
    where t.is_exact or t.effect = 'Allow' and t.layer = 'identity'
    group by t.node, t.target_action
    having
        bool_or(t.effect = 'Deny' and t.is_not_resource and not t.has_conditions and t.is_exact)
        or bool_and(t.is_exact and not t.is_changed and not t.is_not_resource) filter (t.effect = 'Allow' and t.layer = 'identity')
),

-- The changes that AWS would refuse, and the methods that make room for them.
refusals as materialized (from iam_escalation_refusals()),

-- The users, roles and groups whose attachments AWS would refuse.
full_principals as materialized (
    select distinct r.object as arn, r.method, split_part(r.object, ':', 5) as account_id from refusals as r
    where iam_attaches_policy(r.method) or r.method = 'add_user_to_group'
),

-- The customer managed policies with the users, roles and groups to which they are attached. A new version widens these
-- principals, or replaces their boundary.
policy_attachments as materialized (
    select distinct l.account_id, l.policy_arn, iam_hash(l.principal_arn) as principal, l.layer
    from aws_iam_principal_policy as l
    where l.policy_arn is not null and not l.is_aws_managed
    union all
    select distinct g.account_id, g.policy_arn, iam_hash(g.group_arn), 'identity'
    from aws_iam_group_policy as g
    where g.policy_arn is not null and split_part(g.policy_arn, ':', 5) <> 'aws'
),

-- The policies with a single version, which have no earlier version to put in force. Only GetAccountAuthorizationDetails, which
-- also returns the tags, returns all versions.
single_versions as materialized (
    select v.account_id, v.policy_arn
    from aws_iam_policy_version as v
    join aws_iam_policy as p on p.account_id = v.account_id and p.arn = v.policy_arn and p.tags_src is not null
    group by v.account_id, v.policy_arn
    having count(*) = 1
),

-- The denying policies and groups that can be taken from nodes, with the policy, and the ARN of the group that has it or is taken.
removable_items as materialized (
    select distinct
        i.principal, i.arn, i.item, l.account_id, g.arn as group_arn, i.item = iam_group_item(l.group_name) as is_group,
        case when i.item <> coalesce(iam_group_item(l.group_name), '') then l.policy_arn end as policy_arn,
        case when i.item <> coalesce(iam_group_item(l.group_name), '') then l.policy_name end as policy_name
    from (
        select distinct r.principal, r.arn, unnest(r.items) as item from nodes as r where len(r.items) > 0
    ) as i
    join aws_iam_principal_policy as l
        on l.principal_arn = i.arn and l.layer = 'identity'
        and i.item in (iam_policy_item(l.policy_arn, l.policy_name, l.group_name), iam_group_item(l.group_name))
    left join aws_iam_group as g on g.account_id = l.account_id and g.name = l.group_name
),

-- The methods that take these items, and their effects. A policy that allows everything can also replace an inline policy that
-- denies.
item_methods as materialized (
    select r.*, m.effect, concat(
        m.verb, '_', case when r.group_arn is not null then 'group' when iam_is_user(r.arn) then 'user' else 'role' end,
        '_policy'
    ) as method
    from removable_items as r
    join (
        select unnest(['detach', 'delete', 'put']) as verb, unnest(['reduced', 'reduced', 'overwritten']) as effect,
            unnest([false, true, true]) as is_inline
    ) as m on m.is_inline = (r.policy_arn is null)
    where not r.is_group and not iam_is_protected_role(r.arn)
    union all
    select r.*, 'reduced', 'remove_user_from_group' from removable_items as r where r.is_group
),

-- The changes that a node can make to users, roles, groups and policies. A change of all users or roles of an account is one
-- change: `object` is NULL, and `detail` describes them. Otherwise `detail` is the policy that the change removes.
-- `least_uncertainty` is the lower limit of the edge's uncertainty. `refused` is the object whose state can make AWS refuse the
-- change.
changes as materialized (
    select c.*, iam_hash(concat_ws(' ', c.effect, coalesce(c.object, c.detail), c.suffix)) as next_node
    from (
        select
            m.*, e.effect, cast(null as varchar) as object, concat(m.target, 's in ', m.account_id) as detail,
            cast(null as varchar) as suffix, cast(null as varchar) as refused, 0 as least_uncertainty
        from node_methods as m
        join (
            select s.effect, unnest(s.methods) as method
            from (values
                ('widened', ['attach_user_policy', 'put_user_policy', 'attach_role_policy', 'put_role_policy']),
                ('unbounded', ['delete_user_boundary', 'put_user_boundary', 'delete_role_boundary', 'put_role_boundary']),
                ('detached', ['detach_user_policy', 'detach_role_policy']),
                ('deleted', ['delete_user_policy', 'delete_role_policy']),
                ('overwritten', ['put_user_policy', 'put_role_policy'])
            ) as s(effect, methods)
        ) as e on e.method = m.method
        where (not m.is_limited or iam_attaches_policy(m.method) and m.limits = ['policy'])
            and concat(m.account_id, m.method) not in (select concat(f.account_id, f.method) from full_principals as f)
        union all
        select
            m.*, case when m.method like '%\_boundary' escape '\' then 'unbounded' else 'widened' end, p.arn, null, null,
            case when f.arn is not null then p.arn end, 0
        from node_methods as m
        left join listed_resources as x on x.node = m.node and x.target_action = m.target_action
        join principals as p
            on p.account_id = m.account_id and p.type = m.target and not p.is_protected
            and (x.arns is null or list_contains(x.arns, p.arn))
            and (p.boundary_arn is not null or m.method not like '%\_boundary' escape '\')
        left join full_principals as f on f.arn = p.arn and f.method = m.method
        where m.kind = 'self' and m.target in ('user', 'role') and not iam_removes_denies(m.method) and (
            m.is_limited and not (iam_attaches_policy(m.method) and m.limits = ['policy'])
            or concat(m.account_id, m.method) in (select concat(a.account_id, a.method) from full_principals as a)
        )
        union all
        select m.*, r.effect, r.arn, coalesce(r.policy_arn, r.policy_name), r.item, null, 0
        from node_methods as m
        join item_methods as r on r.account_id = m.account_id and r.method = m.method and r.group_arn is null
        where m.is_limited
        union all
        select m.*, r.effect, r.group_arn, coalesce(r.policy_arn, r.policy_name), r.item, null, 0
        from node_methods as m
        join (
            select distinct i.account_id, i.method, i.effect, i.group_arn, i.item, i.policy_arn, i.policy_name
            from item_methods as i where i.group_arn is not null
        ) as r on r.account_id = m.account_id and r.method = m.method
        union all
        select m.*, 'widened', g.arn, null, null, g.arn, 0
        from node_methods as m join aws_iam_group as g on g.account_id = m.account_id
        where m.method in ('attach_group_policy', 'put_group_policy')
        union all
        select
            m.*, 'version', t.policy_arn, null, null, t.policy_arn,
            case when m.method = 'set_default_policy_version' then 1 else 0 end
        from node_methods as m
        join (select distinct l.policy_arn, l.account_id from policy_attachments as l) as t on t.account_id = m.account_id
        left join single_versions as v on v.account_id = t.account_id and v.policy_arn = t.policy_arn
        where m.kind = 'self' and m.target = 'policy' and (v.policy_arn is null or m.method <> 'set_default_policy_version')
        union all
        -- a user in as many groups as the quota allows joins one by a change of its own
        select m.*, 'joined', g.group_arn, null, f.arn, f.arn, 0
        from node_methods as m
        join (
            select distinct n.account_id, unnest(n.in_groups) as group_arn from nodes as n where n.state = 'joined'
        ) as g on g.account_id = m.account_id
        join (
            select distinct n.account_id, cast(null as varchar) as arn from nodes as n
            union all
            select u.account_id, u.arn from full_principals as u where u.method = 'add_user_to_group'
        ) as f on f.account_id = m.account_id
        where m.method = 'add_user_to_group'
    ) as c
),

-- The roles that a service may assume, with the node of the service in its account. If a method can use any of these roles, its
-- edge leads to the service, and from there to each role without a step. `reach` is one of these:
--   take: the role of an existing workload
--   pass: a role that may be passed; for EC2, a role in an instance profile
--   place: a role that can be put into an instance profile
-- Account access manager gives the administration accounts access to the roles of all accounts.
services as materialized (
    select
        s.node_account_id as account_id, p.id as role, s.role as arn, s.service, r.reach,
        iam_hash(concat(r.reach, ' ', s.service, ' in ', s.node_account_id)) as service_node,
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

-- The edges from classes to services: for each service the method with the least uncertainty and the fewest conditions or, with
-- every_method, all methods.
service_edges as materialized (
    select n.node, m.method, s.service_node, m.uncertainty, m.conditions
    from (
        select a.* from service_methods as a
        where not (a.kind = 'pass' and a.is_limited)
        qualify every_method or row_number() over (
            partition by a.subject, a.assuming_service, a.reach order by a.uncertainty, len(a.conditions), a.method
        ) = 1
    ) as m
    join class_nodes as n on n.subject = m.subject
    join (select distinct v.account_id, v.service, v.reach, v.service_node from services as v) as s
        on s.account_id = n.account_id and s.service = m.assuming_service and s.reach = m.reach
),

-- The nodes of services that lead to no role with certainty, and the condition.
service_conditions as materialized (
    select s.service_node, iam_workload_condition(any_value(s.service), any_value(s.reach) = 'take') as condition
    from services as s group by s.service_node having min(s.least_uncertainty) > 0
),

-- The users and roles that a node can control, one by one.
controls as materialized (
    select m.*, p.id as next_node, p.arn as object, p.arn as refused, cast(null as varchar) as second_method, 0 as least_uncertainty
    from node_methods as m
    left join listed_resources as x on m.is_limited and x.node = m.node and x.target_action = m.target_action
    join principals as p
        on p.account_id = m.account_id and p.type = m.target and not p.is_protected
        and (m.node < 0 or p.id is distinct from m.principal) and (x.arns is null or list_contains(x.arns, p.arn))
    where
        (m.kind = 'credentials' and m.method not like 'create\_user\_%' escape '\' or m.method = 'update_assume_role_policy')
        -- UpdateLoginProfile needs a login profile
        and not (m.method = 'update_login_profile' and not coalesce(p.password_enabled, true))
    union all
    select m.*, s.role, s.arn, null, null, s.least_uncertainty
    from node_methods as m
    join service_methods as b on b.method_id = m.method_id
    left join listed_resources as x on x.node = m.node and x.target_action = m.target_action
    join services as s
        on s.account_id = m.account_id and s.service = b.assuming_service and s.reach = b.reach
        and (m.node < 0 or s.role is distinct from m.principal) and (x.arns is null or list_contains(x.arns, s.arn))
    where m.kind = 'pass'
    union all
    -- new users and roles, and nodes that the data does not have: permission sets and root sessions
    select m.*, iam_hash(concat('new ', m.account_id)), null, null, null, 0
    from node_methods as m
    where m.method like 'create\_%\_with\_%' escape '\' and m.kind <> 'create'
    union all
    -- new users and roles that get a policy other than AdministratorAccess, or a boundary that is removed or replaced at once
    select m.*, iam_hash(concat('new ', m.account_id)), null, null, r.method, 0
    from node_methods as m
    join (
        select a.subject, a.method from methods as a where a.method in ('delete_user_boundary', 'delete_role_boundary')
        union all
        select a.subject, a.method from methods as a where a.method in ('put_user_boundary', 'put_role_boundary')
        union all
        select distinct a.subject, null from methods as a where list_contains(a.limits, 'policy')
    ) as r on r.subject = m.subject and (r.method is null or contains(r.method, concat('_', m.target, '_')))
    where m.kind = 'create' and m.is_limited and concat(m.subject, ' ', m.method) not in (
        select concat(o.subject, ' ', o.method) from methods as o where o.kind <> 'create' and o.uncertainty = 0
    )
    union all
    select m.*, n.node, n.in_groups[1], null, null, 0
    from node_methods as m
    join nodes as n on n.account_id = m.account_id and n.state = 'new' and len(n.in_groups) > 0
    where m.method = 'create_user_in_group'
    union all
    select m.*, iam_hash('administrator'), null, null, null, 1
    from node_methods as m
    join administration_accounts as c
        on c.account_id = m.account_id and c.service = case when m.method = 'assume_root' then 'iam' else 'sso' end
    where m.kind in ('assume', 'self') and m.target = '*'
),

-- The effect of each possible change on users and roles: it widens them, removes their boundary, takes `items` from them, or adds
-- them to a group. `detail` describes these items.
effects as materialized (
    select
        p.id as principal, c.next_node as change, c.effect = 'widened' as widens, c.effect = 'unbounded' as unbounds,
        cast([] as varchar[]) as items, cast(null as varchar) as joins, cast(null as varchar) as detail
    from (
        select distinct h.next_node, h.effect, h.object, h.target, h.account_id
        from changes as h where h.effect in ('widened', 'unbounded') and h.target in ('user', 'role')
    ) as c
    join principals as p
        on p.account_id = c.account_id and p.type = c.target and not p.is_protected and (c.object is null or p.arn = c.object)
    union all
    select f.*
    from (
        select m.principal, iam_hash(concat('widened ', m.group_arn)) as change, true, false, [], null, null
        from group_memberships as m
        union all
        select iam_hash(g.arn), iam_hash(concat('widened ', g.arn)), true, false, [], null, null from aws_iam_group as g
        union all
        select
            t.principal, iam_hash(concat('version ', t.policy_arn)), bool_or(t.layer = 'identity'), bool_or(t.layer = 'boundary'),
            iam_sorted_set(coalesce(list(r.item), [])), null, null
        from policy_attachments as t
        left join removable_items as r on r.principal = t.principal and r.policy_arn = t.policy_arn and not r.is_group
        group by t.principal, t.policy_arn
        union all
        select
            r.principal, iam_hash(unnest([
                concat(r.effect, ' ', coalesce(r.group_arn, r.arn), ' ', r.item),
                case when r.group_arn is null then concat(
                    case split_part(r.method, '_', 1)
                        when 'delete' then 'deleted ' when 'detach' then 'detached ' else 'overwritten '
                    end, case when iam_is_user(r.arn) then 'user' else 'role' end, 's in ', r.account_id
                ) end
            ])), r.effect = 'overwritten', false, [r.item], null, coalesce(r.policy_arn, r.policy_name)
        from item_methods as r
        union all
        select
            j.principal, iam_hash(concat_ws(' ', 'joined', j.group_arn, u.arn)), false, false, [], j.group_arn, null
        from (select distinct n.principal, n.arn, unnest(n.in_groups) as group_arn from nodes as n where n.state = 'joined') as j
        left join full_principals as u on u.arn = j.arn and u.method = 'add_user_to_group'
    ) as f
    where f.change in (select c.next_node from changes as c)
),

-- The effect of all possible changes together on each user or role. `taken_alone` are the items that a change takes without
-- widening.
total_effects as (
    select
        f.principal, bool_or(f.unbounds) as unbounds, flatten(list(f.items)) as taken,
        flatten(coalesce(list(f.items) filter (not f.widens), [])) as taken_alone
    from effects as f group by f.principal
),

-- The nodes that no changes can make.
impossible_nodes as materialized (
    select n.node
    from nodes as n left join total_effects as t on t.principal = n.principal
    where n.state not in ('', 'new') and (
        n.is_unbounded and not coalesce(t.unbounds, false)
        or not list_has_all(coalesce(case when n.has_administrator_access then t.taken else t.taken_alone end, []), n.items)
    )
),

-- The users and roles as they are, and as they are after changes.
changeable_nodes as materialized (
    select n.node, n.subject, n.principal, n.arn, n.has_administrator_access, n.in_groups, n.is_unbounded, n.items
    from nodes as n where n.state not in ('', 'new') and n.node not in (select u.node from impossible_nodes as u)
    union all
    select p.principal, o.subject, p.principal, p.arn, false, cast([] as varchar[]), false, cast([] as varchar[])
    from (select distinct n.principal, n.arn from nodes as n where n.state not in ('', 'new')) as p
    left join nodes as o on o.node = p.principal and o.state = ''
),

-- The nodes with the effects of each change. A member of a widened group is widened, in either order of the two changes.
affected_nodes as (
    select n.*, f.change, f.widens, f.unbounds, f.items as taken, f.joins, f.detail
    from changeable_nodes as n join effects as f on f.principal = n.principal
    union all
    select j.* exclude (group_arn), f.change, true, false, [], null, null
    from (select n.*, unnest(n.in_groups) as group_arn from changeable_nodes as n) as j
    join effects as f on f.principal = iam_hash(j.group_arn) and f.widens
),

-- The node that results from each change of a node.
changed_nodes as materialized (
    select c.by_node, c.by_subject, c.change, n.node, n.principal, n.has_limits, n.subject, c.detail, n.state
    from (
        select a.node as by_node, a.subject as by_subject, a.change, a.detail, iam_hash(iam_changed_node(
            a.arn, a.has_administrator_access or a.widens,
            case
                when a.has_administrator_access or a.widens then []
                when a.joins is null then a.in_groups else iam_sorted_set(a.in_groups || [a.joins])
            end,
            a.is_unbounded or a.unbounds, iam_sorted_set(a.items || a.taken)
        )) as node
        from affected_nodes as a
    ) as c
    join nodes as n on n.node = c.node
    where n.node <> c.by_node
),

-- The changes that give a subject no method that it does not have.
useless_changes as materialized (
    select p.before, p.after
    from (
        select distinct g.by_subject as before, g.subject as after
        from changed_nodes as g where g.state <> 'joined' and g.by_subject is not null
    ) as p
    where not exists (
        from methods as a
        where a.subject = p.after and not exists (
            from methods as o
            where
                o.subject = p.before and o.method = a.method and o.kind = a.kind and o.service is not distinct from a.service
                and o.uncertainty <= a.uncertainty and (a.is_limited or not o.is_limited)
        )
    )
),

-- The users and roles that may assume a role without a policy of their own. The trust policy of the role names the principal, a
-- session of it, or everyone. Everyone counts for the principals of the role's account.
trusted_principals as materialized (
    select distinct iam_hash(t.role) as role, t.role as role_arn, iam_hash(p.arn) as principal, p.arn
    from (
        select r.role, case
            when r.trusted_account = '*' then concat('account ', r.account_id)
            when r.trusted like 'arn:%:sts::%:assumed-role/%/%'
                then concat('session ', split_part(r.trusted, ':', 5), '/', split_part(r.trusted, '/', 2))
            else r.trusted
        end as name
        from trusts as r
    ) as t
    join (
        select n.principal_arn as arn, unnest([
            n.principal_arn, n.id, concat('account ', n.account_id),
            case when n.type = 'AssumedRole' then concat('session ', n.account_id, '/', n.name) end
        ]) as name
        from aws_iam_principal as n
    ) as p on p.name = t.name
    where t.role <> p.arn
),

-- The changes that lead on. A useless change counts if another change can follow, because a boundary or a deny may still limit it.
gains as materialized (
    select g.by_node, g.change, g.node, g.principal, g.detail, i.after is not null as is_useless
    from changed_nodes as g
    left join useless_changes as i on i.before = g.by_subject and i.after = g.subject
    where i.after is null or g.has_limits
),

-- The goals, and the nodes that lead to other nodes. Other roles are not worth assuming.
useful_nodes as materialized (
    select g.node from goals as g
    union
    select c.node from classes as c
    union
    select g.by_node from gains as g
    union
    select p.principal from trusted_principals as p
),

-- The roles that a trust policy lets everyone or the account of a node assume. Whether the node may do it is evaluated below. A
-- trust policy that names the account without conditions leaves the decision to the caller's policies (`is_settled`).
account_trusts as materialized (
    select
        a.node, a.principal, t.role_id as role, t.role as role_arn, a.evaluated_node,
        bool_or(t.depends_on_principal or a.is_varying) as depends_on_principal,
        bool_or(t.is_unconditional and not a.is_limited) as is_settled, any_value(a.method_id) as method_id
    from (
        select m.*, v.class is not null as is_varying, unnest([m.account_id, '*']) as as_account
        from node_methods as m
        left join varying_classes as v on v.class = m.node and v.target_action = m.target_action
        where m.method = 'assume_role'
    ) as a
    join (
        select r.*, iam_hash(r.role) as role_id from trusts as r where r.trusted_account is not null
    ) as t on t.trusted_account = a.as_account
    where (a.node < 0 or t.role_id is distinct from a.principal) and t.role_id in (select u.node from useful_nodes as u)
    group by all
),

-- The roles that nodes may assume: by a trust in their account, for the class or for each member, and by a trust in themselves.
-- `arn` is the user or role of a node that has no methods of its own.
assumable_roles as materialized (
    select a.node, a.role, a.role_arn, a.evaluated_node, a.principal, cast(null as varchar) as arn, a.is_settled, a.method_id
    from account_trusts as a
    where a.is_settled or not a.depends_on_principal or a.node > 0
    union all
    select c.node, a.role, a.role_arn, c.node, c.principal, null, false, null
    from account_trusts as a join classes as c on c.class = a.node
    where a.depends_on_principal and not a.is_settled and c.principal is distinct from a.role
    union all
    select n.node, t.role, t.role_arn, n.node, n.principal, null, false, null
    from trusted_principals as t
    join nodes as n on n.principal = t.principal
    where t.role in (select u.node from useful_nodes as u)
        and t.principal not in (select g.principal from goals as g where g.node = g.principal and g.uncertainty = 0)
    union all
    select t.principal, t.role, t.role_arn, t.principal, t.principal, t.arn, false, null
    from trusted_principals as t
    where t.role in (select u.node from useful_nodes as u) and t.principal not in (select n.node from nodes as n)
),

-- All possible edges, before the evaluation of their conditions. A change counts for the node that makes it and for the node that
-- gains by it.
possible_edges as (
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
),

-- The nodes that edges lead to and from. Possible edges lead from the node to a goal, and changes may lead to the node. Other
-- edges are not evaluated.
reachable as materialized (
    with recursive alive_edges as materialized (
        select e.node, e.next_node from possible_edges as e
        where e.node not in (select u.node from impossible_nodes as u)
    ),

    reaching as (
        select g.node from goals as g where g.node not in (select u.node from impossible_nodes as u)
        union
        select iam_hash('administrator')
        union
        select e.node from reaching as r join alive_edges as e on e.next_node = r.node
    )

    select r.node from reaching as r
),

useful_edges as materialized (
    select
        row_number() over () as edge, e.*, m.uncertainty, m.conditions, m.other_uncertainty, m.other_conditions
    from (
        select c.* exclude (suffix, effect), cast(null as varchar) as second_method, 'change' as edge_type from changes as c
        union all by name
        select t.*, cast(null as varchar) as detail, 'control' as edge_type from controls as t
    ) as e
    join methods as m on m.method_id = e.method_id
    where e.node in (select h.node from reachable as h) and e.next_node in (select h.node from reachable as h)
),

account_examples as materialized (
    select p.account_id, min(p.principal_arn) as arn from aws_iam_principal as p group by all
),

-- The managed policies that can make a user or role an administrator, by account: two AWS managed policies, which are in each
-- account, and customer managed policies. With IAMFullAccess a principal can give itself all other permissions.
attachable_policies as materialized (
    select a.account_id, unnest([
        iam_administrator_access(p."partition"), concat('arn:', p."partition", ':iam::aws:policy/IAMFullAccess')
    ]) as policy_arn
    from (select distinct n.account_id from nodes as n) as a cross join (select iam_partition() as "partition") as p
    union all
    select d.account_id, d.owner_arn
    from aws_iam_document as d join admin_documents() as m on m.document_id = d.document_id
    where d.source = 'managed' and not d.is_aws_managed
),

-- The boundaries that conditions may require for new users and roles, by account. They come from conditions and from existing
-- principals.
required_boundaries as materialized (
    select distinct b.account_id, b.arn
    from (
        select p.account_id, p.boundary_arn as arn from principals as p where p.boundary_arn is not null
        union all
        select a.account_id, replace(regexp_replace(v.value, '^(arn:[^:]*:iam::)[*?]+:', concat('\1', a.account_id, ':')), '*', 'any')
        from (
            select distinct unnest(c.condition."values") as value
            from (select unnest(s.conditions) as condition from aws_iam_statement as s where len(s.conditions) > 0) as c
            where c.condition.key = 'iam:permissionsboundary'
        ) as v
        join (select distinct t.account_id from useful_edges as t where t.kind = 'create') as a
            on split_part(v.value, ':', 5) in (a.account_id, 'aws') or contains(split_part(v.value, ':', 5), '*')
    ) as b
),

-- The resource patterns of statements that distinguish the IAM resources of an account, as LIKE patterns. `account_id` is NULL for
-- every account. `has_variables`: the principal determines what the pattern matches.
resource_patterns as materialized (
    select
        p.pattern, iam_like(regexp_replace(p.pattern, '\$\{[^}]*\}', '*', 'g')) as pattern_like, contains(p.pattern, '${') as has_variables,
        case when regexp_full_match(split_part(p.pattern, ':', 5), '\d{12}') then split_part(p.pattern, ':', 5) end as account_id
    from (
        select distinct unnest(coalesce(s.resources, s.not_resources)) as pattern from aws_iam_statement as s
    ) as p
    where p.pattern <> '*' and (split_part(p.pattern, ':', 3) = 'iam' or regexp_matches(p.pattern, '^([^:]*:){0,2}[^:]*[*?$]'))
),

-- The first equivalent resource of its account and kind, for each user, role, group and policy of an edge. No pattern
-- distinguishes equivalent resources, and they have the same tags and the same boundary. A question has the same answer for all of
-- them.
alike_objects as materialized (
    with limited_objects as materialized (
        select distinct e.object, split_part(e.object, '/', 1) as kind, split_part(e.object, ':', 5) as account_id
        from useful_edges as e where e.is_limited and e.object is not null
    )

    select o.object, min(o.object) over (partition by o.kind, o.boundary_arn, o.tags, o.is_protected, o.patterns) as example
    from (
        select
            w.object, w.kind, t.boundary_arn, cast(a.tags as varchar) as tags, coalesce(t.is_protected, false) as is_protected,
            case
                when bool_or(p.has_variables) then [w.object] else list(p.pattern order by p.pattern)
            end as patterns
        from limited_objects as w
        left join principals as t on t.arn = w.object
        left join aws_iam_principal as a on a.principal_arn = w.object
        left join (
            select l.*, i.account_id as object_account
            from resource_patterns as l
            join (select distinct n.account_id from limited_objects as n) as i on i.account_id = coalesce(l.account_id, i.account_id)
        ) as p on p.object_account = w.account_id and w.object like p.pattern_like escape '\'
        group by w.object, w.kind, t.boundary_arn, a.tags, t.is_protected
    ) as o
),

-- The actions that decide edges, if an action depends on the target. Each edge has alternatives. All actions of an alternative
-- have to be allowed.
edge_checks as materialized (
    select c.*, iam_question_id(c.subject, c.action, c.resource, c.context) as question_id
    from (
        select
            w.edge, coalesce(c.policy_arn, '') as alternative, w.evaluated_node as subject, w.target_action as action,
            coalesce(k.example, w.object, concat('any ', w.target)) as resource,
            case when w.target_action = 'iam:PassRole'
                then [{'key': 'iam:passedtoservice', 'values': [w.service]}] else iam_no_context() end
            || case when iam_attaches_policy(w.method) or starts_with(w.method, 'detach_')
                then [{'key': 'iam:policyarn', 'values': [coalesce(c.policy_arn, w.detail)]}] else iam_no_context() end
            || case
                when w.target_action like 'iam:Put%PermissionsBoundary' then [{
                    'key': 'iam:permissionsboundary', 'values': [iam_administrator_access(split_part(w.object, ':', 2))]
                }]
                when w.object is not null and w.kind = 'self' and w.target in ('user', 'role') then [{
                    'key': 'iam:permissionsboundary', 'values': case when t.boundary_arn is not null then [t.boundary_arn] end
                }]
                else iam_no_context()
            end as context
        from useful_edges as w
        left join alike_objects as k on k.object = w.object
        left join principals as t on t.arn = w.object
        left join attachable_policies as c
            on iam_attaches_policy(w.method) and c.account_id = w.account_id
            and (list_contains(w.limits, 'policy') or c.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess')
        where (w.is_limited or w.method = 'create_user_in_group') and w.kind <> 'create'
            and (w.object is not null or w.limits = ['policy']) and w.target <> '*'
        union all
        select
            n.edge, concat(n.policy_arn, ' ', n.boundary_arn), n.evaluated_node, n.action, concat('any ', n.target),
            case when n.action like 'iam:Attach%'
                then [{'key': 'iam:policyarn', 'values': [n.policy_arn]}] else iam_no_context() end
            || [{
                'key': 'iam:permissionsboundary', 'values': case
                    when n.action like 'iam:Put%PermissionsBoundary' then [iam_administrator_access(split_part(n.boundary_arn, ':', 2))]
                    when n.boundary_arn is not null then [n.boundary_arn]
                end
            }]
        from (
            select
                w.edge, w.evaluated_node, w.target, c.policy_arn, b.arn as boundary_arn, unnest(list_distinct(
                    flatten([a_.actions for a_ in q.actions if a_."method" in (w.method, w.second_method)])
                )) as action
            from useful_edges as w
            join attachable_policies as c
                on c.account_id = w.account_id
                and (list_contains(w.limits, 'policy') or c.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess')
            left join required_boundaries as b on w.second_method is not null and b.account_id = w.account_id
            cross join (select list({'method': p.method, 'actions': p.actions}) as actions from iam_privesc_methods() as p) as q
            where w.kind = 'create' and (w.second_method is null or b.arn is not null)
        ) as n
        where n.action <> 'iam:CreateAccessKey'
    ) as c
),

-- The edges that AWS would refuse, with the methods that make room. Such a method is certain on all resources (`is_allowed`), or
-- `aid_action` is evaluated for some. The members of a class may be allowed it for different resources.
refused_edges as materialized (
    select
        w.edge, w.evaluated_node, r.condition, r.is_final, coalesce(not m.is_limited and m.uncertainty = 0, false) as is_allowed,
        case
            when m.is_limited and v.class is null then m.target_action
        end as aid_action,
        case when r.aid = 'free_membership' then r.resources else [r.object] end as resources
    from useful_edges as w
    join refusals as r on r.method = w.method and r.object = w.refused
    left join methods as m on m.subject = w.subject and m.kind = 'aid' and m.method = r.aid
    left join varying_classes as v on v.class = w.node and v.target_action = m.target_action
),

aid_checks as materialized (
    select c.*, iam_question_id(c.subject, c.action, c.resource, iam_no_context()) as question_id
    from (
        select r.edge, r.condition, r.evaluated_node as subject, r.aid_action as action, unnest(r.resources) as resource
        from refused_edges as r where r.aid_action is not null and not r.is_allowed
    ) as c
),

assume_edges as materialized (
    select s.*, iam_question_id(s.evaluated_node, 'sts:AssumeRole', s.role_arn, iam_no_context()) as question_id
    from assumable_roles as s
    where s.node in (select h.node from reachable as h) and s.role in (select h.node from reachable as h)
),

-- One row: the nodes to evaluate, as subjects. A new user or role has the facts of the first principal of its account.
evaluated_nodes as materialized (
    select coalesce(list({
        'subject': cast(q.node as varchar), 'principal': coalesce(e.arn, n.arn, q.arn),
        'groups': coalesce(n.in_groups, []), 'removed_items': coalesce(n.items, []),
        'has_administrator_access': coalesce(n.has_administrator_access, false), 'is_unbounded': coalesce(n.is_unbounded, false),
        'is_new': coalesce(n.state = 'new', false),
        'session_name': cast(null as varchar), 'session_policy': cast(null as varchar), 'session_tags': cast(null as varchar)
    }), []) as listed
    from (
        select l.subject as node, cast(null as varchar) as arn from edge_checks as l
        union
        select l.subject, null from aid_checks as l
        union
        select a.evaluated_node, a.arn from assume_edges as a where not a.is_settled
    ) as q
    left join nodes as n on n.node = q.node
    left join account_examples as e on e.account_id = n.account_id and n.state = 'new'
),

edge_questions as materialized (
    select
        q.question_id, any_value(q.subject) as subject, any_value(q.action) as action, any_value(q.resource) as resource,
        any_value(q.context) as context, row_number() over (order by q.question_id) as question
    from (
        select c.question_id, c.subject, c.action, c.resource, c.context from edge_checks as c
        union all
        select a.question_id, a.subject, a.action, a.resource, iam_no_context() from aid_checks as a
        union all
        select e.question_id, e.evaluated_node, 'sts:AssumeRole', e.role_arn, iam_no_context()
        from assume_edges as e where not e.is_settled
    ) as q
    group by q.question_id
),

-- The questions that are allowed.
edge_results as materialized (
    select
        q.question_id, case when e.as_read <> 'denied' then e.reasons else [] end || [
            'not read: ' || name_ for name_ in coalesce(e.missing, [])
        ] as conditions,
        case
            when e.as_read = 'denied' then 4 when e.verdict = 'unknown' then 3 when len(e.reasons) > 0 then 1 else 0
        end as uncertainty
    from iam_evaluation(
        (
            select list(iam_subject_question(cast(o.subject as varchar), o.action, o.resource, o.context) order by o.question)
            from edge_questions as o
        ),
        (select n.listed from evaluated_nodes as n), true, null
    ) as e
    join edge_questions as q on q.question = e.question
    where e.verdict <> 'denied'
),

-- The best alternative of each edge. An edge without a row here has no alternative that is allowed.
edge_outcomes as materialized (
    select a.edge, min(a.uncertainty) as uncertainty, arg_min(a.conditions, {'n': a.uncertainty, 'c': a.conditions}) as conditions
    from (
        select
            k.edge, k.alternative, max(c.uncertainty) as uncertainty, iam_sorted_set(flatten(list(c.conditions))) as conditions
        from edge_checks as k
        left join edge_results as c on c.question_id = k.question_id
        group by k.edge, k.alternative
        having count(c.question_id) = count(*)
    ) as a
    group by a.edge
),

-- The conditions of the edges that AWS would refuse, if nothing makes room.
refused_conditions as materialized (
    select r.edge, iam_sorted_set(list(r.condition)) as conditions, bool_or(r.is_final) as is_final
    from refused_edges as r
    where not r.is_allowed and concat(r.edge, ' ', r.condition) not in (
        select concat(k.edge, ' ', k.condition)
        from aid_checks as k
        join edge_results as c on c.question_id = k.question_id
        where c.uncertainty = 0
    )
    group by r.edge
),

-- The edges that were evaluated.
decided_edges as (
    select
        w.edge_type, w.node, w.next_node, case when w.state <> 'new' then w.principal end as principal, w.method, w.second_method,
        case when w.edge_type = 'change' or w.method = 'create_user_in_group' then w.object end as object, w.detail,
        greatest(
            w.least_uncertainty, case when l.edge is null then w.uncertainty else greatest(w.other_uncertainty, c.uncertainty) end,
            case when r.edge is not null then 1 else 0 end
        ) as uncertainty,
        iam_sorted_set(case
            when l.edge is null then w.conditions
            else w.other_conditions || c.conditions
        end || case
            when w.method = 'set_default_policy_version' then ['an earlier version that allows more']
            when w.method like 'permission\_set\_%' escape '\' then ['provisioning of a permission set of the principal']
            when w.method = 'account_assignment' then ['a permission set of an administrator']
            when w.method = 'identity_store_group' then ['a group with a permission set of an administrator']
            when w.kind = 'pass' and w.least_uncertainty > 0 then [iam_workload_condition(w.service, false)]
            else []
        end || coalesce(r.conditions, [])
        ) as conditions
    from useful_edges as w
    left join (select distinct k.edge from edge_checks as k) as l on l.edge = w.edge
    left join edge_outcomes as c on c.edge = w.edge
    left join refused_conditions as r on r.edge = w.edge
    where (l.edge is null or c.edge is not null) and not coalesce(r.is_final, false)
        and (l.edge is not null or w.kind <> 'create')
    union all
    select
        'control', s.node, s.role, s.principal, 'assume_role', null, null, null, min(c.uncertainty),
        arg_min(c.conditions, c.uncertainty)
    from assume_edges as s
    join edge_results as c on c.question_id = s.question_id
    where not s.is_settled
    group by s.node, s.role, s.principal
    union all
    select 'control', s.node, s.role, s.principal, 'assume_role', null, null, null, m.uncertainty, m.conditions
    from assume_edges as s join methods as m on m.method_id = s.method_id
    where s.is_settled
),

-- The edges that need no evaluation.
other_edges as (
    select
        'control' as edge_type, e.node, e.service_node as next_node, cast(null as bigint) as principal, cast(null as bigint) as change,
        e.method, cast(null as varchar) as detail, e.uncertainty, case
            when c.condition is not null then iam_sorted_set(e.conditions || [c.condition]) else e.conditions
        end as conditions
    from service_edges as e
    left join service_conditions as c on c.service_node = e.service_node
    union all
    select 'implies', c.node, c.class, c.principal, null, null, null, 0, [] from classes as c
    union all
    select distinct 'implies', s.service_node, s.role, null, null, null, null, s.least_uncertainty, [] from services as s
    union all
    select distinct 'gain', g.by_node, g.node, g.principal, g.change, case when g.is_useless then 'useless' end, g.detail, 0, []
    from gains as g
    where g.change in (select w.next_node from useful_edges as w where w.edge_type = 'change')
    union all
    select 'goal', g.node, null, g.principal, null, null, null, g.uncertainty, g.conditions from goals as g
)

select
    d.edge_type, d.node, d.next_node, d.principal, cast(null as bigint) as change, cast(null as varchar) as name, d.method,
    d.second_method, d.object, d.detail, d.uncertainty, d.conditions
from decided_edges as d
union all
select o.edge_type, o.node, o.next_node, o.principal, o.change, null, o.method, null, null, o.detail, o.uncertainty, o.conditions
from other_edges as o
where o.node in (select h.node from reachable as h)
    and coalesce(o.next_node, o.node) in (select h.node from reachable as h)
union all
select 'name', v.node, null, null, null, v.name, null, null, null, null, null, null
from (
    select n.node, n.name from nodes as n
    union
    -- users and roles without permissions are not nodes as they are
    select n.principal, n.arn from nodes as n where n.principal is not null
    union
    select t.principal, t.arn from trusted_principals as t
    union
    select iam_hash('administrator'), 'administrator'
) as v
where v.node in (select h.node from reachable as h);
