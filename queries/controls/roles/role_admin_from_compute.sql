-- title: Machines and functions are no administrators
-- kind: control
-- severity: high
-- version: 1
-- tags: roles, admin, compute
--
-- Whoever gets into an instance, a container or a function has its role. Where that role may do everything, one hole in
-- a program is the loss of the account. Give what the program needs. A boundary that does not allow everything makes
-- the role pass. Only roles that a service which runs code may assume have a row.

with trusts as (
    select
        r.account_id,
        r.arn,
        d.document_id
    from aws_iam_role as r
    left join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
    where
        coalesce(r.path, '/') not like '/aws-service-role/%'
        and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
),

admin as (
    select distinct s.document_id
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and len(s.conditions) = 0
        and iam_every_action(s.actions)
        and iam_every_resource(s.resources)
),

reaching as (
    select distinct
        l.account_id,
        l.principal_arn as arn,
        l.policy_name
    from aws_iam_principal_policy as l
    left join admin as m on m.document_id = l.document_id
    where
        l.layer = 'identity'
        and l.principal_type = 'role'
        and (m.document_id is not null or l.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess')
),

bounded as (
    select distinct
        l.account_id,
        l.principal_arn as arn
    from aws_iam_principal_policy as l
    left join admin as m on m.document_id = l.document_id
    where l.layer = 'boundary' and l.document_id is not null and m.document_id is null
),

unread as (
    select distinct
        l.account_id,
        l.principal_arn as arn
    from aws_iam_principal_policy as l
    where
        l.layer = 'identity'
        and l.principal_type = 'role'
        and l.document_id is null
        and l.policy_arn not like 'arn:%:iam::aws:policy/AdministratorAccess'
),

powers as (
    select
        n.account_id,
        n.arn,
        -- without tags the role comes from a list that does not tell its boundary either
        max(case when r.tags_src is null then 1 else 0 end) as unsure,
        string_agg(n.policy_name, ', ' order by n.policy_name) as policies
    from reaching as n
    join aws_iam_role as r on r.account_id = n.account_id and r.arn = n.arn
    left join bounded as b on b.account_id = n.account_id and b.arn = n.arn
    where b.arn is null
    group by n.account_id, n.arn
),

machines as (
    select distinct
        t.account_id,
        t.arn,
        unnest([who_."value" for who_ in s.principals if who_."type" = 'Service']) as service
    from trusts as t
    join aws_iam_statement as s on s.document_id = t.document_id
    where s.effect = 'Allow'
),

found as (
    select
        c.account_id,
        c.arn,
        string_agg(distinct c.service, ', ' order by c.service) as services,
        max(w.policies) as policies,
        max(w.unsure) as unsure,
        max(case when u.arn is not null then 1 else 0 end) as unread
    from machines as c
    left join powers as w on w.account_id = c.account_id and w.arn = c.arn
    left join unread as u on u.account_id = c.account_id and u.arn = c.arn
    where regexp_full_match(
        c.service,
        '(ec2|lambda|edgelambda|ecs-tasks|pods\.eks|codebuild|batch|glue|sagemaker|elasticmapreduce|tasks\.apprunner'
        || '|ssm|cloud9|datapipeline|emr-serverless|robomaker|bedrock-agentcore)\.amazonaws\.com(\.cn)?'
    )
    group by c.account_id, c.arn
)

select
    t.arn as resource,
    case
        when t.document_id is null then 'error'
        when f.policies is not null and f.unsure = 1 then 'error'
        when f.policies is not null then 'alarm'
        when f.unread = 1 then 'error'
        else 'ok'
    end as status,
    case
        when t.document_id is null then 'Unknown: the trust of the role was not read.'
        when f.policies is not null and f.unsure = 1
            then concat('Unknown: ', f.policies, ' allows everything, and whether a boundary holds the role was not read.')
        when f.policies is not null then concat('What runs in ', f.services, ' may do everything by ', f.policies, '.')
        when f.unread = 1 then 'Unknown: the document of a policy of the role was not read.'
        else concat('What runs in ', f.services, ' may not do everything.')
    end as reason,
    t.account_id as account_id,
    'global' as region
from trusts as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn
