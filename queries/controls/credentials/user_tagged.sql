-- title: Ensure IAM users have tags
-- kind: control
-- severity: low
-- version: 1
-- tags: users, tags, security_hub:IAM.25
-- param: keys text = ''                 # Keys that each user must have, separated by commas
--
-- A tag with an owner tells whom to ask before a user is deleted, and lets a policy decide by it. With keys, each of
-- those must be there; without, any tag but AWS's own (aws:…) will do.

with mine as (
    select
        u.account_id, u.arn, u.name, u.tags_src,
        own_tag_keys(u.tags) as names, missing_tag_keys(u.tags, $keys) as missing
    from aws_iam_user as u
)

select
    n.arn as resource,
    unnest(case
        when n.tags_src is null then unknown('the tags of the user were not read.')
        else tag_result(n.names, n.missing, 'user')
    end),
    n.account_id, 'global' as region, n.name as user_name
from mine as n
left join iamsql.accounts as a on a.account_id = n.account_id
order by a.position, n.arn
