-- title: Analyzers have tags
-- kind: control
-- severity: low
-- version: 1
-- tags: access-analyzer, tags, security_hub:IAM.23
-- param: keys text = ''                 # Keys that each analyzer must have, parted by commas
--
-- A tag with an owner tells whom to ask before an analyzer is changed, and lets a policy decide by it. With keys, each
-- of those must be there; without, any tag will do. Analyzers that a service made are left out.

with wanted as (
    select trim(w.name) as name
    from (select unnest(string_split($keys, ',')) as name) as w
    where trim(w.name) <> ''
),

missing as (
    select
        z.arn,
        string_agg(w.name, ', ' order by w.name) as names
    from aws_accessanalyzer_analyzer as z
    inner join wanted as w on not list_contains(coalesce(json_keys(z.tags), []), w.name)
    group by z.arn
)

select
    z.arn as resource,
    case
        when m.names is not null then 'alarm'
        when len(coalesce(json_keys(z.tags), [])) = 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when len(coalesce(json_keys(z.tags), [])) = 0 then 'The analyzer has no tags.'
        when m.names is not null then concat('The analyzer lacks ', m.names, '.')
        else concat('The analyzer is tagged: ', array_to_string(json_keys(z.tags), ', '), '.')
    end as reason,
    z.account_id as account_id,
    z.region as region
from aws_accessanalyzer_analyzer as z
left join missing as m on m.arn = z.arn
left join iamsql.accounts as a on a.account_id = z.account_id
where z.managed_by is null
order by a.position, z.arn
