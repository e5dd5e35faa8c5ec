-- about: A user or role with full privileges, as the query `admins` returns it; certain or conditional.
-- depends on: aws_iam_principal_policy iam:GetAccountAuthorizationDetails
-- same coverage: aws_organizations_account_policy organizations:ListPolicies
-- same coverage: aws_organizations_account_policy organizations:DescribePolicy
-- same coverage: aws_organizations_account_policy organizations:ListTargetsForPolicy
-- same coverage: aws_organizations_account_policy organizations:ListAccountsForParent
-- Service control policies can block a privilege. If only one of the runs has them, the two verdicts have different meanings.
select
    a.account_id, 'global' as region, a.principal as ident, regexp_extract(a.principal, '[^/]+$') as name,
    a.principal as resource, a.verdict as value, a.verdict
from iamsql.admins as a
