-- title: Ensure OpenID Connect providers accept only the audience of AWS STS
-- kind: control
-- severity: medium
-- version: 1
-- tags: federation, oidc
-- param: audiences text = 'sts.amazonaws.com' # Audiences that are meant, separated by commas
--
-- A provider in IAM takes tokens for the audiences in its list of client ids. An audience other than STS means that
-- tokens which were given for another service open roles here, unless their trust says more. A provider without any
-- lets nobody in: its row is `info`.

with meant as (
    select distinct trim(w.word) as name
    from (select unnest(string_split($audiences, ',')) as word) as w
),

named as (
    select
        p.account_id, p.arn,
        unnest(cast(p.client_id_list as varchar[])) as client
    from aws_iam_open_id_connect_provider as p
),

strange as (
    select
        n.account_id, n.arn,
        string_agg(n.client, ', ' order by n.client) as clients
    from named as n
    left join meant as m on m.name = n.client
    where m.name is null
    group by n.account_id, n.arn
)

select
    p.arn as resource,
    unnest(case
        when p.client_id_list is null then unknown('the audiences of the provider were not read.')
        when json_array_length(p.client_id_list) = 0 then info('The provider has no audience and lets nobody in.')
        when s.clients is not null then alarm(concat('The provider lets in tokens for ', s.clients, '.'))
        else ok('The provider lets in tokens for AWS alone.')
    end),
    p.account_id, 'global' as region
from aws_iam_open_id_connect_provider as p
left join strange as s on s.account_id = p.account_id and s.arn = p.arn
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
