-- The rows of aws_resource_policy for every account of a large organization: `per_account` resources of seven types each. Most
-- policies name principals of the account or the organization; some allow a partner, everyone, or a service.
with resources as (
    select
        a.id as account_id, n.number, (hash(a.id) + n.number * 7) % 20 as pick,
        [
            's3_bucket', 's3_bucket', 'kms_key', 'sqs_queue', 'sns_topic', 'lambda_function', 'secret', 's3_bucket', 'sqs_queue',
            'ecr_repository'
        ][1 + n.number % 10] as resource_type
    from aws_organizations_account as a cross join range($per_account) as n(number)
),

named as (
    select
        r.*, concat(r.resource_type, '-', r.number) as name,
        case r.resource_type
            when 's3_bucket' then concat('arn:aws:s3:::acme-', r.account_id, '-', r.number)
            when 'kms_key' then concat(
                'arn:aws:kms:us-east-1:', r.account_id, ':key/00000000-0000-4000-8000-', lpad(cast(r.number as varchar), 12, '0')
            )
            when 'sqs_queue' then concat('arn:aws:sqs:us-east-1:', r.account_id, ':queue-', r.number)
            when 'sns_topic' then concat('arn:aws:sns:us-east-1:', r.account_id, ':topic-', r.number)
            when 'lambda_function' then concat('arn:aws:lambda:us-east-1:', r.account_id, ':function:function-', r.number)
            when 'secret' then concat('arn:aws:secretsmanager:us-east-1:', r.account_id, ':secret:secret-', r.number, '-AbCdEf')
            else concat('arn:aws:ecr:us-east-1:', r.account_id, ':repository/repository-', r.number)
        end as arn,
        case r.resource_type
            when 's3_bucket' then 's3' when 'kms_key' then 'kms' when 'sqs_queue' then 'sqs' when 'sns_topic' then 'sns'
            when 'lambda_function' then 'lambda' when 'secret' then 'secretsmanager' else 'ecr'
        end as service
    from resources as r
),

statements as (
    select
        m.*,
        concat('{"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::', m.account_id, ':root"},"Action":"', m.service,
            ':*","Resource":"*"}') as of_account,
        case
            when m.pick < 8 then concat('{"Sid":"Role","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::', m.account_id,
                ':role/role-', m.pick, '"},"Action":["', m.service, ':Get*","', m.service, ':Send*"],"Resource":"*"}')
            when m.pick < 13 then concat('{"Sid":"Organization","Effect":"Allow","Principal":"*","Action":"', m.service,
                ':Get*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-made"}}}')
            when m.pick < 16 then concat('{"Sid":"Service","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"',
                m.service, ':Send*","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"', m.account_id, '"}}}')
            when m.pick < 18 then concat('{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::9',
                right(m.account_id, 11),
                ':root"},"Action":"', m.service, ':Get*","Resource":"*"}')
            when m.pick < 19 then concat('{"Sid":"Everyone","Effect":"Allow","Principal":"*","Action":"', m.service,
                ':Get*","Resource":"*"}')
            else concat('{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"', m.service,
                ':*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}')
        end as other
    from named as m
)

select
    s.account_id, 'us-east-1' as region, 'aws' as "partition", s.resource_type, s.arn, s.name,
    cast(concat('{"Version":"2012-10-17","Statement":[', s.of_account, ',', s.other, ']}') as json) as policy,
    'read' as policy_status,
    case when s.resource_type = 's3_bucket' then s.pick <> 18 end as restrict_public_buckets,
    case when s.resource_type = 's3_bucket' then 'BucketOwnerEnforced' end as object_ownership,
    case when s.resource_type = 'kms_key' then cast('[]' as json) end as grants
from statements as s
