-- title: Ensure access to AWSCloudShellFullAccess is restricted
-- kind: control
-- severity: medium
-- tags: policies, cis_v3.0:1.22, cis_v7.0:2.20, security_hub:IAM.27
-- remediation: # For a user: aws iam detach-user-policy --user-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AWSCloudShellFullAccess
-- remediation: # For a group: aws iam detach-group-policy --group-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AWSCloudShellFullAccess
-- remediation: # For a role: aws iam detach-role-policy --role-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AWSCloudShellFullAccess
--
-- AWSCloudShellFullAccess allows file uploads and downloads in CloudShell, a channel for data exfiltration. Detach the
-- policy, and grant access with a policy that denies file transfer. Service-linked roles, which nobody can change, are
-- not evaluated.

select
    h.arn as resource,
    unnest(case
        when h.is_attached then alarm(concat('AWSCloudShellFullAccess is attached to the ', h.kind, '.'))
        else ok(concat('AWSCloudShellFullAccess is not attached to the ', h.kind, '.'))
    end),
    h.account_id, 'global' as region
from aws_policy_holders('AWSCloudShellFullAccess') as h
order by account_position(h.account_id), h.arn
