-- title: Ensure the AdministratorAccess policy is attached only where it is allowed
-- kind: control
-- severity: medium
-- tags: policies, admin, config:iam-policy-blacklisted-check
-- param: allowed text = 'OrganizationAccountAccessRole, AWSControlTowerExecution' # Names of principals that may have the policy, separated by commas
-- remediation: # For a user: aws iam detach-user-policy --user-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AdministratorAccess
-- remediation: # For a group: aws iam detach-group-policy --group-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AdministratorAccess
-- remediation: # For a role: aws iam detach-role-policy --role-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AdministratorAccess
--
-- A principal with AdministratorAccess can undo every other control. Attach the policy to a role for temporary use, and
-- not to users. By default, the roles with which AWS Organizations and AWS Control Tower manage accounts may have the
-- policy. Service-linked roles and roles of IAM Identity Center are not evaluated.

select
    h.arn as resource,
    unnest(case
        when h.is_attached and list_contains(comma_list($allowed), h.name)
            then ok(concat('AdministratorAccess is attached to the ', h.kind, ', where it is allowed.'))
        when h.is_attached then alarm(concat('AdministratorAccess is attached to the ', h.kind, '.'))
        else ok(concat('AdministratorAccess is not attached to the ', h.kind, '.'))
    end),
    h.account_id, 'global' as region
from aws_policy_holders('AdministratorAccess') as h
where is_customer_role(h.path)
order by account_position(h.account_id), h.arn
