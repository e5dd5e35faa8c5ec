-- Returns the use of each action by the events of the run, for a user or role, or with '' for all. Calls that need no permission
-- are left out. A call whose action is not known has a NULL `action`, and a row for each service that its event source may stand
-- for. `service` is NULL if the source may stand for any service.
-- returns: principal_arn VARCHAR, service VARCHAR, action VARCHAR, unknown_call VARCHAR, uses BIGINT, denied_calls BIGINT, last_used TIMESTAMP
create or replace macro iam_recorded_uses(principal) as table
with calls as (
    select
        u.principal_arn, u.service, u.action, u.uses, u.failed, u.denied_calls, u.last_used,
        case when u.mapping is null then concat(u.event_name, ' of ', u.event_source) end as unknown_call
    from aws_iam_action_use as u
    where u.principal_arn is not null and (principal = '' or u.principal_arn = principal) and coalesce(u.mapping, '') <> 'none'
)

select
    c.principal_arn, c.service, c.action, c.unknown_call, cast(sum(c.uses + c.failed) as bigint) as uses,
    cast(sum(c.denied_calls) as bigint) as denied_calls, max(c.last_used) as last_used
from calls as c
group by c.principal_arn, c.service, c.action, c.unknown_call;

-- Returns the reason why the use of actions is not known, with the names of the first five calls.
create or replace macro iam_unknown_text(calls) as
    concat(
        'the IAM action of these calls is not known: ', array_to_string(calls[:5], ', '),
        case when len(calls) > 5 then concat(' and ', len(calls) - 5, ' more') end
    );
