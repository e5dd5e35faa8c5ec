-- title: Ensure no IAM user of the management account has an active access key
-- kind: control
-- severity: high
-- tags: organization, access-keys, cis_v7.0:2.1.2
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: aws iam list-access-keys --user-name {user_name}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID --status Inactive
--
-- Service control policies do not apply to the management account, and a key that is stolen there can reach every
-- account. Replace the keys with roles or IAM Identity Center; a user for emergencies does not need a key. There is one
-- row for each user of the management account.

select
    u.arn as resource,
    unnest(case
        when k.active is null then ok('The user has no active access key.')
        else alarm(concat(
            'The user has ', pluralize(k.active, 'active access key', 'active access keys'),
            ' that no service control policy limits.'
        ))
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
cross join iamsql.run as r
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
where u.account_id = r.management_account_id
order by u.arn
