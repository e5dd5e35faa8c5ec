-- title: Ensure EFS file systems have a policy that does not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: efs_file_system
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws efs describe-file-system-policy --file-system-id {resource:name} --region {region}
--
-- The policy of a file system can let principals outside the organization mount it, read and write its files, or act as
-- the root user. Everyone who can reach a mount target has full access to a file system without a policy, or with a
-- policy that only requires a mount target. Such access needs no AWS credentials, and only the security groups of the
-- mount targets restrict it. There is one row for each file system. The row lists the accounts and organizations that
-- the policy allows. It lists everyone if a statement allows everyone without a condition that limits callers to the
-- organization. Attach a policy that allows the roles of the clients. List the intended accounts in `trusted`, and
-- remove the statements for the others.

select
    r.resource, r.status,
    case
        when r.status = 'alarm' and p.policy_status = 'default'
            then 'The file system has no policy: everyone who reaches a mount target has full access.'
        else r.reason
    end as reason,
    r.account_id, r.region
from resource_access_results(
    'efs_file_system', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the file system allows nobody outside the organization.'
) as r
inner join aws_resource_policy as p
    on p.account_id = r.account_id and p.arn = r.resource and p.resource_type = 'efs_file_system'
order by r.position, r.account_id, r.resource
