-- title: Identity Center user created or added to a group
-- kind: detection
-- severity: medium
-- tags: mitre:T1136.003, mitre:T1098.003, tactic:persistence, cloudtrail
--
-- Detects users of IAM Identity Center that are created or added to a group manually. Groups carry the permissions, so
-- such a user can gain access to many accounts at once. Check that the person exists and belongs to the group. If not,
-- disable the user, end its sessions, and find out who granted the permission to the principal.
-- False positives: directories without an identity provider, where people are added manually. Changes by the
-- provisioning of an identity provider (SCIM) are excluded, so every finding needs a review where one is connected.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.groupId', e.response_elements ->> '$.user.userId',
        e.response_elements ->> '$.userId', e.target
    ) as target,
    concat(
        case e.event_name
            when 'CreateUser' then 'user created'
            else concat(
                'added to group ', e.request_parameters ->> '$.groupId', ': ',
                coalesce(e.request_parameters ->> '$.memberId.userId', e.request_parameters ->> '$.memberId')
            )
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from recorded_calls() as e
where
    e.event_source in ('sso-directory.amazonaws.com', 'identitystore.amazonaws.com')
    and scan_filter(e.event_name in ('CreateUser', 'AddMemberToGroup', 'CreateGroupMembership'))
    and e.error_code is null
order by e.event_time desc, e.event_id
