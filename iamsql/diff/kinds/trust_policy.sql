-- about: Who may assume a role: its trust policy, in canonical form.
-- stands on: aws_iam_role iam:GetAccountAuthorizationDetails
-- unknown: document
-- only: changed
select
    r.account_id, 'global' as region, r.arn as ident, r.name, r.arn as resource, null as value,
    cast(r.assume_role_policy_std as varchar) as document
from aws_iam_role as r
