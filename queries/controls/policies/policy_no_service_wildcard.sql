-- title: No customer policy allows all actions of a service
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, wildcards, fsbp:IAM.21, security_hub:IAM.21, config:iam-policy-no-statements-with-full-access
--
-- `service:*` gives every action that the service has, with those that it will have next year, and seldom is more than
-- a handful used. List the actions, by what the access advisor says was used. The resources do not matter here.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and len([1 for action_ in s.actions if ends_with(action_, ':*') or action_ = '*']) > 0
    group by s.document_id
)

select
    d.owner_arn as resource,
    case
        when d.document_id is null then 'error'
        when f.statements > 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when d.document_id is null then 'Unknown: the document of the policy was not read.'
        when f.statements > 0 then concat(
            'The policy allows all actions of a service', iam_in_statements(f.statements, f.unconditional)
        )
        else 'The policy allows no service whole.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
