-- title: No customer policy changes infrastructure everywhere
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, risk, infrastructure
--
-- Deleting data and backups, leading traffic elsewhere or stopping the log on every resource can end a business in an
-- afternoon. Programs that deploy need some of it: name what they deploy. Only what is allowed on every resource
-- counts, less what the same policy denies on every resource without a condition. The actions are a choice, not all
-- there are: see the query risky_actions, and policy_risks for each policy's list. A policy that is a boundary and
-- nothing else makes a `skip` row.

select
    d.owner_arn as resource,
    case
        when d.document_id is null then 'error'
        when f.actions > 0 and p.attachment_count = 0 and p.permissions_boundary_usage_count > 0 then 'skip'
        when f.actions > 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when d.document_id is null then 'Unknown: the document of the policy was not read.'
        when f.actions > 0 and p.attachment_count = 0 and p.permissions_boundary_usage_count > 0
            then 'The policy is only a boundary, which gives nothing.'
        when f.actions > 0 then concat(
            'The policy changes infrastructure on every resource by ', f.actions,
            case when f.actions = 1 then ' action' else ' actions' end,
            ', such as ', f.example, case when f.unconditional = 0 then ', each under conditions.' else '.' end
        )
        else 'The policy changes no infrastructure beyond named resources.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join iam_broad_actions('infrastructure_changes') as f on f.document_id = d.document_id
left join aws_iam_policy as p on p.account_id = d.account_id and p.arn = d.owner_arn
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
