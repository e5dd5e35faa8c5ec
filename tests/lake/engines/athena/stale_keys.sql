-- Written by iamsql for Amazon Athena. Athena never executed this text: compare the rows with those of DuckDB.

create external table if not exists `iamsql`.`aws_iam_access_key` (
  `access_key_id` string,
  `user_name` string,
  `status` string,
  `create_date` timestamp,
  `access_key_last_used_date` timestamp,
  `access_key_last_used_service` string,
  `access_key_last_used_region` string,
  `title` string,
  `akas` string,
  `partition` string,
  `region` string,
  `account_id` string,
  `sp_connection_name` string,
  `sp_ctx` string,
  `_ctx` string,
  `last_used_known` boolean,
  `last_used_source` string,
  `report_time` timestamp,
  `slot` int,
  `slot_method` string,
  `slot_confidence` string,
  `position` bigint
)
partitioned by (`lake_organization` string, `lake_run` string)
stored as parquet
location 's3://audit/lake/state/table=aws_iam_access_key/';

alter table `iamsql`.`aws_iam_access_key` add if not exists partition (`lake_organization` = 'o-demo123456', `lake_run` = '20260302T120000Z-o-demo123456')
location 's3://audit/lake/state/table=aws_iam_access_key/organization=o-demo123456/run=20260302T120000Z-o-demo123456/';

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

WITH aws_iam_access_key AS (
  SELECT
    "access_key_id",
    "user_name",
    "status",
    "create_date",
    "access_key_last_used_date",
    "access_key_last_used_service",
    "access_key_last_used_region",
    "title",
    "akas",
    "partition",
    "region",
    "account_id",
    "sp_connection_name",
    "sp_ctx",
    "_ctx",
    "last_used_known",
    "last_used_source",
    "report_time",
    "slot",
    "slot_method",
    "slot_confidence",
    "position"
  FROM iamsql.aws_iam_access_key
  WHERE
    lake_organization = 'o-demo123456' AND lake_run = '20260302T120000Z-o-demo123456'
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
), thresholds AS (
  SELECT
    CAST('2026-03-02 12:00:00.000' AS TIMESTAMP) AS as_of,
    CAST('2026-03-02 12:00:00.000' AS TIMESTAMP) - 90 * INTERVAL '24' HOUR AS old_before,
    CAST('2026-03-02 12:00:00.000' AS TIMESTAMP) - 45 * INTERVAL '24' HOUR AS idle_before
), candidates AS (
  SELECT
    k.access_key_id AS access_key_id,
    k.user_name AS user_name,
    k.status AS status,
    k.create_date AS create_date,
    k.access_key_last_used_date AS access_key_last_used_date,
    k.access_key_last_used_service AS access_key_last_used_service,
    k.access_key_last_used_region AS access_key_last_used_region,
    k.title AS title,
    k.akas AS akas,
    k.partition AS partition,
    k.region AS region,
    k.account_id AS account_id,
    k.sp_connection_name AS sp_connection_name,
    k.sp_ctx AS sp_ctx,
    k._ctx AS _ctx,
    k.last_used_known AS last_used_known,
    k.last_used_source AS last_used_source,
    k.report_time AS report_time,
    k.slot AS slot,
    k.slot_method AS slot_method,
    k.slot_confidence AS slot_confidence,
    k.position AS position,
    t.as_of AS as_of,
    k.create_date <= t.old_before AS is_old,
    COALESCE(k.access_key_last_used_date, k.create_date) <= t.idle_before AS is_idle,
    COALESCE(k.last_used_known, FALSE) OR NOT k.access_key_last_used_date IS NULL AS is_use_known
  FROM aws_iam_access_key AS k
  CROSS JOIN thresholds AS t
  WHERE
    k.status = 'Active'
)
SELECT
  c.account_id AS account_id,
  a.name AS account_name,
  c.user_name AS user_name,
  c.access_key_id AS access_key_id,
  c.create_date AS create_date,
  CAST(FLOOR(CAST((
    TO_UNIXTIME(c.as_of) - TO_UNIXTIME(c.create_date)
  ) AS DOUBLE) / 86400) AS BIGINT) AS age_days,
  c.access_key_last_used_date AS last_used_date,
  c.access_key_last_used_service AS last_used_service,
  c.access_key_last_used_region AS last_used_region,
  CASE
    WHEN c.is_use_known
    THEN CAST(FLOOR(
      CAST((
        TO_UNIXTIME(c.as_of) - TO_UNIXTIME(COALESCE(c.access_key_last_used_date, c.create_date))
      ) AS DOUBLE) / 86400
    ) AS BIGINT)
  END AS unused_days,
  CONCAT_WS(
    '; ',
    CAST(CASE WHEN c.is_old THEN CONCAT('at least ', '90', ' days old') END AS VARCHAR),
    CAST(CASE
      WHEN NOT c.is_idle
      THEN NULL
      WHEN NOT c.access_key_last_used_date IS NULL
      THEN CONCAT('not used for at least ', '45', ' days')
      WHEN c.is_use_known
      THEN CONCAT('never used in at least ', '45', ' days')
      ELSE 'last use unknown: it could not be read'
    END AS VARCHAR)
  ) AS reason,
  c.report_time AS last_used_as_of,
  c.as_of AS as_of
FROM candidates AS c
LEFT JOIN iamsql_accounts AS a
  ON a.account_id = c.account_id
WHERE
  c.is_old OR c.is_idle
ORDER BY
  c.create_date,
  c.access_key_id;
