-- title: No customer policy allows all of CloudTrail
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, logging
--
-- `cloudtrail:*` on everything stops, narrows and deletes the log of what is done, which is the first thing that an
-- intruder wants. Few need more than to read it. A policy that allows everything is judged by policy_no_full_admin.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and list_contains(s.actions, 'cloudtrail:*')
        and iam_every_resource(s.resources)
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
            'The policy allows all of CloudTrail', iam_in_statements(f.statements, f.unconditional)
        )
        else 'The policy does not allow all of CloudTrail.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
