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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.groupId', c.response_elements ->> '$.user.userId',
        c.response_elements ->> '$.userId', c.target
    ) as target,
    concat(
        case c.event_name
            when 'CreateUser' then 'user created'
            else concat(
                'added to group ', c.request_parameters ->> '$.groupId', ': ',
                coalesce(c.request_parameters ->> '$.memberId.userId', c.request_parameters ->> '$.memberId')
            )
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from recorded_calls() as c
where
    c.event_source in ('sso-directory.amazonaws.com', 'identitystore.amazonaws.com')
    and scan_filter(c.event_name in ('CreateUser', 'AddMemberToGroup', 'CreateGroupMembership'))
    and c.error_code is null
order by c.event_time desc, c.event_id
