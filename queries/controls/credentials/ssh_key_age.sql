-- title: Ensure SSH keys of IAM users are rotated every 90 days or less
-- kind: control
-- severity: low
-- version: 1
-- tags: ssh-keys
-- param: days integer = 90              # Age in days from which a key is old
--
-- An SSH key of an IAM user opens the repositories of CodeCommit. Nothing in AWS ends it but deleting it. One that is
-- not active makes a `skip` row.

with aged as (
    select
        s.account_id,
        coalesce(u.arn, concat('arn:', r."partition", ':iam::', s.account_id, ':user/', s.user_name)) as arn,
        s.user_name, s.ssh_public_key_id, s.status,
        days_between(s.upload_date, as_of()) as age_days
    from aws_iam_ssh_public_key as s
    cross join iamsql.run as r
    left join aws_iam_user as u on u.account_id = s.account_id and u.name = s.user_name
)

select
    s.arn as resource,
    unnest(credential_age(s.status, s.age_days, $days, 'key')),
    s.account_id, 'global' as region, s.user_name, s.ssh_public_key_id
from aged as s
left join iamsql.accounts as a on a.account_id = s.account_id
order by a.position, s.arn, s.ssh_public_key_id
