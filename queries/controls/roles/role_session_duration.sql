-- title: Ensure the maximum session duration of IAM roles is limited
-- kind: control
-- severity: low
-- tags: roles, sessions
-- param: hours integer = 4          # Maximum session duration, in hours
-- remediation: # SECONDS is at most {hours} times 3600.
-- remediation: aws iam update-role --role-name {resource:name} --max-session-duration SECONDS
--
-- Stolen credentials of a session are valid until the session ends, up to twelve hours. Set the shortest session
-- duration that the work needs. Only ListRoles and GetRole return the duration. Roles are usually read with
-- GetAccountAuthorizationDetails; the account then has one error row for all its roles. Service-linked roles and roles
-- of IAM Identity Center are not evaluated.

with results as (
    select
        r.account_id, r.arn as resource,
        unnest(alarm_if(r.max_session_duration / 3600.0 > $hours, concat(
            'The maximum session duration is ',
            regexp_replace(cast(round(r.max_session_duration / 3600.0, 1) as varchar), '\.0$', ''),
            case when r.max_session_duration = 3600 then ' hour' else ' hours' end,
            '; it must be at most ', pluralize($hours, 'hour', 'hours'), '.'
        )))
    from aws_iam_role as r
    where is_customer_role(r.path) and r.max_session_duration is not null
    union all
    select
        r.account_id,
        concat('arn:', min(split_part(r.arn, ':', 2)), ':::', r.account_id) as resource,
        unnest(unknown(
            concat('the maximum session duration of ', pluralize(count(*), 'role', 'roles'), ' was not read.')
        ))
    from aws_iam_role as r
    where is_customer_role(r.path) and r.max_session_duration is null
    group by r.account_id
)

select r.resource, r.status, r.reason, r.account_id, 'global' as region
from results as r
order by account_position(r.account_id), r.resource
