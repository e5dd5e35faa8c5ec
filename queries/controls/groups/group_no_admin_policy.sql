-- title: Ensure IAM groups do not grant full administrative privileges
-- kind: control
-- severity: info
-- version: 1
-- tags: groups, admin
--
-- Whoever is put into such a group is an administrator, and whoever may put others into it makes some. Know them, keep
-- them few, and watch who joins. That administrators are made by a group is as it should be, so that the severity is
-- the least: the alarms are the list of those groups.

with held as (
    select
        g.account_id, g.arn,
        unnest(cast(g.attached_policy_arns as varchar[])) as policy_arn
    from aws_iam_group as g
),

granting as (
    select
        h.account_id, h.arn,
        regexp_extract(h.policy_arn, '[^/]+$') as policy_name
    from held as h
    left join aws_iam_document as d
        on d.account_id = h.account_id and d.owner_arn = h.policy_arn and d.source = 'managed'
    left join admin_documents() as m on m.document_id = d.document_id
    where m.document_id is not null or h.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess'
    union
    select d.account_id, d.owner_arn as arn, d.policy_name
    from aws_iam_document as d
    inner join admin_documents() as m on m.document_id = d.document_id
    where d.source = 'inline' and d.owner_type = 'group'
),

listed as (
    select
        n.account_id, n.arn,
        string_agg(n.policy_name, ', ' order by n.policy_name) as policies
    from granting as n
    group by n.account_id, n.arn
)

select
    g.arn as resource,
    unnest(case
        when l.policies is not null then alarm(concat(
            'Everyone in the group is an administrator by ', l.policies,
            case
                when json_array_length(g.users) = 1 then ': 1 user.'
                when json_array_length(g.users) > 1 then concat(': ', json_array_length(g.users), ' users.')
                else '.'
            end
        ))
        else ok('The group makes no administrators.')
    end),
    g.account_id, 'global' as region
from aws_iam_group as g
left join listed as l on l.account_id = g.account_id and l.arn = g.arn
left join iamsql.accounts as a on a.account_id = g.account_id
order by a.position, g.arn
