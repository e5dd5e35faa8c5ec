-- Returns access keys with their ages in days. `is_known`: the last use was read. `unused_days` counts from the last use, or from
-- the creation of a key that was never used. If the user was not read, the key has the ARN of a user without a path.
-- returns: account_id VARCHAR, arn VARCHAR, user_name VARCHAR, access_key_id VARCHAR, status VARCHAR, is_known BOOLEAN, is_used BOOLEAN, unused_days BIGINT, age_days BIGINT
create or replace macro iam_access_keys() as table
select
    k.account_id,
    coalesce(u.arn, concat('arn:', r."partition", ':iam::', k.account_id, ':user/', k.user_name)) as arn,
    k.user_name, k.access_key_id, k.status,
    coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null as is_known,
    k.access_key_last_used_date is not null as is_used,
    days_between(coalesce(k.access_key_last_used_date, k.create_date), as_of()) as unused_days,
    days_between(k.create_date, as_of()) as age_days
from aws_iam_access_key as k
cross join iamsql.run as r
left join aws_iam_user as u on u.account_id = k.account_id and u.name = k.user_name;
