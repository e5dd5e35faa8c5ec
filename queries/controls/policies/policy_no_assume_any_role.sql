-- title: No customer policy lets every role be assumed
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, privilege-escalation
--
-- sts:AssumeRole on every role opens all roles, here and in other accounts, that trust this account as a whole. Name
-- the roles. The public control of this subject compares the action letter by letter, so that sts:AssumeRole in the
-- spelling that everyone uses is never found, and knows the resource * alone: here every pattern that reaches the
-- action counts, and NotAction, and every pattern for all roles of an account, and NotResource.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and iam_reaches(s.action_likes, s.actions is not null, 'sts:AssumeRole')
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
            'The policy lets every role be assumed', iam_in_statements(f.statements, f.unconditional)
        )
        else 'The policy does not let every role be assumed.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
