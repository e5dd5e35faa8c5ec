-- title: Ensure privileged root sessions are enabled in the organization
-- kind: control
-- severity: medium
-- tags: root, organization, cis_v7.0:2.1.1
-- remediation: aws organizations enable-aws-service-access --service-principal iam.amazonaws.com
-- remediation: aws iam enable-organizations-root-sessions
--
-- Some tasks in a member account, such as deleting a bucket policy that denies everyone, need the root user. Privileged
-- root sessions perform such a task from the management account with short-term credentials, so member accounts
-- need no root password. Enable them in IAM. There is one row, for the management account.

select r.*
from organization_feature_results('RootSessions', 'The use of privileged root sessions') as r
order by r.account_id
