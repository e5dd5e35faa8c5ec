-- Written by iamsql for Amazon Athena. Athena never executed this text: compare the rows with those of DuckDB.

create external table if not exists `iamsql`.`aws_iam_credential_report` (
  `user_name` string,
  `user_arn` string,
  `user_creation_time` timestamp,
  `generated_time` timestamp,
  `access_key_1_active` boolean,
  `access_key_1_last_rotated` timestamp,
  `access_key_1_last_used_date` timestamp,
  `access_key_1_last_used_region` string,
  `access_key_1_last_used_service` string,
  `access_key_2_active` boolean,
  `access_key_2_last_rotated` timestamp,
  `access_key_2_last_used_date` timestamp,
  `access_key_2_last_used_region` string,
  `access_key_2_last_used_service` string,
  `cert_1_active` boolean,
  `cert_1_last_rotated` timestamp,
  `cert_2_active` boolean,
  `cert_2_last_rotated` timestamp,
  `mfa_active` boolean,
  `password_enabled` boolean,
  `password_last_changed` timestamp,
  `password_last_used` timestamp,
  `password_status` string,
  `password_next_rotation` timestamp,
  `partition` string,
  `region` string,
  `account_id` string,
  `sp_connection_name` string,
  `sp_ctx` string,
  `_ctx` string,
  `report_row` string
)
partitioned by (`lake_organization` string, `lake_run` string)
stored as parquet
location 's3://audit/lake/state/table=aws_iam_credential_report/';

alter table `iamsql`.`aws_iam_credential_report` add if not exists partition (`lake_organization` = 'o-demo123456', `lake_run` = '20260302T120000Z-o-demo123456')
location 's3://audit/lake/state/table=aws_iam_credential_report/organization=o-demo123456/run=20260302T120000Z-o-demo123456/';

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

create external table if not exists `iamsql`.`iamsql_coverage` (
  `account_id` string,
  `account_name` string,
  `region` string,
  `service` string,
  `operation` string,
  `status` string,
  `error_code` string,
  `error_message` string,
  `items` bigint,
  `requests` bigint,
  `throttles` bigint,
  `retries` bigint,
  `seconds` double,
  `started_at` timestamp,
  `reused_from` string
)
partitioned by (`lake_organization` string, `lake_run` string)
stored as parquet
location 's3://audit/lake/state/table=iamsql.coverage/';

alter table `iamsql`.`iamsql_coverage` add if not exists partition (`lake_organization` = 'o-demo123456', `lake_run` = '20260302T120000Z-o-demo123456')
location 's3://audit/lake/state/table=iamsql.coverage/organization=o-demo123456/run=20260302T120000Z-o-demo123456/';

create external table if not exists `iamsql`.`iamsql_event_coverage` (
  `account_id` string,
  `region` string,
  `source` string,
  `look_up` string,
  `status` string,
  `error_code` string,
  `window_start` timestamp,
  `window_end` timestamp,
  `events` bigint,
  `objects` bigint,
  `reused_from` string,
  `reused_until` timestamp
)
partitioned by (`lake_organization` string, `lake_run` string)
stored as parquet
location 's3://audit/lake/state/table=iamsql.event_coverage/';

alter table `iamsql`.`iamsql_event_coverage` add if not exists partition (`lake_organization` = 'o-demo123456', `lake_run` = '20260302T120000Z-o-demo123456')
location 's3://audit/lake/state/table=iamsql.event_coverage/organization=o-demo123456/run=20260302T120000Z-o-demo123456/';

create external table if not exists `iamsql`.`iamsql_events` (
  `account_id` string,
  `region` string,
  `event_time` timestamp,
  `event_name` string,
  `event_source` string,
  `error_code` string,
  `error_message` string,
  `username` string,
  `user_type` string,
  `actor_arn` string,
  `issuer_arn` string,
  `access_key_id` string,
  `about_key_id` string,
  `source_ip_address` string,
  `vpc_endpoint_id` string,
  `target` string,
  `read_only` boolean,
  `event_id` string,
  `event_type` string,
  `user_agent` string,
  `principal_id` string,
  `actor_account_id` string,
  `user_name` string,
  `invoked_by` string,
  `session_mfa` string,
  `console_login` string,
  `mfa_used` string,
  `data_source` string,
  `log_file` string,
  `session_started` bigint,
  `position` bigint,
  `synced_at` timestamp,
  `lookup_resources` string,
  `event` string,
  `lake_run` string
)
partitioned by (`lake_organization` string, `event_region` string, `event_day` string)
stored as parquet
location 's3://audit/lake/events/'
tblproperties ('projection.enabled'='true', 'projection.lake_organization.type'='injected', 'projection.event_region.type'='enum', 'projection.event_region.values'='eu-west-1,us-east-1', 'projection.event_day.type'='date', 'projection.event_day.format'='yyyy-MM-dd', 'projection.event_day.range'='2025-12-02,2026-03-02', 'storage.location.template'='s3://audit/lake/events/organization=${lake_organization}/event_region=${event_region}/event_day=${event_day}/');

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

WITH aws_iam_credential_report AS (
  SELECT
    "user_name",
    "user_arn",
    "user_creation_time",
    "generated_time",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
    "mfa_active",
    "password_enabled",
    "password_last_changed",
    "password_last_used",
    "password_status",
    "password_next_rotation",
    "partition",
    "region",
    "account_id",
    "sp_connection_name",
    "sp_ctx",
    "_ctx",
    "report_row"
  FROM iamsql.aws_iam_credential_report
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
), iamsql_coverage AS (
  SELECT
    "account_id",
    "account_name",
    "region",
    "service",
    "operation",
    "status",
    "error_code",
    "error_message",
    "items",
    "requests",
    "throttles",
    "retries",
    "seconds",
    "started_at",
    "reused_from"
  FROM iamsql.iamsql_coverage
  WHERE
    lake_organization = 'o-demo123456' AND lake_run = '20260302T120000Z-o-demo123456'
), iamsql_event_coverage AS (
  SELECT
    "account_id",
    "region",
    "source",
    "look_up",
    "status",
    "error_code",
    "window_start",
    "window_end",
    "events",
    "objects",
    "reused_from",
    "reused_until"
  FROM iamsql.iamsql_event_coverage
  WHERE
    lake_organization = 'o-demo123456' AND lake_run = '20260302T120000Z-o-demo123456'
), iamsql_events AS (
  SELECT
    "account_id",
    "region",
    "event_time",
    "event_name",
    "event_source",
    "error_code",
    "error_message",
    "username",
    "user_type",
    "actor_arn",
    "issuer_arn",
    "access_key_id",
    "about_key_id",
    "source_ip_address",
    "vpc_endpoint_id",
    "target",
    "read_only",
    "event_id",
    "event_type",
    "user_agent",
    "principal_id",
    "actor_account_id",
    "user_name",
    "invoked_by",
    "session_mfa",
    "console_login",
    "mfa_used",
    "data_source",
    "log_file",
    "session_started",
    "position",
    "synced_at",
    "lookup_resources",
    "event"
  FROM iamsql.iamsql_events
  WHERE
    lake_organization = 'o-demo123456'
    AND lake_run <= '20260302T120000Z-o-demo123456'
    AND event_day BETWEEN '2025-12-02' AND '2026-03-02'
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
), aws_cloudtrail_coverage AS (
  SELECT
    v."account_id" AS "account_id",
    v."region" AS "region",
    v."source" AS "source",
    v."look_up" AS "look_up",
    v."status" AS "status",
    v."error_code" AS "error_code",
    v."window_start" AS "window_start",
    v."window_end" AS "window_end",
    v."events" AS "events",
    v."objects" AS "objects",
    v."reused_from" AS "reused_from",
    v."reused_until" AS "reused_until"
  FROM (
    SELECT
      event_coverage.account_id AS account_id,
      event_coverage.region AS region,
      event_coverage.source AS source,
      event_coverage.look_up AS look_up,
      event_coverage.status AS status,
      event_coverage.error_code AS error_code,
      event_coverage.window_start AS window_start,
      event_coverage.window_end AS window_end,
      event_coverage.events AS events,
      event_coverage.objects AS objects,
      event_coverage.reused_from AS reused_from,
      event_coverage.reused_until AS reused_until
    FROM iamsql_event_coverage AS event_coverage
  ) AS v
), root_events_read_1 AS (
  SELECT
    v.account_id AS account_id,
    MAX(CASE WHEN v.is_ok AND v.is_events_region THEN 1 ELSE 0 END) AS is_read,
    MAX(CASE WHEN NOT v.is_ok AND v.is_events_region THEN v.code END) AS failure,
    MIN(CASE WHEN v.is_ok AND v.is_events_region THEN v.window_start END) AS window_start
  FROM (
    SELECT
      c.account_id AS account_id,
      c.window_start AS window_start,
      c.status = 'ok' AND COALESCE(c.error_code, '') <> 'no_objects' AS is_ok,
      c.region = CASE r."partition"
        WHEN 'aws-cn'
        THEN 'cn-north-1'
        WHEN 'aws-us-gov'
        THEN 'us-gov-west-1'
        WHEN 'aws-eusc'
        THEN 'eusc-de-east-1'
        ELSE 'us-east-1'
      END
      AND (
        c.source = 'trail' OR CONTAINS(ARRAY['Username=root'], c.look_up)
      ) AS is_events_region,
      COALESCE(c.error_code, c.status) AS code
    FROM aws_cloudtrail_coverage AS c
    CROSS JOIN iamsql_run AS r
    WHERE
      c.source IN ('event_history', 'trail')
  ) AS v
  GROUP BY
    v.account_id
  UNION ALL
  SELECT
    c.account_id AS account_id,
    MIN(CASE WHEN c.status = 'ok' THEN 1 ELSE 0 END) AS is_read,
    MAX(CASE WHEN c.status <> 'ok' THEN COALESCE(c.error_code, c.status) END) AS failure,
    NULL AS window_start
  FROM iamsql_coverage AS c
  WHERE
    c.service = 'cloudtrail'
    AND c.operation = 'LookupEvents'
    AND NOT EXISTS(
      SELECT
        1 AS "1"
      FROM aws_cloudtrail_coverage AS v
      WHERE
        v.account_id = c.account_id AND v.source IN ('event_history', 'trail')
    )
  GROUP BY
    c.account_id
), aws_cloudtrail_event AS (
  SELECT
    v."account_id" AS "account_id",
    v."region" AS "region",
    v."event_time" AS "event_time",
    v."event_name" AS "event_name",
    v."event_source" AS "event_source",
    v."error_code" AS "error_code",
    v."error_message" AS "error_message",
    v."username" AS "username",
    v."user_type" AS "user_type",
    v."actor_arn" AS "actor_arn",
    v."issuer_arn" AS "issuer_arn",
    v."access_key_id" AS "access_key_id",
    v."about_key_id" AS "about_key_id",
    v."source_ip_address" AS "source_ip_address",
    v."target" AS "target",
    v."read_only" AS "read_only",
    v."event_id" AS "event_id",
    v."event_type" AS "event_type",
    v."event_category" AS "event_category",
    v."event_version" AS "event_version",
    v."api_version" AS "api_version",
    v."aws_region" AS "aws_region",
    v."recipient_account_id" AS "recipient_account_id",
    v."user_agent" AS "user_agent",
    v."request_id" AS "request_id",
    v."shared_event_id" AS "shared_event_id",
    v."vpc_endpoint_id" AS "vpc_endpoint_id",
    v."session_credential_from_console" AS "session_credential_from_console",
    v."principal_id" AS "principal_id",
    v."actor_account_id" AS "actor_account_id",
    v."user_name" AS "user_name",
    v."invoked_by" AS "invoked_by",
    v."identity_provider" AS "identity_provider",
    v."session_mfa" AS "session_mfa",
    v."ec2_role_delivery" AS "ec2_role_delivery",
    v."issuer_type" AS "issuer_type",
    v."issuer_principal_id" AS "issuer_principal_id",
    v."issuer_account_id" AS "issuer_account_id",
    v."issuer_user_name" AS "issuer_user_name",
    v."federated_provider" AS "federated_provider",
    v."console_login" AS "console_login",
    v."mfa_used" AS "mfa_used",
    v."data_source" AS "data_source",
    v."log_file" AS "log_file",
    v."management_event" AS "management_event",
    v."session_started" AS "session_started",
    v."position" AS "position",
    v."synced_at" AS "synced_at",
    v."request_parameters" AS "request_parameters",
    v."response_elements" AS "response_elements",
    v."additional_event_data" AS "additional_event_data",
    v."resources" AS "resources",
    v."service_event_details" AS "service_event_details",
    v."edge_device_details" AS "edge_device_details",
    v."federated_attributes" AS "federated_attributes",
    v."lookup_resources" AS "lookup_resources",
    v."event" AS "event"
  FROM (
    SELECT
      e.account_id AS account_id,
      e.region AS region,
      e.event_time AS event_time,
      e.event_name AS event_name,
      e.event_source AS event_source,
      e.error_code AS error_code,
      e.error_message AS error_message,
      e.username AS username,
      e.user_type AS user_type,
      e.actor_arn AS actor_arn,
      e.issuer_arn AS issuer_arn,
      e.access_key_id AS access_key_id,
      e.about_key_id AS about_key_id,
      e.source_ip_address AS source_ip_address,
      e.vpc_endpoint_id AS vpc_endpoint_id,
      e.target AS target,
      e.read_only AS read_only,
      e.event_id AS event_id,
      e.event_type AS event_type,
      e.user_agent AS user_agent,
      e.principal_id AS principal_id,
      e.actor_account_id AS actor_account_id,
      e.user_name AS user_name,
      e.invoked_by AS invoked_by,
      e.session_mfa AS session_mfa,
      e.console_login AS console_login,
      e.mfa_used AS mfa_used,
      e.data_source AS data_source,
      e.log_file AS log_file,
      e.session_started AS session_started,
      e.position AS position,
      e.synced_at AS synced_at,
      e.lookup_resources AS lookup_resources,
      e.event AS event,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.eventCategory'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.eventCategory')), 'null')
      ) AS event_category,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.eventVersion'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.eventVersion')), 'null')
      ) AS event_version,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.apiVersion'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.apiVersion')), 'null')
      ) AS api_version,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.awsRegion'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.awsRegion')), 'null')
      ) AS aws_region,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.recipientAccountId'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.recipientAccountId')), 'null')
      ) AS recipient_account_id,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.requestID'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.requestID')), 'null')
      ) AS request_id,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.sharedEventID'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.sharedEventID')), 'null')
      ) AS shared_event_id,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.sessionCredentialFromConsole'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.sessionCredentialFromConsole')), 'null')
      ) AS session_credential_from_console,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.userIdentity.identityProvider'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.userIdentity.identityProvider')), 'null')
      ) AS identity_provider,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.userIdentity.sessionContext.ec2RoleDelivery'),
        NULLIF(
          JSON_FORMAT(JSON_EXTRACT(e.event, '$.userIdentity.sessionContext.ec2RoleDelivery')),
          'null'
        )
      ) AS ec2_role_delivery,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.userIdentity.sessionContext.sessionIssuer.type'),
        NULLIF(
          JSON_FORMAT(JSON_EXTRACT(e.event, '$.userIdentity.sessionContext.sessionIssuer.type')),
          'null'
        )
      ) AS issuer_type,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.userIdentity.sessionContext.sessionIssuer.principalId'),
        NULLIF(
          JSON_FORMAT(JSON_EXTRACT(e.event, '$.userIdentity.sessionContext.sessionIssuer.principalId')),
          'null'
        )
      ) AS issuer_principal_id,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.userIdentity.sessionContext.sessionIssuer.accountId'),
        NULLIF(
          JSON_FORMAT(JSON_EXTRACT(e.event, '$.userIdentity.sessionContext.sessionIssuer.accountId')),
          'null'
        )
      ) AS issuer_account_id,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.userIdentity.sessionContext.sessionIssuer.userName'),
        NULLIF(
          JSON_FORMAT(JSON_EXTRACT(e.event, '$.userIdentity.sessionContext.sessionIssuer.userName')),
          'null'
        )
      ) AS issuer_user_name,
      COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.userIdentity.sessionContext.webIdFederationData.federatedProvider'),
        NULLIF(
          JSON_FORMAT(
            JSON_EXTRACT(e.event, '$.userIdentity.sessionContext.webIdFederationData.federatedProvider')
          ),
          'null'
        )
      ) AS federated_provider,
      NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.requestParameters')), 'null') AS request_parameters,
      NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.responseElements')), 'null') AS response_elements,
      NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.additionalEventData')), 'null') AS additional_event_data,
      NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.resources')), 'null') AS resources,
      NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.serviceEventDetails')), 'null') AS service_event_details,
      NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.edgeDeviceDetails')), 'null') AS edge_device_details,
      NULLIF(
        JSON_FORMAT(
          JSON_EXTRACT(e.event, '$.userIdentity.sessionContext.webIdFederationData.attributes')
        ),
        'null'
      ) AS federated_attributes,
      TRY_CAST(COALESCE(
        JSON_EXTRACT_SCALAR(e.event, '$.managementEvent'),
        NULLIF(JSON_FORMAT(JSON_EXTRACT(e.event, '$.managementEvent')), 'null')
      ) AS BOOLEAN) AS management_event
    FROM (
      SELECT
        events.account_id AS account_id,
        events.region AS region,
        events.event_time AS event_time,
        events.event_name AS event_name,
        events.event_source AS event_source,
        events.error_code AS error_code,
        events.error_message AS error_message,
        events.username AS username,
        events.user_type AS user_type,
        events.actor_arn AS actor_arn,
        events.issuer_arn AS issuer_arn,
        events.access_key_id AS access_key_id,
        events.about_key_id AS about_key_id,
        events.source_ip_address AS source_ip_address,
        events.vpc_endpoint_id AS vpc_endpoint_id,
        events.target AS target,
        events.read_only AS read_only,
        events.event_id AS event_id,
        events.event_type AS event_type,
        events.user_agent AS user_agent,
        events.principal_id AS principal_id,
        events.actor_account_id AS actor_account_id,
        events.user_name AS user_name,
        events.invoked_by AS invoked_by,
        events.session_mfa AS session_mfa,
        events.console_login AS console_login,
        events.mfa_used AS mfa_used,
        events.data_source AS data_source,
        events.log_file AS log_file,
        events.session_started AS session_started,
        events.position AS position,
        events.synced_at AS synced_at,
        events.lookup_resources AS lookup_resources,
        events.event AS event
      FROM iamsql_events AS events
    ) AS e
  ) AS v
), root_events AS (
  SELECT
    e.account_id AS account_id,
    e.event_time AS event_time,
    e.event_name AS event_name,
    e.region AS region,
    e.source_ip_address AS source_ip_address,
    e.data_source AS data_source,
    e.mfa_used AS mfa_used,
    e.session_mfa AS session_mfa,
    e.event_name = 'ConsoleLogin' AND COALESCE(e.console_login, '') <> 'Failure' AS is_sign_in,
    e.event_name = 'ConsoleLogin' AND COALESCE(e.console_login, '') = 'Failure' AS is_failure,
    COALESCE(e.event_type, '') = 'AwsServiceEvent' AS is_service_event
  FROM aws_cloudtrail_event AS e
  WHERE
    COALESCE(e.user_type = 'Root', e.username = 'root')
), totals AS (
  SELECT
    e.account_id AS account_id,
    MAX(CASE WHEN NOT e.is_failure AND NOT e.is_service_event THEN e.event_time END) AS last_use,
    MAX(CASE WHEN e.is_sign_in THEN e.event_time END) AS last_sign_in,
    MAX(CASE WHEN e.is_failure THEN e.event_time END) AS last_failure,
    SUM(CASE WHEN e.is_sign_in THEN 1 ELSE 0 END) AS sign_ins,
    SUM(CASE WHEN e.is_failure THEN 1 ELSE 0 END) AS failures,
    SUM(CASE WHEN e.is_sign_in OR e.is_failure THEN 0 ELSE 1 END) AS others,
    SUM(CASE WHEN e.is_sign_in AND e.mfa_used = 'No' THEN 1 ELSE 0 END) AS sign_ins_without_mfa,
    SUM(
      CASE
        WHEN NOT e.is_sign_in
        AND NOT e.is_failure
        AND NOT e.is_service_event
        AND e.session_mfa = 'false'
        THEN 1
        ELSE 0
      END
    ) AS others_without_mfa,
    ARRAY_JOIN(
      ARRAY_AGG(DISTINCT e.region ORDER BY e.region) FILTER(WHERE
        NOT e.region IS NULL),
      ', '
    ) AS regions,
    ARRAY_JOIN(
      ARRAY_AGG(DISTINCT e.data_source ORDER BY e.data_source) FILTER(WHERE
        NOT e.data_source IS NULL),
      '; '
    ) AS data_source,
    ARRAY_JOIN(
      ARRAY_AGG(DISTINCT e.event_name ORDER BY e.event_name) FILTER(WHERE
        NOT e.event_name IS NULL),
      ', '
    ) AS event_names,
    ARRAY_JOIN(
      ARRAY_AGG(DISTINCT e.source_ip_address ORDER BY e.source_ip_address) FILTER(WHERE
        NOT e.source_ip_address IS NULL),
      ', '
    ) AS source_ip_addresses
  FROM root_events AS e
  GROUP BY
    e.account_id
), sources AS (
  SELECT
    a.position AS account_position,
    a.account_id AS account_id,
    a.name AS account_name,
    NOT r.user_name IS NULL AS report_read,
    r.generated_time AS generated_time,
    r.password_last_used AS password_last_used,
    r.access_key_1_last_used_date AS access_key_1_last_used_date,
    r.access_key_2_last_used_date AS access_key_2_last_used_date,
    COALESCE(
      GREATEST(
        COALESCE(
          GREATEST(r.password_last_used, r.access_key_1_last_used_date),
          r.password_last_used,
          r.access_key_1_last_used_date
        ),
        r.access_key_2_last_used_date
      ),
      COALESCE(
        GREATEST(r.password_last_used, r.access_key_1_last_used_date),
        r.password_last_used,
        r.access_key_1_last_used_date
      ),
      r.access_key_2_last_used_date
    ) AS report_use,
    COALESCE(l.is_read, 0) = 1 AS events_read,
    l.failure AS failure,
    s.last_use AS last_use,
    s.last_sign_in AS last_sign_in,
    s.last_failure AS last_failure,
    s.sign_ins AS sign_ins,
    s.failures AS failures,
    s.others AS others,
    s.sign_ins_without_mfa AS sign_ins_without_mfa,
    s.others_without_mfa AS others_without_mfa,
    s.regions AS regions,
    s.data_source AS data_source,
    s.event_names AS event_names,
    s.source_ip_addresses AS source_ip_addresses,
    o.window_start AS window_start,
    o.window_end AS window_end
  FROM iamsql_accounts AS a
  CROSS JOIN iamsql_run AS o
  LEFT JOIN aws_iam_credential_report AS r
    ON r.account_id = a.account_id AND r.user_name = '<root_account>'
  LEFT JOIN root_events_read_1 AS l
    ON l.account_id = a.account_id
  LEFT JOIN totals AS s
    ON s.account_id = a.account_id
)
SELECT
  s.account_id AS account_id,
  s.account_name AS account_name,
  CASE
    WHEN NOT s.last_use IS NULL OR s.report_use >= s.window_start
    THEN 'used'
    WHEN NOT s.events_read
    THEN 'unknown'
    WHEN s.failures > 0
    THEN 'failed sign-ins only'
    WHEN NOT s.report_read
    THEN 'not used in the window'
    WHEN NOT s.report_use IS NULL
    THEN 'used before the window'
    ELSE 'never used'
  END AS state,
  s.report_use AS last_use_by_report,
  s.last_use AS last_use_by_events,
  CASE WHEN s.events_read THEN 'read' ELSE COALESCE(s.failure, 'not requested') END AS events,
  COALESCE(s.sign_ins, CASE WHEN s.events_read THEN 0 END) AS sign_ins,
  COALESCE(s.sign_ins_without_mfa, CASE WHEN s.events_read THEN 0 END) AS sign_ins_without_mfa,
  COALESCE(s.failures, CASE WHEN s.events_read THEN 0 END) AS failed_sign_ins,
  COALESCE(s.others, CASE WHEN s.events_read THEN 0 END) AS other_events,
  COALESCE(s.others_without_mfa, CASE WHEN s.events_read THEN 0 END) AS other_events_without_mfa,
  s.last_sign_in AS last_sign_in,
  s.last_failure AS last_failed_sign_in,
  s.event_names AS event_names,
  s.regions AS regions,
  s.source_ip_addresses AS source_ip_addresses,
  s.data_source AS data_source,
  s.password_last_used AS report_password_last_used,
  s.access_key_1_last_used_date AS report_key_1_last_used,
  s.access_key_2_last_used_date AS report_key_2_last_used,
  s.generated_time AS report_time,
  s.window_start AS window_start,
  s.window_end AS window_end,
  CAST('2026-03-02 12:00:00.000' AS TIMESTAMP) AS as_of
FROM sources AS s
ORDER BY
  s.account_position,
  s.account_id;
