-- title: Ensure tagged IAM users have a permissions boundary
-- kind: control
-- severity: medium
-- version: 1
-- tags: users, boundaries, tags
-- param: tag text = 'boundary-required' # The key of the tag
--
-- A team that may make users is held by a permissions boundary; a tag says which users must have one. A user with the
-- tag and without a boundary was made past that rule. Users without the tag make a `skip` row.

select
    u.arn as resource,
    unnest(case
        when u.tags_src is null then unknown('the tags of the user were not read.')
        when not list_contains(coalesce(json_keys(u.tags), []), $tag)
            then skip(concat('The user has no tag ', $tag, '.'))
        when u.permissions_boundary_arn is not null then ok(concat('The boundary is ', u.permissions_boundary_arn, '.'))
        else alarm(concat('The user is tagged ', $tag, ' and has no permissions boundary.'))
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
