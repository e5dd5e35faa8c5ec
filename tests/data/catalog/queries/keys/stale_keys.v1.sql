-- title: Access keys older than a limit
-- param: days integer = 90
--
select account_id from aws_iam_access_key where age > $days
