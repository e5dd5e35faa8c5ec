-- title: Analyzers have tags
-- kind: control
-- severity: low
-- version: 1
-- tags: access-analyzer, tags, security_hub:IAM.23
-- param: keys text = ''                 # Keys that each analyzer must have, parted by commas
--
-- A tag with an owner tells whom to ask before an analyzer is changed, and lets a policy decide by it. With keys, each
-- of those must be there; without, any tag but AWS's own (aws:…) will do. Analyzers that a service made are left out.

with wanted as (
    select distinct trim(w.word) as name
    from (select unnest(string_split($keys, ',')) as word) as w
    where trim(w.word) <> ''
),

mine as (
    select
        z.account_id,
        z.region,
        z.arn,
        [key_ for key_ in coalesce(json_keys(z.tags), []) if key_ not like 'aws:%'] as names
    from aws_accessanalyzer_analyzer as z
    where z.managed_by is null
),

missing as (
    select
        n.arn,
        string_agg(w.name, ', ' order by w.name) as names
    from mine as n
    inner join wanted as w on not list_contains(n.names, w.name)
    group by n.arn
)

select
    n.arn as resource,
    case when len(n.names) = 0 or m.names is not null then 'alarm' else 'ok' end as status,
    case
        when len(n.names) = 0 then 'The analyzer has no tags.'
        when m.names is not null then concat('The analyzer lacks ', m.names, '.')
        else concat('The analyzer is tagged: ', array_to_string(n.names, ', '), '.')
    end as reason,
    n.account_id as account_id,
    n.region as region
from mine as n
left join missing as m on m.arn = n.arn
left join iamsql.accounts as a on a.account_id = n.account_id
order by a.position, n.arn
