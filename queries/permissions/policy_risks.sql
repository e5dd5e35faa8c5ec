-- title: Risky actions of each policy
-- kind: report
-- severity: medium
-- tags: permissions, policies, risk
-- columns: account, owner_arn, risk, actions
-- remediation: aws iam generate-service-last-accessed-details --arn {owner_arn}
-- remediation: # For an inline policy, use put-user-policy, put-group-policy or put-role-policy instead of the next command.
-- remediation: aws iam create-policy-version --policy-arn {owner_arn} --policy-document file://policy.json --set-as-default
--
-- Returns one row for each customer managed or inline policy and class of risk: the classes of the query risky_actions,
-- service_wildcard (all actions of a service) and privilege_escalation (this policy alone allows all actions of a
-- method of privesc_methods). An action counts if it is allowed on every resource, or on all but some (NotResource),
-- and not denied on every resource without a condition; a service wildcard counts on any resource. `is_conditional` is
-- true if every statement that allows the actions has conditions. Service control policies and permissions boundaries,
-- which can deny the actions, are not considered. AWS managed policies are excluded. A policy whose document was not
-- read has one row with the risk `unknown`. Remove the actions that the policy does not need, or limit them to
-- resources.

with wildcards as (
    select
        s.document_id,
        case when len(s.conditions) = 0 then 1 else 0 end as unconditional,
        case
            when iam_every_resource(s.resources) then 'every resource'
            when not iam_every_resource(s.not_resources) then 'all but some resources'
            else 'some resources'
        end as reach,
        unnest([action_ for action_ in s.actions if ends_with(action_, ':*') or action_ = '*']) as action
    from aws_iam_statement as s
    where s.effect = 'Allow'
),

parts as (
    select
        l.document_id, r.risk, l.action as part, l.unconditional,
        case when l.has_exceptions = 1 then 'all but some resources' else 'every resource' end as reach
    from iam_broad_document_actions((select list(distinct k.action) from iam_risky_actions() as k)) as l
    join iam_risky_actions() as r on r.action = l.action
    union all
    select
        m.document_id, 'privilege_escalation' as risk, m.method as part, m.unconditional,
        case when m.has_exceptions = 1 then 'all but some resources' else 'every resource' end as reach
    from iam_document_methods() as m
    union all
    select w.document_id, 'service_wildcard' as risk, w.action as part, w.unconditional, w.reach
    from wildcards as w
),

risks as (
    select
        p.document_id, p.risk,
        string_agg(distinct p.part, ', ' order by p.part) as actions,
        case min(case p.reach when 'every resource' then 1 when 'all but some resources' then 2 else 3 end)
            when 1 then 'every resource'
            when 2 then 'all but some resources'
            else 'some resources'
        end as resources,
        max(p.unconditional) = 0 as is_conditional
    from parts as p
    group by p.document_id, p.risk
)

select
    d.account_id, a.name as account_name, d.owner_arn, d.policy_name, d.source, d.is_attached,
    coalesce(r.risk, 'unknown') as risk,
    r.actions, r.resources, r.is_conditional
from aws_iam_document as d
left join risks as r on r.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where
    d.source in ('managed', 'inline')
    and not d.is_aws_managed
    and (r.risk is not null or d.document_id is null)
order by a.position, d.owner_arn, d.policy_name, coalesce(r.risk, 'unknown')
