-- title: No inline policy allows all actions of a service
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, inline, wildcards
--
-- `service:*` gives every action that the service has, with those that it will have next year. List the actions that
-- are used. The resources do not matter here.

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
),

judged as (
    select
        h.account_id,
        h.arn,
        h.kind,
        sum(case when h.policy_name is not null and h.document_id is null then 1 else 0 end) as unread,
        sum(coalesce(f.statements, 0)) as statements,
        sum(coalesce(f.unconditional, 0)) as unconditional,
        string_agg(case when f.statements > 0 then h.policy_name end, ', ' order by h.policy_name) as policies
    from iam_inline_policies() as h
    left join found as f on f.document_id = h.document_id
    group by h.account_id, h.arn, h.kind
)

select
    j.arn as resource,
    case
        when j.statements > 0 then 'alarm'
        when j.unread > 0 then 'error'
        else 'ok'
    end as status,
    case
        when j.statements > 0 then concat(
            'The ', j.kind, ' is allowed all actions of a service by its own policies (', j.policies, ')',
            iam_in_statements(j.statements, j.unconditional)
        )
        when j.unread > 0 then concat('Unknown: an inline policy of the ', j.kind, ' was not read.')
        else concat('No inline policy of the ', j.kind, ' allows a service whole.')
    end as reason,
    j.account_id as account_id,
    'global' as region
from judged as j
left join iamsql.accounts as a on a.account_id = j.account_id
order by a.position, j.arn
