-- title: Ensure root credentials of member accounts are managed centrally
-- kind: control
-- severity: high
-- tags: root, organization, cis_v7.0:2.1.1
-- remediation: aws organizations enable-aws-service-access --service-principal iam.amazonaws.com
-- remediation: aws iam enable-organizations-root-credentials-management
--
-- With centralized root access, the management account or the delegated administrator for IAM can delete the root
-- credentials of member accounts, and new accounts have none. Enable it under Root access management in IAM, and then
-- see `root_member_credentials`. There is one row, for the management account.

select r.*
from organization_feature_results('RootCredentialsManagement', 'Central management of root credentials') as r
order by r.account_id
