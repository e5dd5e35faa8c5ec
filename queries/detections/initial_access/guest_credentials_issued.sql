-- title: AWS credentials issued to guests of a Cognito identity pool
-- kind: detection
-- severity: low
-- tags: mitre:T1078.004, mitre:T1528, tactic:initial_access, cloudtrail
--
-- Detects credentials that an identity pool of Amazon Cognito issues without a sign-in: the request has no token of a
-- provider. Returns the first such request for each account, Region and identity pool, with the number of requests and
-- addresses. Compare the role of the guests with what the app needs, and review its calls. These are data events, so
-- they are known only where a trail logs them.
-- False positives: mobile and web apps that use AWS before their users sign in. A pool that no app uses, and requests
-- from the network of a hosting provider, need a review.

with guest_requests as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.principal_id, e.username, e.user_type, 'a guest') as actor,
        e.source_ip_address, e.event_name, e.event_id,
        coalesce(
            nullif(regexp_extract(cast(e.resources as varchar), 'identitypool/([^"]+)', 1), ''),
            'identity pool not specified'
        ) as pool,
        e.request_parameters ->> '$.customRoleArn' as role_arn
    from aws_cloudtrail_event as e
    where
        e.event_source = 'cognito-identity.amazonaws.com'
        and e.event_name = 'GetCredentialsForIdentity'
        and e.error_code is null
        and json_type(e.request_parameters, '$.identityId') = 'VARCHAR'
        and coalesce(json_type(e.request_parameters, '$.logins'), 'NULL') = 'NULL'
),

pools as (
    select
        r.account_id, r.region, r.pool, first_call(r) as first_call, max(r.event_time) as last_time, count(*) as calls,
        count(distinct r.source_ip_address) as addresses
    from guest_requests as r
    group by r.account_id, r.region, r.pool
)

select
    p.first_call.event_time, p.account_id, p.region, p.first_call.actor, p.first_call.source_ip_address,
    p.first_call.event_name, p.pool as target,
    concat(
        pluralize(p.calls, 'request', 'requests'), ' of guests from ',
        pluralize(p.addresses, 'address', 'addresses'), ' until ', time_text(p.last_time),
        ', with role ' || p.first_call.role_arn
    ) as detail,
    p.first_call.event_id
from pools as p
order by p.first_call.event_time desc, p.first_call.event_id
