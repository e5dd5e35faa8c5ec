-- title: No inline policy allows everything
-- kind: control
-- severity: high
-- version: 1
-- tags: policies, inline, admin
--
-- An inline policy that allows every action on every resource makes an administrator that no list of attached policies
-- shows. Take it away, or attach AdministratorAccess where an administrator is meant. Public controls of this subject
-- list service-linked roles too, whose policies nobody can change; they have no row here.

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
            'The ', j.kind, ' is allowed everything by its own policies (', j.policies, ')',
            iam_in_statements(j.statements, j.unconditional)
        )
        when j.unread > 0 then concat('Unknown: an inline policy of the ', j.kind, ' was not read.')
        else concat('No inline policy of the ', j.kind, ' allows everything.')
    end as reason,
    j.account_id as account_id,
    'global' as region
from judged as j
left join iamsql.accounts as a on a.account_id = j.account_id
order by a.position, j.arn
