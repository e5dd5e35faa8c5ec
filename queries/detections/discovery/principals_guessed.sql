-- title: Names of users and roles guessed through policies that name them
-- kind: detection
-- severity: medium
-- tags: mitre:T1087.004, mitre:T1580, tactic:discovery, cloudtrail
-- param: attempts integer = 3  # Minimum number of distinct principals in a burst
-- param: minutes integer = 60  # Minutes without a call that end a burst
--
-- Detects a principal whose policies are refused again and again because they name a principal that does not exist.
-- AWS accepts a trust policy or resource-based policy only if its principals exist, so the response reveals whether a
-- name exists in any account. The calls need permissions only in the account of the caller, and leave no event in the
-- account that is searched. Find out who the caller is; the names are in the requests.
-- False positives: infrastructure as code whose deployment repeats a policy with a typing error or with the name of a
-- deleted role. It repeats the same policy for the same resource.

with rejected_policies as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address, e.event_name, e.event_id, e.user_agent,
        coalesce(
            nullif(regexp_extract(e.error_message, '"AWS":"([^"]+)"', 1), ''),
            nullif(array_to_string(
                list_sort(list_distinct([
                    arn_ for arn_ in regexp_extract_all(
                        cast(e.request_parameters as varchar), 'arn:[a-z-]+:(?:iam|sts)::[0-9]{12}:[A-Za-z0-9_+=,.@/-]+'
                    )
                ])),
                ', '
            ), '')
        ) as name,
        burst_start(
            [e.account_id, coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type)],
            e.event_time, e.event_id, $minutes
        ) as starts
    from aws_cloudtrail_event as e
    where
        scan_filter(e.error_code in (
            'MalformedPolicyDocument', 'MalformedPolicyDocumentException', 'MalformedPolicy', 'InvalidPolicyException',
            'InvalidParameterValueException', 'InvalidParameterException', 'InvalidParameter', 'InvalidParameterValue'
        ))
        -- Without a message, the calls of IAM whose document is a trust policy.
        and regexp_matches(
            coalesce(
                e.error_message,
                case when e.event_name in ('UpdateAssumeRolePolicy', 'CreateRole') then 'invalid principal' end
            ),
            '(?i)invalid principal|principal.*(not valid|invalid|does not exist)'
        )
        and e.invoked_by is null
        and e.user_type is distinct from 'AWSService'
),

burst_policies as (
    select r.*, sum(r.starts) over (partition by r.account_id, r.actor order by r.event_time, r.event_id) as burst
    from rejected_policies as r
),

bursts as (
    select
        p.account_id, p.actor, first_call(p) as first_call, max(p.event_time) as last_time, count(*) as attempts,
        count(distinct p.name) as names,
        string_agg(distinct p.name, ', ' order by p.name) as guessed
    from burst_policies as p
    group by p.account_id, p.actor, p.burst
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, left(b.guessed, 300) as target,
    concat(
        pluralize(b.attempts, 'policy', 'policies'), ' rejected until ', time_text(b.last_time), ', ',
        pluralize(b.names, 'principal', 'different principals'), ', with ', b.first_call.user_agent
    ) as detail,
    b.first_call.event_id, b.attempts
from bursts as b
where coalesce(nullif(b.names, 0), b.attempts) >= $attempts
order by b.first_call.event_time desc, b.first_call.event_id
