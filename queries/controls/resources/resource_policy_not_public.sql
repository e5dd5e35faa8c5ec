-- title: Ensure resource policies do not allow everyone
-- kind: control
-- severity: critical
-- tags: resource-policies, external-access, third-party, cis_v7.0:2.21
-- resource_types: s3_bucket, s3_access_point, s3_multi_region_access_point, kms_key, sqs_queue, sns_topic, lambda_function, lambda_layer_version, secret, ecr_repository, ecr_registry, event_bus, rest_api, log_group, glue_catalog, opensearch_domain, backup_vault, dynamodb_table, efs_file_system, glacier_vault, ses_identity, schema_registry
-- remediation: iamsql query external_access
-- remediation: # If the access is not intended, remove the statement, or add a condition that names the organization or the accounts.
--
-- A policy that allows everyone gives access to anyone with an AWS account, and often without one. There is one row for
-- each bucket, access point, Multi-Region Access Point, key, queue, topic, function, layer version, secret, repository,
-- registry, event bus, API, log group policy, Glue catalog, OpenSearch domain, backup vault, DynamoDB table, EFS file
-- system, S3 Glacier vault, SES identity and schema registry. An alarm means that a statement allows everyone without a
-- condition that limits callers to known accounts or to the organization, that no Deny cancels it, and that S3 Block
-- Public Access does not apply. Access control lists are not policies: `bucket_no_public_read` and
-- `bucket_no_public_write` evaluate them. A file system that everyone who reaches a mount target may use is `info`,
-- because Amazon EFS does not count it as public. The control does not use IAM Access Analyzer; `analyzer_findings`
-- reports its findings. `trust_no_wildcard_principal` evaluates the trust policies of roles.

with public_access as (
    select
        e.account_id, e.arn,
        min(case when e.verdict <> 'unknown' and e.access = 'public' then e.verdict end) as verdict,
        count(case when e.access <> 'public' then 1 end) > 0 as by_mount_target,
        min(case when e.verdict = 'unknown' then e.status end) as unread
    from iam_external_access() as e
    where
        (coalesce(e.access, 'public') = 'public' or e.resource_type = 'efs_file_system' and e.principal = '*')
        and e.status <> 'not read: the access control lists'
    group by e.account_id, e.arn
)

select
    r.arn as resource,
    unnest(case
        when a.verdict = 'allowed' then alarm('The policy allows access to everyone.')
        when a.verdict is not null then alarm('The policy allows access to everyone (under conditions).')
        when a.by_mount_target and r.policy_status = 'default'
            then info('The file system has no policy: everyone who reaches a mount target has full access.')
        when a.by_mount_target then info('The policy allows everyone who reaches a mount target.')
        when a.unread is not null then unknown(concat(a.unread, '.'))
        else ok('The policy does not allow everyone.')
    end),
    r.account_id, coalesce(r.region, 'global') as region, r.resource_type, r.name
from aws_resource_policy as r
left join public_access as a on a.account_id = r.account_id and a.arn = r.arn
where r.resource_type in (
    's3_bucket', 's3_access_point', 's3_multi_region_access_point', 'kms_key', 'sqs_queue', 'sns_topic',
    'lambda_function', 'lambda_layer_version', 'secret', 'ecr_repository', 'ecr_registry', 'event_bus', 'rest_api',
    'log_group', 'glue_catalog', 'opensearch_domain', 'backup_vault', 'dynamodb_table', 'efs_file_system',
    'glacier_vault', 'ses_identity', 'schema_registry'
)
order by account_position(r.account_id), r.resource_type, r.arn, r.name
