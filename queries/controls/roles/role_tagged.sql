-- title: Ensure IAM roles have tags
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, tags, security_hub:IAM.24
-- param: keys text = ''             # Keys that each role must have, separated by commas
--
-- A tag with an owner tells whom to ask before a role is deleted, and lets a policy decide by it. With keys, each of
-- those must be there; without, any tag but AWS's own (aws:…) will do. Service-linked roles and those of Identity
-- Center have no row.

with mine as (
    select
        r.account_id, r.arn, r.tags_src,
        own_tag_keys(r.tags) as names, missing_tag_keys(r.tags, $keys) as missing
    from aws_iam_role as r
    where
        coalesce(r.path, '/') not like '/aws-service-role/%'
        and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
)

select
    n.arn as resource,
    unnest(case
        when n.tags_src is null then unknown('the tags of the role were not read.')
        else tag_result(n.names, n.missing, 'role')
    end),
    n.account_id, 'global' as region
from mine as n
left join iamsql.accounts as a on a.account_id = n.account_id
order by a.position, n.arn
