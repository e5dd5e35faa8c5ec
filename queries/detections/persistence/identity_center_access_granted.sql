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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.targetId', c.request_parameters ->> '$.permissionSetArn', c.target
    ) as target,
    concat(
        case c.event_name
            when 'CreateAccountAssignment' then concat(
                lower(c.request_parameters ->> '$.principalType'), ' ', c.request_parameters ->> '$.principalId',
                ' is assigned ', c.request_parameters ->> '$.permissionSetArn'
            )
            when 'AttachManagedPolicyToPermissionSet' then concat('policy attached: ', c.request_parameters ->> '$.managedPolicyArn')
            when 'PutInlinePolicyToPermissionSet' then 'inline policy set'
            when 'DeletePermissionsBoundaryFromPermissionSet' then 'permissions boundary removed'
            else concat('policy attached: ', c.request_parameters ->> '$.customerManagedPolicyReference.name')
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('sso.amazonaws.com') as c
where
    scan_filter(c.event_name in (
        'CreateAccountAssignment', 'AttachManagedPolicyToPermissionSet',
        'AttachCustomerManagedPolicyReferenceToPermissionSet', 'PutInlinePolicyToPermissionSet',
        'DeletePermissionsBoundaryFromPermissionSet'
    ))
order by c.event_time desc, c.event_id
