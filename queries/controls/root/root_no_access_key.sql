-- title: Ensure no root user access key exists
-- kind: control
-- severity: critical
-- tags: root, access-keys, cis_v1.2:1.12, cis_v3.0:1.4, cis_v7.0:2.4, fsbp:IAM.4, config:iam-root-access-key-check
-- remediation: iamsql query root_keys
-- remediation: # In the console of account {account_id}, as the root user: deactivate the key, and delete it when nothing has failed.
-- remediation: # In the management account, to delete the key of a member account: aws sts assume-root --target-principal {account_id} --task-policy-arn arn=arn:{partition}:iam::aws:policy/root-task/IAMDeleteRootUserCredentials
--
-- An access key of the root user has full access to the account without MFA, and only policies of the organization
-- limit it. Delete the key, and use a role. Inactive keys are alarms too, because they can be activated again.
-- `root_keys` lists the keys with their age and use.

select
    a.root_arn as resource,
    unnest(case
        when s.account_access_keys_present is null then unknown('the account summary was not read.')
        when s.account_access_keys_present > 0 then alarm(
            concat('The root user has ', pluralize(s.account_access_keys_present, 'access key', 'access keys'), '.')
        )
        else ok('The root user has no access key.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_summary as s on s.account_id = a.account_id
order by a.position, a.account_id
