-- about: An access key of a user: its status, its rotation, and its first use.
-- depends on: aws_iam_access_key iam:ListAccessKeys
-- column depends on: last_used aws_iam_access_key iam:GetCredentialReport
-- ignored: create_date
-- first use: last_used
-- A run with trust_report can lack keys that are newer than the credential report; create_date shows which.
select
    k.account_id, 'global' as region, k.access_key_id as ident, k.user_name as name, k.access_key_id as resource,
    k.status as value, k.status, k.create_date,
    case when k.last_used_known
        then coalesce(strftime(k.access_key_last_used_date, '%Y-%m-%dT%H:%M:%SZ'), 'never') end as last_used
from aws_iam_access_key as k
