-- title: Permissions boundary removed or widened
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
-- param: boundaries text[] = ''  # Names of policies that are intended as boundaries
--
-- Detects permissions boundaries that are deleted from users, roles and permission sets, or replaced by a policy that
-- allows everything or lets its holder extend the permissions of any principal. A boundary limits what a delegated
-- administrator can grant; without it, all policies of the user or role apply, so review these first. Restore the
-- boundary and review what was done in between. The content of a policy comes from earlier events or from the run. If
-- it is unknown, the finding says so: read the policy.
-- False positives: infrastructure as code that removes the boundary and sets another one seconds later, and a role that
-- moves to a team without boundaries. A boundary that allows everything and then denies selected actions is a finding
-- too; after a review, add it to `$boundaries`.

with changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(c.request_parameters ->> '$.permissionSetArn', c.target) as target,
        c.event_name like 'Put%' as is_put,
        coalesce(
            c.request_parameters ->> '$.permissionsBoundary.managedPolicyArn',
            c.request_parameters ->> '$.permissionsBoundary.customerManagedPolicyReference.name',
            c.request_parameters ->> '$.permissionsBoundary', 'a policy that the event does not contain'
        ) as boundary,
        c.username = (c.request_parameters ->> '$.userName') as is_own,
        c.invoked_by, c.event_id
    from recorded_calls() as c
    where
        (
            (
                c.event_source = 'iam.amazonaws.com'
                and c.event_name in (
                    'DeleteUserPermissionsBoundary', 'DeleteRolePermissionsBoundary', 'PutUserPermissionsBoundary',
                    'PutRolePermissionsBoundary'
                )
            )
            or (
                c.event_source = 'sso.amazonaws.com'
                and c.event_name in (
                    'DeletePermissionsBoundaryFromPermissionSet', 'PutPermissionsBoundaryToPermissionSet'
                )
            )
        )
        and c.error_code is null
),

boundary_powers as (
    select
        c.*,
        split_part(c.boundary, '/', -1) as policy_name,
        c.boundary like 'arn:%:iam::aws:policy/%' as is_aws_managed,
        iam_document_admin_statements(d.document) as power,
        len([1 for statement_ in iam_document_statements(d.document) if statement_.effect = 'Deny']) > 0 as has_denials
    from changes as c
    asof left join policy_documents() as d
        on d.account_id = c.account_id and d.policy_arn = c.boundary and d.since <= c.event_time
),

change_descriptions as (
    select
        p.*,
        case
            when not p.is_put then 'boundary removed'
            when len(p.power) > 0
                then concat(
                    'boundary set to ', p.boundary, ', which allows ', array_to_string(p.power, '; '),
                    case when p.has_denials then ', except what it denies' end
                )
            when p.power is not null then null
            when
                p.is_aws_managed
                and regexp_matches(p.policy_name, '^(AdministratorAccess(-.*)?|PowerUserAccess|IAMFullAccess)$')
                then concat('boundary set to ', p.boundary, ', which by its name allows nearly everything')
            when p.is_aws_managed and regexp_matches(p.policy_name, 'ReadOnly|ViewOnly|Audit|Deny') then null
            else concat('boundary set to ', p.boundary, ', whose content is not known: it may allow everything')
        end as change
    from boundary_powers as p
)

select
    d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name, d.target,
    concat(d.change, case when d.is_own then ', by the user itself' end, ', through ' || d.invoked_by) as detail,
    d.event_id
from change_descriptions as d
where d.change is not null and not (d.is_put and list_contains($boundaries, d.policy_name))
order by d.event_time desc, d.event_id
