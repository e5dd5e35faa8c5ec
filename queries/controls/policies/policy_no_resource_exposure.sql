-- title: No customer policy opens any resource to others
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, risk, exposure
--
-- Whoever may write the policies of buckets, keys, functions or snapshots can open them to other accounts or to
-- everyone. Only what is allowed on every resource counts, less what the same policy denies on every resource without a
-- condition. The actions are a choice, not all there are: see the query risky_actions, and policy_risks for each
-- policy's list.

with reached as (
    select
        s.document_id,
        s.effect,
        k.action,
        case when len(s.conditions) = 0 then 1 else 0 end as unconditional
    from aws_iam_statement as s
    join iam_risky_actions() as k on iam_reaches(s.action_likes, s.actions is not null, k.action)
    where
        k.risk = 'resource_exposure'
        and (iam_every_resource(s.resources) or (s.effect = 'Allow' and not iam_every_resource(s.not_resources)))
),

denied as (
    select distinct
        r.document_id,
        r.action
    from reached as r
    where r.effect = 'Deny' and r.unconditional = 1
),

allowed as (
    select
        r.document_id,
        r.action,
        max(r.unconditional) as unconditional
    from reached as r
    left join denied as n on n.document_id = r.document_id and n.action = r.action
    where r.effect = 'Allow' and n.action is null
    group by r.document_id, r.action
),

found as (
    select
        l.document_id,
        count(*) as actions,
        min(l.action) as example,
        max(l.unconditional) as unconditional
    from allowed as l
    group by l.document_id
)

select
    d.owner_arn as resource,
    case
        when d.document_id is null then 'error'
        when f.actions > 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when d.document_id is null then 'Unknown: the document of the policy was not read.'
        when f.actions > 0 then concat(
            'The policy opens every resource to others by ', f.actions,
            case when f.actions = 1 then ' action' else ' actions' end,
            ', such as ', f.example, case when f.unconditional = 0 then ', each under conditions.' else '.' end
        )
        else 'The policy opens no resources beyond named ones.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
