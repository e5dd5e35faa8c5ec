-- title: A KMS key may be used by everybody or by a foreign account
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1537, mitre:T1098.003, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''   # Foreign accounts that may, by id
--
-- A share of an encrypted snapshot, image or bucket is worth something only with the key, so the key is opened just
-- before or after. Found are grants to, and key policies with, accounts that this run does not know. Retire the grant
-- or set the policy back, then look for what was shared in the same hours.
-- False positives: partners and vendors with a role in their own account (`$trusted`). Grants for AWS services are
-- passed over.

with written as (
    select
        e.event_time,
        e.account_id,
        e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip,
        e.event_name,
        coalesce(
            e.request_parameters ->> '$.keyId',
            e.response_elements ->> '$.keyMetadata.keyId'
        ) as target,
        case
            when e.event_name = 'CreateGrant' then json_object(
                'Statement',
                json_object(
                    'Effect',
                    'Allow',
                    'Principal',
                    json_array(e.request_parameters ->> '$.granteePrincipal')
                )
            )
            else try_cast(e.request_parameters ->> '$.policy' as json)
        end as document,
        e.invoked_by,
        e.event_id
    from aws_cloudtrail_event as e
    where
        e.event_source = 'kms.amazonaws.com'
        and e.event_name in ('PutKeyPolicy', 'CreateKey', 'CreateGrant')
        and e.error_code is null
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

statements as (
    select
        w.account_id,
        w.event_id,
        unnest(
            case
                when json_type(w.document, '$.Statement') = 'ARRAY' then json_extract(w.document, '$.Statement[*]')
                else [json_extract(w.document, '$.Statement')]
            end
        ) as statement
    from written as w
),

principals as (
    select
        s.account_id,
        s.event_id,
        unnest(
            case
                when (s.statement -> '$.NotPrincipal') is not null then ['*']
                else regexp_extract_all(
                    cast(s.statement -> '$.Principal' as varchar),
                    '[":]([*]|[0-9]{12})[":]',
                    1
                )
            end
        ) as principal,
        regexp_matches(
            lower(cast(s.statement -> '$.Condition' as varchar)),
            'aws:(principal(org|account|arn)|source(account|arn|vpc|ip|org|owner))|kms:calleraccount'
        ) as is_bound
    from statements as s
    where (s.statement ->> '$.Effect') = 'Allow'
),

outside as (
    select
        p.account_id,
        p.event_id,
        string_agg(distinct p.principal, ', ' order by p.principal) as principals
    from principals as p
    left join iamsql.accounts as a on a.account_id = p.principal
    where
        a.account_id is null
        and p.principal <> p.account_id
        and not list_contains($trusted, p.principal)
        and (p.principal <> '*' or not coalesce(p.is_bound, false))
    group by p.account_id, p.event_id
)

select
    w.event_time as event_time,
    w.account_id as account_id,
    w.region as region,
    w.actor as actor,
    w.source_ip as source_ip,
    w.event_name as event_name,
    w.target as target,
    concat(
        'lets in: ',
        case when o.principals = '*' then 'everybody' else o.principals end,
        case when w.invoked_by is not null then concat(', through ', w.invoked_by) end
    ) as detail,
    w.event_id as event_id
from written as w
inner join outside as o on o.account_id = w.account_id and o.event_id = w.event_id
order by w.event_time desc, w.event_id
