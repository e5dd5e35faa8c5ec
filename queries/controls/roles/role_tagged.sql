-- title: Roles have tags
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, tags, security_hub:IAM.24
-- param: keys text = ''             # Keys that each role must have, parted by commas
--
-- A tag with an owner tells whom to ask before a role is deleted, and lets a policy decide by it. With keys, each of
-- those must be there; without, any tag but AWS's own (aws:…) will do. Service-linked roles and those of Identity
-- Center have no row.

with wanted as (
    select distinct trim(w.word) as name
    from (select unnest(string_split($keys, ',')) as word) as w
    where trim(w.word) <> ''
),

mine as (
    select
        r.account_id,
        r.arn,
        r.tags_src is not null as is_known,
        [key_ for key_ in coalesce(json_keys(r.tags), []) if key_ not like 'aws:%'] as names
    from aws_iam_role as r
    where
        coalesce(r.path, '/') not like '/aws-service-role/%'
        and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
),

missing as (
    select
        n.account_id,
        n.arn,
        string_agg(w.name, ', ' order by w.name) as names
    from mine as n
    inner join wanted as w on not list_contains(n.names, w.name)
    group by n.account_id, n.arn
)

select
    n.arn as resource,
    case
        when not n.is_known then 'error'
        when len(n.names) = 0 or m.names is not null then 'alarm'
        else 'ok'
    end as status,
    case
        when not n.is_known then 'Unknown: the tags of the role were not read.'
        when len(n.names) = 0 then 'The role has no tags.'
        when m.names is not null then concat('The role lacks ', m.names, '.')
        else concat('The role is tagged: ', array_to_string(n.names, ', '), '.')
    end as reason,
    n.account_id as account_id,
    'global' as region
from mine as n
left join missing as m on m.account_id = n.account_id and m.arn = n.arn
left join iamsql.accounts as a on a.account_id = n.account_id
order by a.position, n.arn
