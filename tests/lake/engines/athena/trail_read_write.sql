-- Written by iamsql for Amazon Athena. Athena never executed this text: compare the rows with those of DuckDB.

create external table if not exists `iamsql`.`aws_cloudtrail_trail` (
  `name` string,
  `arn` string,
  `home_region` string,
  `is_multi_region_trail` boolean,
  `log_file_validation_enabled` boolean,
  `is_logging` boolean,
  `log_group_arn` string,
  `cloudwatch_logs_role_arn` string,
  `has_custom_event_selectors` boolean,
  `has_insight_selectors` boolean,
  `include_global_service_events` boolean,
  `is_organization_trail` boolean,
  `kms_key_id` string,
  `s3_bucket_name` string,
  `s3_key_prefix` string,
  `sns_topic_arn` string,
  `latest_cloudwatch_logs_delivery_error` string,
  `latest_cloudwatch_logs_delivery_time` timestamp,
  `latest_delivery_error` string,
  `latest_delivery_time` timestamp,
  `latest_digest_delivery_error` string,
  `latest_digest_delivery_time` timestamp,
  `latest_notification_error` string,
  `latest_notification_time` timestamp,
  `start_logging_time` timestamp,
  `stop_logging_time` timestamp,
  `advanced_event_selectors` string,
  `event_selectors` string,
  `insight_selectors` string,
  `tags_src` string,
  `tags` string,
  `akas` string,
  `title` string,
  `partition` string,
  `region` string,
  `account_id` string,
  `sp_connection_name` string,
  `sp_ctx` string,
  `_ctx` string
)
partitioned by (`lake_organization` string, `lake_run` string)
stored as parquet
location 's3://audit/lake/state/table=aws_cloudtrail_trail/';

alter table `iamsql`.`aws_cloudtrail_trail` add if not exists partition (`lake_organization` = 'o-demo123456', `lake_run` = '20260302T120000Z-o-demo123456')
location 's3://audit/lake/state/table=aws_cloudtrail_trail/organization=o-demo123456/run=20260302T120000Z-o-demo123456/';

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

create external table if not exists `iamsql`.`iamsql_run` (
  `run_id` string,
  `started_at` timestamp,
  `finished_at` timestamp,
  `iamsql_version` string,
  `schema_fingerprint` string,
  `caller_arn` string,
  `partition` string,
  `organization_id` string,
  `management_account_id` string,
  `window_start` timestamp,
  `window_end` timestamp,
  `options` string,
  `notes` string,
  `status` string,
  `resumed_at` timestamp,
  `reused_from` string,
  `reused_started_at` timestamp
)
partitioned by (`lake_organization` string, `lake_run` string)
stored as parquet
location 's3://audit/lake/state/table=iamsql.run/';

alter table `iamsql`.`iamsql_run` add if not exists partition (`lake_organization` = 'o-demo123456', `lake_run` = '20260302T120000Z-o-demo123456')
location 's3://audit/lake/state/table=iamsql.run/organization=o-demo123456/run=20260302T120000Z-o-demo123456/';

WITH aws_cloudtrail_trail AS (
  SELECT
    "name",
    "arn",
    "home_region",
    "is_multi_region_trail",
    "log_file_validation_enabled",
    "is_logging",
    "log_group_arn",
    "cloudwatch_logs_role_arn",
    "has_custom_event_selectors",
    "has_insight_selectors",
    "include_global_service_events",
    "is_organization_trail",
    "kms_key_id",
    "s3_bucket_name",
    "s3_key_prefix",
    "sns_topic_arn",
    "latest_cloudwatch_logs_delivery_error",
    "latest_cloudwatch_logs_delivery_time",
    "latest_delivery_error",
    "latest_delivery_time",
    "latest_digest_delivery_error",
    "latest_digest_delivery_time",
    "latest_notification_error",
    "latest_notification_time",
    "start_logging_time",
    "stop_logging_time",
    "advanced_event_selectors",
    "event_selectors",
    "insight_selectors",
    "tags_src",
    "tags",
    "akas",
    "title",
    "partition",
    "region",
    "account_id",
    "sp_connection_name",
    "sp_ctx",
    "_ctx"
  FROM iamsql.aws_cloudtrail_trail
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
), iamsql_run AS (
  SELECT
    "run_id",
    "started_at",
    "finished_at",
    "iamsql_version",
    "schema_fingerprint",
    "caller_arn",
    "partition",
    "organization_id",
    "management_account_id",
    "window_start",
    "window_end",
    "options",
    "notes",
    "status",
    "resumed_at",
    "reused_from",
    "reused_started_at"
  FROM iamsql.iamsql_run
  WHERE
    lake_organization = 'o-demo123456' AND lake_run = '20260302T120000Z-o-demo123456'
), trail_selectors_1 AS (
  WITH basic AS (
    SELECT
      b.account_id AS account_id,
      b.region AS region,
      b.arn AS arn,
      MAX(
        CASE
          WHEN COALESCE(
            JSON_EXTRACT_SCALAR(b.item, '$.ReadWriteType'),
            NULLIF(JSON_FORMAT(JSON_EXTRACT(b.item, '$.ReadWriteType')), 'null')
          ) = 'All'
          AND COALESCE(
            JSON_EXTRACT_SCALAR(b.item, '$.IncludeManagementEvents'),
            NULLIF(JSON_FORMAT(JSON_EXTRACT(b.item, '$.IncludeManagementEvents')), 'null')
          ) = 'true'
          THEN 1
          ELSE 0
        END
      ) AS logs_all,
      ARRAY_JOIN(
        ARRAY_AGG(
          NULLIF(
            TRIM('[]"' FROM JSON_FORMAT(JSON_EXTRACT(b.item, '$.ExcludeManagementEventSources'))),
            'null'
          ) ORDER BY JSON_FORMAT(JSON_EXTRACT(b.item, '$.ExcludeManagementEventSources'))
        ) FILTER(WHERE
          NOT NULLIF(
            TRIM('[]"' FROM JSON_FORMAT(JSON_EXTRACT(b.item, '$.ExcludeManagementEventSources'))),
            'null'
          ) IS NULL),
        ', '
      ) AS excluded
    FROM (
      SELECT
        t.account_id AS account_id,
        t.region AS region,
        t.arn AS arn,
        unnested.element_1 AS item
      FROM aws_cloudtrail_trail AS t
      CROSS JOIN UNNEST(COALESCE(
        TRANSFORM(
          TRY_CAST(TRY(JSON_PARSE(t.event_selectors)) AS ARRAY(JSON)),
          item_ -> JSON_FORMAT(item_)
        ),
        CASE WHEN NOT t.event_selectors IS NULL THEN ARRAY[] END
      )) AS unnested(element_1)
    ) AS b
    GROUP BY
      b.account_id,
      b.region,
      b.arn
  ), advanced AS (
    SELECT
      d.account_id AS account_id,
      d.region AS region,
      d.arn AS arn,
      MAX(
        CASE
          WHEN STRPOS(d.item, '"Management"') > 0 AND NOT STRPOS(d.item, '"readOnly"') > 0
          THEN 1
          ELSE 0
        END
      ) AS logs_all,
      MAX(
        CASE
          WHEN STRPOS(d.item, '"Management"') > 0 AND STRPOS(d.item, '"eventSource"') > 0
          THEN 'some sources'
        END
      ) AS excluded
    FROM (
      SELECT
        t.account_id AS account_id,
        t.region AS region,
        t.arn AS arn,
        unnested.element_1 AS item
      FROM aws_cloudtrail_trail AS t
      CROSS JOIN UNNEST(COALESCE(
        TRANSFORM(
          TRY_CAST(TRY(JSON_PARSE(t.advanced_event_selectors)) AS ARRAY(JSON)),
          item_ -> JSON_FORMAT(item_)
        ),
        CASE WHEN NOT t.advanced_event_selectors IS NULL THEN ARRAY[] END
      )) AS unnested(element_1)
    ) AS d
    GROUP BY
      d.account_id,
      d.region,
      d.arn
  )
  SELECT
    t.account_id AS account_id,
    t.region AS region,
    t.arn AS arn,
    COALESCE(GREATEST(b.logs_all, d.logs_all), b.logs_all, d.logs_all) AS logs_all,
    COALESCE(NULLIF(b.excluded, ''), d.excluded) AS excluded
  FROM aws_cloudtrail_trail AS t
  LEFT JOIN basic AS b
    ON b.account_id = t.account_id AND b.region = t.region AND b.arn = t.arn
  LEFT JOIN advanced AS d
    ON d.account_id = t.account_id AND d.region = t.region AND d.arn = t.arn
), account_trails_1 AS (
  SELECT
    t.account_id AS account_id,
    t.region AS region,
    t.arn AS arn,
    t.name AS name,
    t.is_multi_region_trail AS is_multi_region_trail,
    t.is_organization_trail AS is_organization_trail,
    k.is_logging AS is_logging
  FROM aws_cloudtrail_trail AS t
  INNER JOIN (
    SELECT
      o.arn AS arn,
      BOOL_OR(o.is_logging) AS is_logging
    FROM aws_cloudtrail_trail AS o
    GROUP BY
      o.arn
  ) AS k
    ON k.arn = t.arn
), read_accounts_1 AS (
  SELECT
    a.account_id AS account_id,
    a.name AS name,
    CONCAT('arn:', COALESCE(r."partition", ''), ':::', COALESCE(a.account_id, '')) AS arn,
    CONCAT('arn:', COALESCE(r."partition", ''), ':iam::', COALESCE(a.account_id, ''), ':root') AS root_arn,
    r."partition" AS "partition",
    a.position AS position
  FROM iamsql_accounts AS a
  CROSS JOIN iamsql_run AS r
  WHERE
    a.selected AND a.state = 'ACTIVE' AND a.outcome IN ('complete', 'incomplete')
), trails AS (
  SELECT
    t.account_id AS account_id,
    MAX(CASE WHEN t.is_logging AND s.logs_all = 1 THEN t.name END) AS name,
    MAX(
      CASE
        WHEN t.is_logging IS NULL OR (
          t.is_logging AND s.logs_all IS NULL
        )
        THEN t.name
      END
    ) AS unread
  FROM account_trails_1 AS t
  LEFT JOIN trail_selectors_1 AS s
    ON s.account_id = t.account_id AND s.region = t.region AND s.arn = t.arn
  WHERE
    t.is_multi_region_trail
  GROUP BY
    t.account_id
)
SELECT
  a.arn AS resource,
  CASE
    WHEN NOT t.name IS NULL
    THEN 'ok'
    WHEN NOT t.unread IS NULL
    THEN 'error'
    ELSE 'alarm'
  END AS status,
  CASE
    WHEN NOT t.name IS NULL
    THEN CONCAT(
      'The multi-Region trail ',
      COALESCE(t.name, ''),
      ' logs read and write management events.'
    )
    WHEN NOT t.unread IS NULL
    THEN CONCAT(
      'Unknown: ',
      COALESCE(
        CONCAT(
          'the status or the event selectors of the trail ',
          COALESCE(t.unread, ''),
          ' were not read.'
        ),
        ''
      )
    )
    ELSE 'No multi-Region trail logs read and write management events.'
  END AS reason,
  a.account_id AS account_id,
  'global' AS region
FROM read_accounts_1 AS a
LEFT JOIN trails AS t
  ON t.account_id = a.account_id
ORDER BY
  a.position,
  a.account_id;
