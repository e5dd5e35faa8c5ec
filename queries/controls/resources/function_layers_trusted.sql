-- title: Ensure Lambda functions use layers of the organization only
-- kind: control
-- severity: medium
-- tags: lambda, supply-chain, third-party
-- param: trusted text = ''  # External account IDs whose layers may be used, separated by commas
-- remediation: aws lambda get-layer-version-by-arn --arn LAYER_ARN --region {region}
-- remediation: aws lambda update-function-configuration --function-name {resource} --region {region} --layers LAYER_ARN
--
-- The code of a layer runs with the permissions of the function. Whoever owns the layer decides what the next version
-- contains. Publish a copy of the layer in an account of the organization, or list the publisher, such as a monitoring
-- vendor, in `trusted`. There is one row for each function.

with layers as (
    select
        l.account_id, l.arn,
        string_agg(
            distinct case when l.owner <> l.account_id and o.id is null then l.layer end, ', '
            order by case when l.owner <> l.account_id and o.id is null then l.layer end
        ) as foreign_layers,
        count(*) as layers
    from (
        select
            f.account_id, f.arn, json_extract_string(f.layer_, '$.Arn') as layer,
            split_part(json_extract_string(f.layer_, '$.Arn'), ':', 5) as owner
        from (select v.account_id, v.arn, unnest(elements(v.layers)) as layer_ from aws_lambda_function as v) as f
    ) as l
    left join aws_organizations_account as o on o.id = l.owner
    where not list_contains(comma_list($trusted), l.owner)
    group by l.account_id, l.arn
)

select
    f.arn as resource,
    unnest(case
        when l.foreign_layers is null then ok('The layers of the function belong to the organization or to trusted accounts.')
        when c.is_known then alarm(concat('The function uses layers of accounts outside the organization: ', l.foreign_layers, '.'))
        else unknown(concat('whether the organization contains the accounts of ', l.foreign_layers, ' was not read.'))
    end),
    f.account_id, f.region
from aws_lambda_function as f
cross join iam_organization_coverage() as c
left join layers as l on l.account_id = f.account_id and l.arn = f.arn
order by account_position(f.account_id), f.arn
