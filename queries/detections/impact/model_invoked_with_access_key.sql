-- title: Bedrock model invoked with a long-term access key for the first time
-- kind: detection
-- severity: medium
-- tags: mitre:T1496.004, mitre:T1078.004, tactic:impact, cloudtrail
-- param: excluded text = ''  # Text in the ARN of principals to exclude
--
-- Detects access keys of IAM users that invoke a model of Amazon Bedrock for the first time in this run (InvokeModel,
-- Converse and their streams). Leaked keys are sold as access to models, at the expense of the account. Failed calls
-- count, because thieves first test which models a key can use. Returns one row for each key, with the models and the
-- number of calls. Compare the address and the program with the usual use of the key, and deactivate it if nobody can
-- explain the calls. CloudTrail records the calls of most models as management events.
-- False positives: an application that was developed with an IAM user; add the user to `$excluded`, and replace the key
-- with a role. Roles and Bedrock API keys with an expiration are not access keys of this kind.

with calls as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.error_code,
        c.user_agent, c.access_key_id, split_part(c.request_parameters ->> '$.modelId', '/', -1) as model
    from recorded_calls() as c
    where
        c.event_source in ('bedrock.amazonaws.com', 'bedrock-runtime.amazonaws.com')
        and scan_filter(c.event_name in (
            'InvokeModel', 'InvokeModelWithResponseStream', 'InvokeModelWithBidirectionalStream', 'Converse',
            'ConverseStream', 'StartAsyncInvoke', 'CreateModelInvocationJob'
        ))
        and c.access_key_id like 'AKIA%'
        and ($excluded = '' or not contains(coalesce(c.actor_arn, c.username, ''), $excluded))
),

keys as (
    select
        c.account_id, c.access_key_id, first_call(c) as first_call, max(c.event_time) as last_time, count(*) as calls,
        count(c.error_code) as failures,
        string_agg(distinct c.model, ', ' order by c.model) as models
    from calls as c
    group by c.account_id, c.access_key_id
)

select
    k.first_call.event_time, k.account_id, k.first_call.region, k.first_call.actor, k.first_call.source_ip_address,
    k.first_call.event_name, left(k.models, 300) as target,
    concat(
        'with access key ', k.access_key_id, ': ', pluralize(k.calls, 'call', 'calls'), ' until ',
        time_text(k.last_time), ', ', k.failures, ' failed, with ' || k.first_call.user_agent
    ) as detail,
    k.first_call.event_id, k.access_key_id, k.calls
from keys as k
order by k.first_call.event_time desc, k.first_call.event_id
