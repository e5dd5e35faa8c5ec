-- title: A user joined a group by itself, or joined a group of administrators
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
-- param: admin_like text = 'admin|power|super|root|owner|break.?glass'   # What such a group's name looks like
--
-- Group membership gives rights without any policy being touched. Found are users who put themselves into a group, and
-- anybody put into a group whose name tells of power. Take the user out, then see which policies the group has and what
-- the user did since.
-- False positives: onboarding of an administrator by another administrator, or an account's set-up, in which the first
-- administrator joins his own group. A name that matches by chance (`$admin_like`) does no harm either.

select
    e.event_time as event_time,
    e.account_id as account_id,
    e.region as region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip,
    e.event_name as event_name,
    e.target as target,
    concat(
        'group ',
        e.request_parameters ->> '$.groupName',
        case when e.username = (e.request_parameters ->> '$.userName') then ', by the user itself' end,
        case when e.invoked_by is not null then concat(', through ', e.invoked_by) end
    ) as detail,
    e.event_id as event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'iam.amazonaws.com'
    and e.event_name = 'AddUserToGroup'
    and (
        regexp_matches(lower(e.request_parameters ->> '$.groupName'), $admin_like)
        or (e.user_type = 'IAMUser' and e.username = (e.request_parameters ->> '$.userName'))
    )
    and e.error_code is null
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
