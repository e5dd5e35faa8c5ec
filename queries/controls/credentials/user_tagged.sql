-- title: Users have tags
-- kind: control
-- severity: low
-- version: 1
-- tags: users, tags, security_hub:IAM.25
-- param: keys text = ''                 # Keys that each user must have, parted by commas
--
-- A tag with an owner tells whom to ask before a user is deleted, and lets a policy decide by it. With keys, each of
-- those must be there; without, any tag but AWS's own (aws:…) will do.

with wanted as (
    select distinct trim(w.word) as name
    from (select unnest(string_split($keys, ',')) as word) as w
    where trim(w.word) <> ''
),

mine as (
    select
        u.account_id,
        u.arn,
        u.name,
        u.tags_src is not null as is_known,
        [key_ for key_ in coalesce(json_keys(u.tags), []) if key_ not like 'aws:%'] as names
    from aws_iam_user as u
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
        when not n.is_known then 'Unknown: the tags of the user were not read.'
        when len(n.names) = 0 then 'The user has no tags.'
        when m.names is not null then concat('The user lacks ', m.names, '.')
        else concat('The user is tagged: ', array_to_string(n.names, ', '), '.')
    end as reason,
    n.account_id as account_id,
    'global' as region,
    n.name as user_name
from mine as n
left join missing as m on m.account_id = n.account_id and m.arn = n.arn
left join iamsql.accounts as a on a.account_id = n.account_id
order by a.position, n.arn
