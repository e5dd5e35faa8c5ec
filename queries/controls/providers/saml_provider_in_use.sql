-- title: Ensure every SAML provider is trusted by a role
-- kind: control
-- severity: low
-- tags: federation, saml, leftovers
-- remediation: aws iam get-saml-provider --saml-provider-arn {resource}
-- remediation: aws iam delete-saml-provider --saml-provider-arn {resource}
--
-- A SAML provider without a role is not used, and a role that trusts it later gives access to its users. Delete the
-- provider. The result is an error if the roles of the account or their trust policies were not read.

with unread_roles as (
    select distinct r.account_id
    from aws_iam_role as r
    where r.assume_role_policy is null
),

trusted_providers as (
    select p.account_id, p.provider, count(distinct p.owner_arn) as roles
    from (
        select
            d.account_id, d.owner_arn,
            unnest([who_."value" for who_ in s.principals if who_."type" = 'Federated']) as provider
        from aws_iam_document as d
        inner join aws_iam_statement as s on s.document_id = d.document_id
        where d.source = 'trust' and s.effect = 'Allow'
    ) as p
    group by p.account_id, p.provider
)

select
    p.arn as resource,
    unnest(case
        when t.roles = 1 then ok('1 role trusts the provider.')
        when t.roles > 1 then ok(concat(t.roles, ' roles trust the provider.'))
        when coalesce(c.is_read, 0) = 0 or u.account_id is not null
            then unknown('the trust policies of all roles of the account were not read.')
        else alarm('No role trusts the provider.')
    end),
    p.account_id, 'global' as region
from aws_iam_saml_provider as p
left join trusted_providers as t on t.account_id = p.account_id and t.provider = p.arn
left join account_calls('iam', ['GetAccountAuthorizationDetails', 'ListRoles']) as c on c.account_id = p.account_id
left join unread_roles as u on u.account_id = p.account_id
order by account_position(p.account_id), p.arn
