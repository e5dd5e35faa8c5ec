-- title: No customer policy allows by NotResource
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, wildcards
--
-- An Allow with NotResource reaches every resource that it does not name, those of later days too. Name what is allowed
-- by Resource. A Deny with NotResource is not looked at.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and not iam_every_resource(s.not_resources)
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
            'The policy reaches all but some resources (NotResource)', iam_in_statements(f.statements, f.unconditional)
        )
        else 'The policy allows nothing by NotResource.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
