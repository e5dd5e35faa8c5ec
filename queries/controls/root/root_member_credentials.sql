-- title: Ensure member accounts have no root user credentials
-- kind: control
-- severity: medium
-- tags: root, organization
-- remediation: # In the management account: aws sts assume-root --target-principal {account_id} --task-policy-arn arn=arn:{partition}:iam::aws:policy/root-task/IAMDeleteRootUserCredentials
-- remediation: # With the credentials that it returns, for each access key: aws iam delete-access-key --access-key-id ACCESS_KEY_ID
-- remediation: # With the same credentials, for the password: aws iam delete-login-profile
--
-- Nobody can sign in as a root user without a password and access keys. Enable the central management of root access
-- and delete the credentials; the management account can recover the password for a task. The management account needs
-- its own root credentials and is not evaluated.

select
    a.root_arn as resource,
    unnest(case
        when s.account_id is null then unknown('the account summary was not read.')
        when s.account_password_present and s.account_access_keys_present > 0
            then alarm('The root user has a password and an access key.')
        when s.account_password_present then alarm('The root user has a password.')
        when s.account_access_keys_present > 0 then alarm('The root user has an access key.')
        when s.account_password_present is null
            then unknown('the account summary does not show whether the root user has a password.')
        else ok('The root user has no password and no access key.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
cross join iamsql.run as r
left join aws_iam_account_summary as s on s.account_id = a.account_id
where a.account_id <> r.management_account_id
order by a.position, a.account_id
