-- Returns, for each user with active access keys, their number and the creation date of the oldest.
-- returns: account_id VARCHAR, user_name VARCHAR, active BIGINT, oldest TIMESTAMP WITH TIME ZONE
create or replace macro active_keys() as table
select k.account_id, k.user_name, count(*) as active, min(k.create_date) as oldest
from aws_iam_access_key as k
where k.status = 'Active'
group by k.account_id, k.user_name;

-- Returns service-specific credentials with their ages in days. If the user was not read, `arn` is the ARN of a user without a
-- path.
-- returns: account_id VARCHAR, arn VARCHAR, user_name VARCHAR, credential_id VARCHAR, service_name VARCHAR, status VARCHAR, expiration_date TIMESTAMP WITH TIME ZONE, is_expired BOOLEAN, age_days BIGINT
create or replace macro iam_service_credentials() as table
select
    c.account_id,
    coalesce(u.arn, concat('arn:', r."partition", ':iam::', c.account_id, ':user/', c.user_name)) as arn,
    c.user_name, c.service_specific_credential_id as credential_id, c.service_name, c.status, c.expiration_date,
    c.status = 'Expired' or c.expiration_date <= as_of() as is_expired,
    days_between(c.create_date, as_of()) as age_days
from aws_iam_service_specific_credential as c
cross join iamsql.run as r
left join aws_iam_user as u on u.account_id = c.account_id and u.name = c.user_name;

-- Returns the console password of each user:
--   set_at: the date on which the password was set, or the user's creation date if that is not known
--   last_used: NULL if the password was never used
--   use_known: false if neither the credential report nor ListUsers was read, which return the last use
-- returns: account_id VARCHAR, arn VARCHAR, user_name VARCHAR, has_password BOOLEAN, set_at TIMESTAMP WITH TIME ZONE, last_used TIMESTAMP WITH TIME ZONE, use_known BOOLEAN
create or replace macro user_passwords() as table
select
    u.account_id, u.arn, u.name as user_name, u.password_enabled as has_password,
    coalesce(c.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz), u.create_date) as set_at,
    u.password_last_used as last_used,
    c.user_name is not null or coalesce(l.is_read, 0) = 1 or u.password_last_used is not null as use_known
from aws_iam_user as u
left join aws_iam_credential_report as c on c.account_id = u.account_id and c.user_name = u.name
left join account_calls('iam', ['ListUsers']) as l on l.account_id = u.account_id;
