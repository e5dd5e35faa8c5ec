-- title: Access given through Identity Center
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1098.003, tactic:persistence, cloudtrail
--
-- An assignment or a policy of Identity Center reaches every account of the organization at once and leaves no
-- trace in the account's own IAM but a reserved role. Check who got what: detail names the principal, or the
-- policy that a permission set gained.
-- False positives: the daily work of whoever gives people access. It is theirs when it comes from the usual
-- pipeline or console session with a ticket; look twice at assignments to the management account and at people who
-- give access to themselves.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(
        e.request_parameters ->> '$.targetId', e.request_parameters ->> '$.permissionSetArn', e.target
    ) as target,
    concat(
        case e.event_name
            when 'CreateAccountAssignment' then concat(
                lower(e.request_parameters ->> '$.principalType'), ' ', e.request_parameters ->> '$.principalId',
                ' gets ', e.request_parameters ->> '$.permissionSetArn'
            )
            when 'AttachManagedPolicyToPermissionSet' then concat('gains ', e.request_parameters ->> '$.managedPolicyArn')
            when 'PutInlinePolicyToPermissionSet' then 'gains an inline policy'
            when 'DeletePermissionsBoundaryFromPermissionSet' then 'loses its permissions boundary'
            else concat('gains ', e.request_parameters ->> '$.customerManagedPolicyReference.name')
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('sso.amazonaws.com') as e
where
    e.event_name in (
        'CreateAccountAssignment', 'AttachManagedPolicyToPermissionSet',
        'AttachCustomerManagedPolicyReferenceToPermissionSet', 'PutInlinePolicyToPermissionSet',
        'DeletePermissionsBoundaryFromPermissionSet'
    )
order by e.event_time desc, e.event_id
