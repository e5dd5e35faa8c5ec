-- title: No customer policy allows all of CloudTrail
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, logging
--
-- Every action of CloudTrail on every resource, by `cloudtrail:*`, `*` or NotAction, lets its bearer stop, narrow and delete the
-- log of what is done, which is the first thing that an intruder wants. Few need more than to read it.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and iam_reaches(s.action_likes, s.actions is not null, 'cloudtrail:*')
        and iam_reaches(s.action_likes, s.actions is not null, 'cloudtrail:StopLogging')
        and (
            iam_every_resource(s.resources)
            or (s.not_resources is not null and not iam_every_resource(s.not_resources))
        )
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
