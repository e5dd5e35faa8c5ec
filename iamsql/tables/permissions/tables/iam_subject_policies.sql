-- Returns the policies of subjects. A subject is a user or role as it is (iam_subject), or as it is after a change that escalation
-- grants. `layer` is identity or boundary.
-- returns: subject VARCHAR, principal VARCHAR, account_id VARCHAR, layer VARCHAR, via VARCHAR, group_name VARCHAR, policy_name VARCHAR, policy_arn VARCHAR, document_id VARCHAR, duplicate_key VARCHAR
create or replace macro iam_subject_policies(subjects) as table
with subject_definitions as materialized (
    select
        s.definition.subject as subject, s.definition.principal as principal, s.definition."groups" as "groups",
        s.definition.removed_items as removed_items, s.definition.has_administrator_access as has_administrator_access,
        s.definition.is_unbounded as is_unbounded, s.definition.is_new as is_new
    from (select unnest(iam_subject_list(subjects)) as definition) as s
)

select s.subject, s.principal, l.account_id, l.layer, l.via, l.group_name, l.policy_name, l.policy_arn, l.document_id, l.duplicate_key
from subject_definitions as s join aws_iam_principal_policy as l on l.principal_arn = s.principal
where not s.is_new and not (s.is_unbounded and l.layer = 'boundary')
    and (
        s.removed_items is null or l.layer = 'boundary' or not (
            list_contains(s.removed_items, iam_policy_item(l.policy_arn, l.policy_name, l.group_name))
            or coalesce(list_contains(s.removed_items, iam_group_item(l.group_name)), false)
        )
    )
union all
select s.subject, s.principal, split_part(s.principal, ':', 5), 'identity', 'attached', null, 'AdministratorAccess',
    concat('arn:', split_part(s.principal, ':', 2), ':iam::aws:policy/AdministratorAccess'), iam_full_access_id(), null
from subject_definitions as s
where s.has_administrator_access
union all
select s.subject, s.principal, g.account_id, 'identity', 'group', g.group_name, g.policy_name, g.policy_arn, g.document_id, g.duplicate_key
from (select l.subject, l.principal, unnest(l."groups") as group_arn from subject_definitions as l) as s
join aws_iam_group_policy as g on g.group_arn = s.group_arn;
