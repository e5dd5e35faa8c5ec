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
        and iam_every_action(s.actions)
        and iam_every_resource(s.resources)
    group by s.document_id
),

holders as (
    select u.account_id, u.arn, 'user' as kind from aws_iam_user as u
    union all
    select g.account_id, g.arn, 'group' as kind from aws_iam_group as g
    union all
    select r.account_id, r.arn, 'role' as kind from aws_iam_role as r 
    where coalesce(r.path, '/') not like '/aws-service-role/%'
),

judged as (
    select
        d.account_id,
        d.owner_arn,
        sum(case when d.document_id is null then 1 else 0 end) as unread,
        sum(coalesce(f.statements, 0)) as statements,
        sum(coalesce(f.unconditional, 0)) as unconditional,
        string_agg(case when f.statements > 0 then d.policy_name end, ', ' order by d.policy_name) as policies
    from aws_iam_document as d
    left join found as f on f.document_id = d.document_id
    where d.source = 'inline'
    group by d.account_id, d.owner_arn
)

select
    h.arn as resource,
    case
        when j.statements > 0 then 'alarm'
        when j.unread > 0 then 'error'
        else 'ok'
    end as status,
    case
        when j.statements > 0 then concat(
            'The ', h.kind, ' is allowed everything by its own policies (', j.policies, ') in ',
            j.statements, case when j.statements = 1 then ' statement' else ' statements' end,
            case when j.unconditional = 0 then ', each under conditions.' else '.' end
        )
        when j.unread > 0 then concat('Unknown: an inline policy of the ', h.kind, ' was not read.')
        else concat('No inline policy of the ', h.kind, ' allows everything.')
    end as reason,
    h.account_id as account_id,
    'global' as region
from holders as h
left join judged as j on j.account_id = h.account_id and j.owner_arn = h.arn
left join iamsql.accounts as a on a.account_id = h.account_id
order by a.position, h.arn
