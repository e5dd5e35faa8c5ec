-- title: Ensure no root user signing certificate exists
-- kind: control
-- severity: high
-- tags: root, certificates
-- remediation: # In the console of account {account_id}, as the root user: deactivate the certificate, and delete it when nothing has failed.
-- remediation: # In the management account, to delete the certificate of a member account: aws sts assume-root --target-principal {account_id} --task-policy-arn arn=arn:{partition}:iam::aws:policy/root-task/IAMDeleteRootUserCredentials
--
-- An X.509 signing certificate of the root user signs requests to older AWS APIs with full access to the account, and
-- is easily overlooked in the console. Delete it.

select
    a.root_arn as resource,
    unnest(case
        when s.account_signing_certificates_present is null then unknown('the account summary was not read.')
        when s.account_signing_certificates_present > 0 then alarm('The root user has a signing certificate.')
        else ok('The root user has no signing certificate.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_summary as s on s.account_id = a.account_id
order by a.position, a.account_id
