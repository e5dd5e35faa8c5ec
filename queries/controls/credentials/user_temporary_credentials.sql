-- title: Ensure IAM users access AWS services with temporary credentials
-- kind: control
-- severity: medium
-- tags: access-keys, long-term-credentials
-- remediation: iamsql query key_history --arg access_key_id=ACCESS_KEY_ID
-- remediation: aws iam create-role --role-name ROLE_NAME --assume-role-policy-document file://trust-policy.json
-- remediation: # When the application uses the role: aws iam update-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID --status Inactive
--
-- An access key is valid until somebody deletes it, wherever it was copied. Applications get temporary credentials from
-- a role: of an instance, a function, IAM Roles Anywhere or an OIDC provider. A key that only calls IAM, or AWS STS to
-- assume a role, passes. The control evaluates the service that each active key called last.

with used_keys as (
    select
        k.account_id, k.user_name,
        string_agg(
            distinct case when k.access_key_last_used_service not in ('iam', 'sts') then k.access_key_last_used_service end, ', '
            order by case when k.access_key_last_used_service not in ('iam', 'sts') then k.access_key_last_used_service end
        ) as services,
        max(case when k.last_used_known then 0 else 1 end) as is_unread
    from aws_iam_access_key as k
    where k.status = 'Active'
    group by k.account_id, k.user_name
)

select
    u.arn as resource,
    unnest(case
        when k.services is not null then alarm(concat('An access key of the user was last used for ', k.services, '.'))
        when k.user_name is null then ok('The user has no active access key.')
        when k.is_unread = 1 then unknown('the last use of an access key was not read.')
        else ok('The access keys of the user were not last used for services other than IAM and AWS STS.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join used_keys as k on k.account_id = u.account_id and k.user_name = u.name
order by account_position(u.account_id), u.arn
