-- about: An IAM user: its ID, which differs after the user was deleted and created again, password, MFA and tags.
-- depends on: aws_iam_user iam:GetAccountAuthorizationDetails
-- column depends on: password_enabled mfa_enabled aws_iam_user iam:GetCredentialReport
-- column depends on: password_last_used aws_iam_credential_report iam:GetCredentialReport
-- null is unknown: password_enabled mfa_enabled tags
-- first use: password_last_used
-- The order of tags has no meaning, so they are sorted.
select
    u.account_id, 'global' as region, u.arn as ident, u.name, u.arn as resource, u.user_id as value, u.user_id,
    u.password_enabled, u.mfa_enabled,
    case when u.tags_src is not null then array_to_string(list_sort(
        [concat(t ->> '$.Key', '=', t ->> '$.Value') for t in cast(u.tags_src as json[])]
    ), ', ') end as tags,
    case when u.password_enabled
        then coalesce(strftime(u.password_last_used, '%Y-%m-%dT%H:%M:%SZ'), 'never') end as password_last_used
from aws_iam_user as u
