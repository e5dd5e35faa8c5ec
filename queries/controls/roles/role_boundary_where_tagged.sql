-- title: Ensure tagged IAM roles have a permissions boundary
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, boundaries, tags
-- param: tag text = 'boundary-required' # The key of the tag
--
-- A team that may make roles is held by a permissions boundary; a tag says which roles must have one. A role with the
-- tag and without a boundary was made past that rule. Roles without the tag make a `skip` row; service-linked roles and
-- those of Identity Center none.

select
    r.arn as resource,
    unnest(case
        when r.tags_src is null then unknown('the tags of the role were not read.')
        when not list_contains(coalesce(json_keys(r.tags), []), $tag)
            then skip(concat('The role has no tag ', $tag, '.'))
        when r.permissions_boundary_arn is not null then ok(concat('The boundary is ', r.permissions_boundary_arn, '.'))
        else alarm(concat('The role is tagged ', $tag, ' and has no permissions boundary.'))
    end),
    r.account_id, 'global' as region
from aws_iam_role as r
left join iamsql.accounts as a on a.account_id = r.account_id
where
    coalesce(r.path, '/') not like '/aws-service-role/%'
    and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
order by a.position, r.arn
