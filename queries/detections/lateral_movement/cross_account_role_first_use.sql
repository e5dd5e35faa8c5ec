-- title: Role assumed from another account for the first time
-- kind: detection
-- severity: medium
-- tags: mitre:T1550.001, mitre:T1078.004, mitre:T1199, tactic:lateral_movement, cloudtrail
-- param: days integer = 3  # Minimum history of the account, in days
--
-- Detects callers of another account that assume a role for the first time in this run, after `$days` days of history
-- of the account. Roles that trust other accounts let attackers move between accounts. `detail` says whether the
-- account of the caller belongs to the organization. Find out who the caller is and whether the trust is intended, then
-- review the session.
-- False positives: a new vendor, colleague or pipeline, and a landing zone that creates an account. Callers that
-- return every few weeks look new if the window of the run is short.

with assumptions as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.principal_id, e.user_type) as actor,
        split_part(coalesce(e.principal_id, e.actor_arn), ':', 1) as caller,
        e.actor_account_id as caller_account, e.source_ip_address, e.event_name,
        e.request_parameters ->> '$.roleArn' as role_arn,
        split_part(e.request_parameters ->> '$.roleArn', ':', 5) as role_account,
        (e.request_parameters ->> '$.externalId') is not null as has_external_id,
        e.event_id
    from aws_cloudtrail_event as e
    where
        e.event_source = 'sts.amazonaws.com'
        and e.event_name = 'AssumeRole'
        and e.error_code is null
        and e.invoked_by is null
        and e.user_type in ('AWSAccount', 'IAMUser', 'AssumedRole', 'Root', 'FederatedUser')
),

first_uses as (
    select a.*
    from assumptions as a
    where a.role_account <> a.caller_account
    qualify row_number() over (
        partition by a.caller, a.caller_account, a.role_arn
        order by a.event_time, a.actor like 'arn:%' desc, a.event_id
    ) = 1
),

account_starts as (
    select e.account_id, min(e.event_time) as first_time
    from aws_cloudtrail_event as e
    group by e.account_id
)

select
    f.event_time, f.account_id, f.region, f.actor, f.source_ip_address, f.event_name, f.role_arn as target,
    concat(
        'from account ', f.caller_account,
        case when a.account_id is null then ', not among the accounts of this run' else concat(' (', a.name, ')') end,
        case when f.has_external_id then ', with an external ID' end
    ) as detail,
    f.event_id
from first_uses as f
inner join account_starts as s on s.account_id = f.account_id
left join iamsql.accounts as a on a.account_id = f.caller_account
where f.event_time > s.first_time + to_days($days)
order by f.event_time desc, f.event_id
