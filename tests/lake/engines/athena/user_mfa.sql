-- Written by iamsql for Amazon Athena. Athena never executed this text: compare the rows with those of DuckDB.

create external table if not exists `iamsql`.`aws_iam_user` (
  `name` string,
  `user_id` string,
  `path` string,
  `arn` string,
  `create_date` timestamp,
  `password_last_used` timestamp,
  `permissions_boundary_arn` string,
  `permissions_boundary_type` string,
  `mfa_enabled` boolean,
  `login_profile` string,
  `mfa_devices` string,
  `groups` string,
  `inline_policies` string,
  `inline_policies_std` string,
  `attached_policy_arns` string,
  `tags_src` string,
  `tags` string,
  `title` string,
  `akas` string,
  `partition` string,
  `region` string,
  `account_id` string,
  `sp_connection_name` string,
  `sp_ctx` string,
  `_ctx` string,
  `password_enabled` boolean,
  `access_keys` bigint,
  `mfa_active` boolean,
  `position` bigint
)
partitioned by (`lake_organization` string, `lake_run` string)
stored as parquet
location 's3://audit/lake/state/table=aws_iam_user/';

alter table `iamsql`.`aws_iam_user` add if not exists partition (`lake_organization` = 'o-demo123456', `lake_run` = '20260302T120000Z-o-demo123456')
location 's3://audit/lake/state/table=aws_iam_user/organization=o-demo123456/run=20260302T120000Z-o-demo123456/';

create external table if not exists `iamsql`.`iamsql_accounts` (
  `account_id` string,
  `name` string,
  `email` string,
  `state` string,
  `ou_path` string,
  `selected` boolean,
  `role_used` string,
  `outcome` string,
  `reason` string,
  `position` bigint
)
partitioned by (`lake_organization` string, `lake_run` string)
stored as parquet
location 's3://audit/lake/state/table=iamsql.accounts/';

alter table `iamsql`.`iamsql_accounts` add if not exists partition (`lake_organization` = 'o-demo123456', `lake_run` = '20260302T120000Z-o-demo123456')
location 's3://audit/lake/state/table=iamsql.accounts/organization=o-demo123456/run=20260302T120000Z-o-demo123456/';

WITH aws_iam_user AS (
  SELECT
    "name",
    "user_id",
    "path",
    "arn",
    "create_date",
    "password_last_used",
    "permissions_boundary_arn",
    "permissions_boundary_type",
    "mfa_enabled",
    "login_profile",
    "mfa_devices",
    "groups",
    "inline_policies",
    "inline_policies_std",
    "attached_policy_arns",
    "tags_src",
    "tags",
    "title",
    "akas",
    "partition",
    "region",
    "account_id",
    "sp_connection_name",
    "sp_ctx",
    "_ctx",
    "password_enabled",
    "access_keys",
    "mfa_active",
    "position"
  FROM iamsql.aws_iam_user
  WHERE
    lake_organization = 'o-demo123456'
    AND lake_run = '20260302T120000Z-o-demo123456'
    AND "$path" IN (
      's3://audit/lake/state/table=aws_iam_user/organization=o-demo123456/run=20260302T120000Z-o-demo123456/0a1b.parquet'
    )
), iamsql_accounts AS (
  SELECT
    "account_id",
    "name",
    "email",
    "state",
    "ou_path",
    "selected",
    "role_used",
    "outcome",
    "reason",
    "position"
  FROM iamsql.iamsql_accounts
  WHERE
    lake_organization = 'o-demo123456' AND lake_run = '20260302T120000Z-o-demo123456'
)
SELECT
  u.arn AS resource,
  CASE
    WHEN u.mfa_enabled IS NULL
    THEN 'error'
    WHEN u.mfa_enabled
    THEN 'ok'
    ELSE 'alarm'
  END AS status,
  CASE
    WHEN u.mfa_enabled IS NULL
    THEN CONCAT('Unknown: ', 'the MFA devices of the user could not be read.')
    WHEN u.mfa_enabled
    THEN 'The user has MFA.'
    ELSE 'The user has no MFA.'
  END AS reason,
  u.account_id AS account_id,
  'global' AS region,
  u.name AS user_name
FROM aws_iam_user AS u
ORDER BY
  (
    SELECT
      a.position AS position
    FROM iamsql_accounts AS a
    WHERE
      a.account_id = u.account_id
  ),
  u.arn;
