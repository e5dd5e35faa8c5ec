-- about: The trust policy of a role, in canonical form.
-- depends on: aws_iam_role iam:GetAccountAuthorizationDetails
-- null is unknown: document
-- only: changed
-- A role always has a trust policy, so a new or gone role has no row here.
select
    r.account_id, 'global' as region, r.arn as ident, r.name, r.arn as resource, null as value,
    cast(r.assume_role_policy_std as varchar) as document
from aws_iam_role as r
