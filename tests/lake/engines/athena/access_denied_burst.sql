-- Written by iamsql for Amazon Athena. Athena never executed this text: compare the rows with those of DuckDB.

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

WITH iamsql_events AS (
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
), recorded_calls_1 AS (
  SELECT
    e.event_time AS event_time,
    e.account_id AS account_id,
    e.region AS region,
    COALESCE(e.actor_arn, e.username, e.invoked_by, e.user_type) AS actor,
    e.source_ip_address AS source_ip_address,
    e.event_source AS event_source,
    e.event_name AS event_name,
    e.event_id AS event_id,
    e.target AS target,
    e.user_agent AS user_agent,
    e.user_type AS user_type,
    e.username AS username,
    e.actor_arn AS actor_arn,
    e.issuer_arn AS issuer_arn,
    e.invoked_by AS invoked_by,
    e.access_key_id AS access_key_id,
    e.session_mfa AS session_mfa,
    e.error_code AS error_code,
    e.request_parameters AS request_parameters,
    e.response_elements AS response_elements,
    e.additional_event_data AS additional_event_data
  FROM aws_cloudtrail_event AS e
  WHERE
    e.user_type IS DISTINCT FROM 'AWSService'
    AND NOT COALESCE(
      COALESCE(SPLIT_PART(e.issuer_arn, ':', 6), CASE WHEN NOT e.issuer_arn IS NULL THEN '' END) LIKE 'role/aws-service-role/%',
      FALSE
    )
), calls AS (
  SELECT
    e.event_time AS event_time,
    DATE_TRUNC('HOUR', e.event_time) AS in_hour,
    e.account_id AS account_id,
    e.region AS region,
    e.actor AS actor,
    e.source_ip_address AS source_ip_address,
    e.event_name AS event_name,
    e.event_id AS event_id,
    COALESCE(
      SPLIT_PART(e.event_source, '.', 1),
      CASE WHEN NOT e.event_source IS NULL THEN '' END
    ) AS service
  FROM recorded_calls_1 AS e
  WHERE
    (
      e.error_code LIKE '%AccessDenied%' OR e.error_code LIKE '%Unauthorized%'
    )
    AND e.invoked_by IS NULL
    AND NOT e.actor IS NULL
), bursts AS (
  SELECT
    c.account_id AS account_id,
    c.actor AS actor,
    MIN_BY(
      CAST(ROW(
        c.event_time,
        c.in_hour,
        c.account_id,
        c.region,
        c.actor,
        c.source_ip_address,
        c.event_name,
        c.event_id,
        c.service
      ) AS ROW(
        event_time TIMESTAMP,
        in_hour TIMESTAMP,
        account_id VARCHAR,
        region VARCHAR,
        actor VARCHAR,
        source_ip_address VARCHAR,
        event_name VARCHAR,
        event_id VARCHAR,
        service VARCHAR
      )),
      CAST(ROW(c.event_time, c.event_id) AS ROW(time TIMESTAMP, id VARCHAR))
    ) AS first_call,
    ARRAY_JOIN(
      ARRAY_AGG(DISTINCT c.service ORDER BY c.service) FILTER(WHERE
        NOT c.service IS NULL),
      ', '
    ) AS services,
    COUNT(DISTINCT c.event_name) AS actions,
    CONCAT(
      COALESCE(CAST(COUNT(DISTINCT c.event_name) AS VARCHAR), ''),
      ' different actions denied, ',
      COALESCE(CAST(COUNT(*) AS VARCHAR), ''),
      ' times: ',
      COALESCE(
        SUBSTR(
          ARRAY_JOIN(
            ARRAY_AGG(DISTINCT c.event_name ORDER BY c.event_name) FILTER(WHERE
              NOT c.event_name IS NULL),
            ', '
          ),
          1,
          300
        ),
        ''
      ),
      ', until ',
      COALESCE(
        REGEXP_REPLACE(DATE_FORMAT(MAX(c.event_time), '%Y-%m-%d %H:%i:%s.%f'), '\.?0+$'),
        ''
      )
    ) AS detail
  FROM calls AS c
  GROUP BY
    c.account_id,
    c.actor,
    c.in_hour
)
SELECT
  b.first_call.event_time AS event_time,
  b.account_id AS account_id,
  b.first_call.region AS region,
  b.actor AS actor,
  b.first_call.source_ip_address AS source_ip_address,
  b.first_call.event_name AS event_name,
  b.services AS target,
  b.detail AS detail,
  b.first_call.event_id AS event_id
FROM bursts AS b
WHERE
  b.actions >= 8
ORDER BY
  b.first_call.event_time DESC,
  b.first_call.event_id;
