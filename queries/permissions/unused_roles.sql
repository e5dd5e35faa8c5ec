-- title: Unused roles
-- kind: report
-- severity: medium
-- version: 2
-- tags: permissions, roles, unused
-- columns: account, role_name, is_admin, state, unused_days, last_event_date
-- param: days integer = 90  # Days without use after which a role is unused
-- remediation: aws iam get-role --role-name {role_name}
-- remediation: aws iam attach-role-policy --role-name {role_name} --policy-arn arn:{partition}:iam::aws:policy/AWSDenyAll
-- remediation: aws iam list-role-policies --role-name {role_name}
-- remediation: aws iam list-attached-role-policies --role-name {role_name}
-- remediation: aws iam list-instance-profiles-for-role --role-name {role_name}
-- remediation: # When nothing has failed for some days, for each inline policy: aws iam delete-role-policy --role-name {role_name} --policy-name POLICY_NAME
-- remediation: # For each attached policy, AWSDenyAll last: aws iam detach-role-policy --role-name {role_name} --policy-arn POLICY_ARN
-- remediation: # For each instance profile: aws iam remove-role-from-instance-profile --instance-profile-name INSTANCE_PROFILE --role-name {role_name}
-- remediation: # Then: aws iam delete-role --role-name {role_name}
--
-- Returns roles that are unused for at least `$days` days, administrators first. An unused role can be deleted without
-- an effect on anyone, and cannot be misused afterwards. Two sources count: the last use that IAM records, which is the
-- latest access of the role to any service, and the CloudTrail events of the run. `last_event_date` is the time of the
-- last call of a session of the role that was not denied. AWS keeps the last use for 400 days; a role without a use in
-- that time is measured from its creation. `state` is `unused`, or `unknown` if the last use was not read and the role
-- is old enough to be unused. `is_admin` is true if a policy of the role allows everything, and NULL if a policy was
-- not read. Service-linked roles and roles of Identity Center, which belong to assignments, are excluded. To disable a
-- role before you delete it, attach the policy AWSDenyAll, and detach the policy if something fails.
-- `unused_permissions` lists what used roles do not use.

with calls as (
    select e.issuer_arn, max(e.event_time) as last_event
    from aws_cloudtrail_event as e
    where e.issuer_arn is not null and not iam_is_denied(e.error_code)
    group by e.issuer_arn
),

role_ages as (
    select
        r.account_id, r.name, r.arn, r.create_date, r.role_last_used_date as last_used_date, r.role_last_used_region as last_used_region,
        r.role_last_used_date is not null or r.tags_src is not null as is_known,
        c.last_event at time zone 'UTC' as last_event_date,
        o.as_of,
        days_between(r.create_date, o.as_of) as age_days,
        days_between(greatest(r.role_last_used_date, c.last_event at time zone 'UTC'), o.as_of) as unused_days
    from aws_iam_role as r
    left join calls as c on c.issuer_arn = r.arn
    cross join (select as_of() as as_of) as o
    where is_customer_role(r.path)
)

select
    r.account_id, a.name as account_name, r.name as role_name, r.arn as role_arn,
    case when p.admin = 1 then true when p.unread = 1 then null else false end as is_admin,
    case when r.is_known then 'unused' else 'unknown' end as state,
    r.create_date, r.age_days, r.last_used_date, r.last_used_region, r.last_event_date,
    case when r.is_known then coalesce(r.unused_days, least(r.age_days, 400)) end as unused_days,
    case
        when not r.is_known then 'the last use could not be read'
        when r.last_used_date is not null or r.last_event_date is not null then concat('not used for at least ', $days, ' days')
        when r.age_days >= 400 then 'not used in the 400 days that AWS keeps'
        else concat('never used in at least ', $days, ' days')
    end as reason,
    r.as_of
from role_ages as r
left join full_privileges('role') as p on p.account_id = r.account_id and p.principal_arn = r.arn
left join iamsql.accounts as a on a.account_id = r.account_id
where coalesce(r.unused_days, r.age_days) >= $days or coalesce(r.unused_days, r.age_days) is null
order by
    case when p.admin = 1 then 1 when p.unread = 1 then 2 else 3 end,
    case when r.is_known then 1 else 2 end,
    a.position, r.arn
