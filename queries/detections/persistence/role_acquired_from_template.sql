-- title: Role created from a template
-- kind: detection
-- severity: medium
-- tags: mitre:T1136.003, mitre:T1098.003, tactic:persistence, cloudtrail
--
-- Detects AcquireRole calls, which create a role with the trust policy and the permissions of a role template. The call
-- needs neither CreateRole nor the permission to attach policies, and the request contains only the template. The
-- response contains the trust policy, but not the permissions. Read the role in IAM, compare it with the template (`aws
-- iam get-role-template-version`), and delete it if it is not expected. If the trust policy allows principals outside
-- the organization, role_created_for_external_account reports the role too.
-- False positives: services and products of AWS that set up their roles in this way, when a person starts to use them.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.response_elements ->> '$.role.roleName', e.request_parameters ->> '$.templateArn', e.target) as target,
    concat(
        'role created from template ', split_part(e.request_parameters ->> '$.templateArn', '/', -1),
        case
            when (e.response_elements ->> '$.role.permissionsBoundary.permissionsBoundaryArn') is null
                then ', without a permissions boundary'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('iam.amazonaws.com') as e
where e.event_name = 'AcquireRole'
order by e.event_time desc, e.event_id
