-- The active access keys of each user that has some.
-- gives: account_id VARCHAR, user_name VARCHAR, active BIGINT, oldest TIMESTAMP WITH TIME ZONE
create or replace macro active_keys() as table
select k.account_id, k.user_name, count(*) as active, min(k.create_date) as oldest
from aws_iam_access_key as k
where k.status = 'Active'
group by k.account_id, k.user_name;

-- Service-specific credentials with their ages in days. One whose user was not read gets the ARN of one without a path.
-- gives: account_id VARCHAR, arn VARCHAR, user_name VARCHAR, credential_id VARCHAR, service_name VARCHAR, status VARCHAR, expiration_date TIMESTAMP WITH TIME ZONE, is_expired BOOLEAN, age_days BIGINT, position BIGINT
create or replace macro iam_service_credentials() as table
select
    c.account_id,
    coalesce(u.arn, concat('arn:', r."partition", ':iam::', c.account_id, ':user/', c.user_name)) as arn,
    c.user_name, c.service_specific_credential_id as credential_id, c.service_name, c.status, c.expiration_date,
    c.status = 'Expired' or c.expiration_date <= as_of() as is_expired,
    days_between(c.create_date, as_of()) as age_days,
    a.position
from aws_iam_service_specific_credential as c
cross join iamsql.run as r
left join aws_iam_user as u on u.account_id = c.account_id and u.name = c.user_name
left join iamsql.accounts as a on a.account_id = c.account_id;
