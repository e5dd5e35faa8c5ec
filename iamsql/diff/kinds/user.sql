-- about: An IAM user: made again under the same name, password, MFA, tags.
-- stands on: aws_iam_user iam:GetAccountAuthorizationDetails
-- needs: password_enabled mfa_enabled aws_iam_user iam:GetCredentialReport
-- needs: password_last_used aws_iam_credential_report iam:GetCredentialReport
-- unknown: password_enabled mfa_enabled tags
-- beside: password_last_used
-- used: password_last_used
select
    u.account_id, 'global' as region, u.arn as ident, u.name, u.arn as resource, u.user_id as value, u.user_id,
    u.password_enabled, u.mfa_enabled,
    case when u.tags_src is not null then array_to_string(list_sort(
        [concat(t ->> '$.Key', '=', t ->> '$.Value') for t in cast(u.tags_src as json[])]
    ), ', ') end as tags,
    case when u.password_enabled
        then coalesce(strftime(u.password_last_used, '%Y-%m-%dT%H:%M:%SZ'), 'never') end as password_last_used
from aws_iam_user as u
