-- about: A user or role that may do everything on everything, as `admins` tells; certain, or conditional.
-- stands on: aws_iam_principal_policy iam:GetAccountAuthorizationDetails
-- guards: aws_organizations_account_policy organizations:ListPolicies
-- guards: aws_organizations_account_policy organizations:DescribePolicy
-- guards: aws_organizations_account_policy organizations:ListTargetsForPolicy
-- guards: aws_organizations_account_policy organizations:ListAccountsForParent
select
    a.account_id, 'global' as region, a.principal as ident, regexp_extract(a.principal, '[^/]+$') as name,
    a.principal as resource, a.verdict as value, a.verdict
from iamsql.admins as a
