-- The services that a node can use to act as a role.

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
