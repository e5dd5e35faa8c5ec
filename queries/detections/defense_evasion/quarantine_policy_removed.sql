-- title: Quarantine policy of AWS removed from a user
-- kind: detection
-- severity: high
-- tags: mitre:T1562.001, mitre:T1098.003, tactic:defense_evasion, cloudtrail
--
-- Detects that any version of the policy AWSCompromisedKeyQuarantine is detached. AWS attached it because an access key
-- of the user is public, and it denies the calls that thieves of keys make first. Check that every key of the user was
-- deactivated or replaced before the policy was detached, and review the calls of the user since. Failed attempts are
-- included.
-- False positives: the last step of the cleanup, after the keys were deleted. `detail` says whether an earlier event in
-- the run deactivated or deleted an access key of the user.

with removals as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(
            c.request_parameters ->> '$.userName', c.request_parameters ->> '$.roleName',
            c.request_parameters ->> '$.groupName', c.target
        ) as target,
        split_part(c.request_parameters ->> '$.policyArn', '/', -1) as policy_name,
        c.username = (c.request_parameters ->> '$.userName') as is_own,
        c.error_code, c.invoked_by, c.event_id
    from recorded_calls() as c
    where
        c.event_source = 'iam.amazonaws.com'
        and scan_filter(c.event_name in ('DetachUserPolicy', 'DetachGroupPolicy', 'DetachRolePolicy'))
        and regexp_matches(c.request_parameters ->> '$.policyArn', ':policy/AWSCompromisedKeyQuarantine')
),

revocations as (
    select c.account_id, c.request_parameters ->> '$.userName' as user_name, min(c.event_time) as revoked_at
    from successful_calls('iam.amazonaws.com') as c
    where
        scan_filter(c.event_name in ('DeleteAccessKey', 'UpdateAccessKey'))
        and coalesce(c.request_parameters ->> '$.status', 'Inactive') = 'Inactive'
    group by c.account_id, c.request_parameters ->> '$.userName'
)

select
    r.event_time, r.account_id, r.region, r.actor, r.source_ip_address, r.event_name, r.target,
    concat(
        'failed: ' || r.error_code || ', ',
        r.policy_name, ' detached',
        case when r.is_own then ', by the user itself' end,
        case when k.revoked_at < r.event_time then ', after a key was revoked' else ', no key was revoked before' end,
        ', through ' || r.invoked_by
    ) as detail,
    r.event_id
from removals as r
left join revocations as k on k.account_id = r.account_id and k.user_name = r.target
order by r.event_time desc, r.event_id
