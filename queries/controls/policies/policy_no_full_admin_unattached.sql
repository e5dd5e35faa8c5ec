-- title: No unused customer policy allows everything
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, admin
--
-- A policy that allows everything and that nobody has is one attachment away from an administrator: whoever may attach
-- policies finds it ready. Delete it. Policies that somebody has are judged by policy_no_full_admin.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources)
    group by s.document_id
)

select
    d.owner_arn as resource,
    case
        when d.document_id is null then 'error'
        when f.statements > 0 and d.is_attached is null then 'error'
        when f.statements > 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when d.document_id is null then 'Unknown: the document of the policy was not read.'
        when f.statements > 0 and d.is_attached is null
            then 'Unknown: the policy allows everything, and whether anyone has it was not read.'
        when f.statements > 0 then concat(
            'The policy allows everything', iam_in_statements(f.statements, f.unconditional)
        )
        else 'The policy does not allow everything.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed and d.is_attached is not true
order by a.position, d.owner_arn
