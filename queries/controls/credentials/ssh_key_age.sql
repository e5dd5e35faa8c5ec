-- title: Ensure SSH keys of IAM users are rotated every 90 days or less
-- kind: control
-- severity: low
-- tags: ssh-keys
-- param: days integer = 90              # Age at which a key must be rotated, in days
-- remediation: # If the user needs a key: aws iam upload-ssh-public-key --user-name {user_name} --ssh-public-key-body file://key.pub
-- remediation: aws iam update-ssh-public-key --user-name {user_name} --ssh-public-key-id {ssh_public_key_id} --status Inactive
-- remediation: # When nothing has failed for some days: aws iam delete-ssh-public-key --user-name {user_name} --ssh-public-key-id {ssh_public_key_id}
--
-- An SSH public key of an IAM user gives access to CodeCommit repositories and never expires. Upload a new key and
-- delete the old one. Keys that are not active are skipped.

select
    coalesce(u.arn, concat('arn:', r."partition", ':iam::', s.account_id, ':user/', s.user_name)) as resource,
    unnest(credential_age(s.status, days_between(s.upload_date, o.as_of), $days, 'SSH key')),
    s.account_id, 'global' as region, s.user_name, s.ssh_public_key_id
from aws_iam_ssh_public_key as s
cross join iamsql.run as r
cross join (select as_of() as as_of) as o
left join aws_iam_user as u on u.account_id = s.account_id and u.name = s.user_name
order by account_position(s.account_id), resource, s.ssh_public_key_id
