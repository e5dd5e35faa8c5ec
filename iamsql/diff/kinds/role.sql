-- about: An IAM role: made again under the same name, tags, used for the first time.
-- stands on: aws_iam_role iam:GetAccountAuthorizationDetails
-- unknown: tags
-- beside: last_used
-- used: last_used
select
    r.account_id, 'global' as region, r.arn as ident, r.name, r.arn as resource, r.role_id as value, r.role_id,
    case when r.tags_src is not null then array_to_string(list_sort(
        [concat(t ->> '$.Key', '=', t ->> '$.Value') for t in cast(r.tags_src as json[])]
    ), ', ') end as tags,
    case when r.tags_src is not null  -- the bulk answer tells the last use, what stands in for it does not
        then coalesce(strftime(r.role_last_used_date, '%Y-%m-%dT%H:%M:%SZ'), 'never') end as last_used
from aws_iam_role as r
