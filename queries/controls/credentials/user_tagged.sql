-- title: Users have tags
-- kind: control
-- severity: low
-- version: 1
-- tags: users, tags, security_hub:IAM.25
-- param: keys text = ''                 # Keys that each user must have, parted by commas
--
-- A tag with an owner tells whom to ask before a user is deleted, and lets a policy decide by it. With keys, each of
-- those must be there; without, any tag will do.

with wanted as (
    select trim(w.name) as name
    from (select unnest(string_split($keys, ',')) as name) as w
    where trim(w.name) <> ''
),

missing as (
    select
        u.account_id,
        u.arn,
        string_agg(w.name, ', ' order by w.name) as names
    from aws_iam_user as u
    inner join wanted as w on not list_contains(coalesce(json_keys(u.tags), []), w.name)
    group by u.account_id, u.arn
)

select
    u.arn as resource,
    case
        when m.names is not null then 'alarm'
        when len(coalesce(json_keys(u.tags), [])) = 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when len(coalesce(json_keys(u.tags), [])) = 0 then 'The user has no tags.'
        when m.names is not null then concat('The user lacks ', m.names, '.')
        else concat('The user is tagged: ', array_to_string(json_keys(u.tags), ', '), '.')
    end as reason,
    u.account_id as account_id,
    'global' as region,
    u.name as user_name
from aws_iam_user as u
left join missing as m on m.account_id = u.account_id and m.arn = u.arn
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
