-- title: No customer policy lets every role be passed
-- kind: control
-- severity: high
-- version: 1
-- tags: policies, privilege-escalation
--
-- Whoever may pass every role to a service, and start something there, acts with the strongest role of the account.
-- Name the roles in Resource, and the services in the condition iam:PassedToService. That condition alone does not make
-- the policy pass: any role can still be had, by way of that service.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and iam_reaches(s.action_likes, s.actions is not null, 'iam:PassRole')
        and (iam_every_role(s.resources) or not iam_every_role(s.not_resources))
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
            'The policy lets every role be passed', iam_in_statements(f.statements, f.unconditional)
        )
        else 'The policy does not let every role be passed.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
