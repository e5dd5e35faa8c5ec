-- about: An IAM role: its ID, which differs after the role was deleted and created again, its tags, and its first use.
-- depends on: aws_iam_role iam:GetAccountAuthorizationDetails
-- null is unknown: tags
-- first use: last_used
-- The order of tags has no meaning, so they are sorted.
select
    r.account_id, 'global' as region, r.arn as ident, r.name, r.arn as resource, r.role_id as value, r.role_id,
    case when r.tags_src is not null then array_to_string(list_sort(
        [concat(t ->> '$.Key', '=', t ->> '$.Value') for t in cast(r.tags_src as json[])]
    ), ', ') end as tags,
    -- GetAccountAuthorizationDetails returns RoleLastUsed and tags; ListRoles, its fallback, returns neither.
    case when r.tags_src is not null
        then coalesce(strftime(r.role_last_used_date, '%Y-%m-%dT%H:%M:%SZ'), 'never') end as last_used
from aws_iam_role as r
