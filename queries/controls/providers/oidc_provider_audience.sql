-- title: Ensure OpenID Connect providers accept only the audience of AWS STS
-- kind: control
-- severity: medium
-- tags: federation, oidc
-- param: audiences text = 'sts.amazonaws.com' # Accepted audiences, separated by commas
-- remediation: aws iam get-open-id-connect-provider --open-id-connect-provider-arn {resource}
-- remediation: aws iam remove-client-id-from-open-id-connect-provider --open-id-connect-provider-arn {resource} --client-id AUDIENCE
--
-- With another audience, tokens that were issued for another service can be used to assume roles that trust the
-- provider, unless the trust policies restrict the audience. Remove other audiences from the provider. A provider
-- without audiences accepts no tokens; its status is `info`.

with providers as (
    select
        p.account_id, p.arn, p.client_id_list,
        array_to_string(list_sort([
            audience_ for audience_ in cast(p.client_id_list as varchar[])
            if not list_contains(comma_list($audiences), audience_)
        ]), ', ') as other_audiences
    from aws_iam_open_id_connect_provider as p
)

select
    p.arn as resource,
    unnest(case
        when p.client_id_list is null then unknown('the audiences of the provider were not read.')
        when json_array_length(p.client_id_list) = 0 then info('The provider has no audience and accepts no tokens.')
        when p.other_audiences <> '' then alarm(concat('The provider accepts the audiences ', p.other_audiences, '.'))
        else ok(concat('The provider accepts only the audiences ', $audiences, '.'))
    end),
    p.account_id, 'global' as region
from providers as p
order by account_position(p.account_id), p.arn
