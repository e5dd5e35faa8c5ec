-- about: A SAML identity provider and its metadata.
-- depends on: aws_iam_saml_provider iam:ListSAMLProviders
-- column depends on: metadata valid_until aws_iam_saml_provider iam:GetSAMLProvider
-- on demand: yes
select
    p.account_id, 'global' as region, p.arn as ident, p.name, p.arn as resource, null as value,
    cast(p.valid_until as varchar) as valid_until, p.saml_metadata_document as metadata
from aws_iam_saml_provider as p
