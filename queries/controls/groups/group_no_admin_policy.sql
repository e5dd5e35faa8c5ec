-- title: Ensure IAM groups do not grant full administrative privileges
-- kind: control
-- severity: info
-- tags: groups, admin
-- remediation: aws iam get-group --group-name {resource:name}
-- remediation: aws iam list-attached-group-policies --group-name {resource:name}
-- remediation: aws iam remove-user-from-group --group-name {resource:name} --user-name USER_NAME
--
-- Every user in such a group is an administrator, and anyone who can add users to it can create administrators. Limit
-- and monitor the membership. A group is the recommended way to grant administrative privileges to users, so the
-- severity is informational: the alarms list the groups.

with group_policies as (
    select g.account_id, g.arn, unnest(cast(g.attached_policy_arns as varchar[])) as policy_arn
    from aws_iam_group as g
),

admin_policies as (
    select p.account_id, p.arn, regexp_extract(p.policy_arn, '[^/]+$') as policy_name
    from group_policies as p
    left join aws_iam_document as d
        on d.account_id = p.account_id and d.owner_arn = p.policy_arn and d.source = 'managed'
    left join admin_documents() as a on a.document_id = d.document_id
    where a.document_id is not null or p.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess'
    union
    select d.account_id, d.owner_arn as arn, d.policy_name
    from aws_iam_document as d
    inner join admin_documents() as a on a.document_id = d.document_id
    where d.source = 'inline' and d.owner_type = 'group'
),

-- The policies of groups that were not evaluated.
unread_policies as (
    select p.account_id, p.group_arn, min(p.duplicate_key) as duplicate_key
    from aws_iam_group_policy as p
    where p.document_id is null
    group by p.account_id, p.group_arn
),

admin_groups as (
    select p.account_id, p.arn, string_agg(p.policy_name, ', ' order by p.policy_name) as policies
    from admin_policies as p
    group by p.account_id, p.arn
)

select
    g.arn as resource,
    unnest(case
        when a.policies is not null then alarm(concat(
            'The group grants full administrative privileges through ', a.policies, ' to ',
            pluralize(json_length(g.users), 'user', 'users'), '.'
        ))
        when u.group_arn is not null then unknown(iam_not_evaluated('a policy of the group', u.duplicate_key))
        else ok('The group does not grant full administrative privileges.')
    end),
    g.account_id, 'global' as region
from aws_iam_group as g
left join admin_groups as a on a.account_id = g.account_id and a.arn = g.arn
left join unread_policies as u on u.account_id = g.account_id and u.group_arn = g.arn
order by account_position(g.account_id), g.arn
