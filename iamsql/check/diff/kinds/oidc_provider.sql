-- about: An OpenID Connect identity provider: its audiences and certificate thumbprints.
-- depends on: aws_iam_open_id_connect_provider iam:ListOpenIDConnectProviders
-- column depends on: audiences thumbprints aws_iam_open_id_connect_provider iam:GetOpenIDConnectProvider
-- on demand: yes
-- The order of audiences and thumbprints has no meaning, so they are sorted.
select
    p.account_id, 'global' as region, p.arn as ident, coalesce(p.url, split_part(p.arn, ':oidc-provider/', 2)) as name,
    p.arn as resource, null as value,
    array_to_string(list_sort(cast(p.client_id_list as varchar[])), ', ') as audiences,
    array_to_string(list_sort(cast(p.thumbprint_list as varchar[])), ', ') as thumbprints
from aws_iam_open_id_connect_provider as p
