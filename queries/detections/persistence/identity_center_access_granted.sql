-- title: Access granted through IAM Identity Center
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.003, tactic:persistence, cloudtrail
--
-- Detects account assignments and policies of permission sets in IAM Identity Center. They can reach every account of
-- the organization, and appear in the IAM of an account only as a reserved role. Check who received which access:
-- `detail` contains the principal, or the policy of the permission set.
-- False positives: the daily work of the team that grants access. Its changes come from the usual pipeline or console
-- session and have a ticket. Review assignments to the management account, and principals that grant access to
-- themselves.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.targetId', e.request_parameters ->> '$.permissionSetArn', e.target
    ) as target,
    concat(
        case e.event_name
            when 'CreateAccountAssignment' then concat(
                lower(e.request_parameters ->> '$.principalType'), ' ', e.request_parameters ->> '$.principalId',
                ' is assigned ', e.request_parameters ->> '$.permissionSetArn'
            )
            when 'AttachManagedPolicyToPermissionSet' then concat('policy attached: ', e.request_parameters ->> '$.managedPolicyArn')
            when 'PutInlinePolicyToPermissionSet' then 'inline policy set'
            when 'DeletePermissionsBoundaryFromPermissionSet' then 'permissions boundary removed'
            else concat('policy attached: ', e.request_parameters ->> '$.customerManagedPolicyReference.name')
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('sso.amazonaws.com') as e
where
    scan_filter(e.event_name in (
        'CreateAccountAssignment', 'AttachManagedPolicyToPermissionSet',
        'AttachCustomerManagedPolicyReferenceToPermissionSet', 'PutInlinePolicyToPermissionSet',
        'DeletePermissionsBoundaryFromPermissionSet'
    ))
order by e.event_time desc, e.event_id
