-- The documents of managed policies with the time from which each applies, never NULL: an ASOF join finds the document that
-- was in force at an event. iam_policy_contents() describes what is known. The order of changes in the same second is not known.
-- gives: account_id VARCHAR, policy_arn VARCHAR, since TIMESTAMP, document VARCHAR
create or replace macro policy_documents() as table
select
    c.account_id, c.policy_arn, coalesce(c.since, timestamp '1970-01-01 00:00:00') as since, max(c.document) as document
from iam_policy_contents() as c
group by c.account_id, c.policy_arn, coalesce(c.since, timestamp '1970-01-01 00:00:00');

-- The calls named `call_name` that wrote a role's trust policy which principals outside the organization may use.
-- `ways` says how each may, as opened_trusts() finds it.
-- gives: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip VARCHAR, event_name VARCHAR, target VARCHAR, detail VARCHAR, event_id VARCHAR, principals VARCHAR, policy JSON, user_agent VARCHAR
create or replace macro opened_role_trusts(call_name, days) as table
with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.event_id, e.user_agent, e.invoked_by,
        e.request_parameters ->> '$.roleName' as role_name,
        coalesce(
            e.request_parameters ->> '$.assumeRolePolicyDocument', e.request_parameters ->> '$.policyDocument'
        ) as document
    from successful_calls('iam.amazonaws.com') as e
    where e.event_name = call_name
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip, w.event_name, w.role_name as target,
    concat('may be assumed by ', t.ways, ', through ' || w.invoked_by) as detail,
    w.event_id, t.principals,
    try_cast(w.document as json) as policy,
    w.user_agent
from written as w
inner join opened_trusts(
    (
        select list({
            'account_id': d.account_id, 'event_id': d.event_id, 'event_time': d.event_time, 'document': d.document
        })
        from written as d
    ),
    days
) as t on t.account_id = w.account_id and t.event_id = w.event_id;
