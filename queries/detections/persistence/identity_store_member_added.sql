-- title: Identity Center users made, or put into a group
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1136.003, mitre:T1098.003, tactic:persistence, cloudtrail
--
-- Groups of Identity Center carry the rights, so a user who is made or put into one by hand gets into many
-- accounts at a stroke. Check that the person exists and belongs there; if not, disable the user, end its sessions
-- and see who gave the actor that power.
-- False positives: directories without an identity provider, where people are added by hand. What an identity
-- provider sends (SCIM) is not shown, so where one is connected every row deserves a question.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(
        e.request_parameters ->> '$.groupId', e.response_elements ->> '$.user.userId',
        e.response_elements ->> '$.userId', e.target
    ) as target,
    concat(
        case e.event_name
            when 'CreateUser' then 'user made'
            else concat(
                'put into group ', e.request_parameters ->> '$.groupId', ': ',
                coalesce(e.request_parameters ->> '$.memberId.userId', e.request_parameters ->> '$.memberId')
            )
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where
    e.event_source in ('sso-directory.amazonaws.com', 'identitystore.amazonaws.com')
    and e.event_name in ('CreateUser', 'AddMemberToGroup', 'CreateGroupMembership')
    and e.error_code is null
    and coalesce(e.user_type, '') <> 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
