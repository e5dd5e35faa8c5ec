-- title: Ensure no IAM user or role can escalate its privileges to administrator
-- kind: control
-- severity: critical
-- tags: permissions, privilege-escalation
-- remediation: iamsql query escalation_paths
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: # Remove the action of the first step from the policy, or limit the action to resources.
--
-- A principal that can attach a policy to itself, pass an administrator role to a function or change the trust policy
-- of a role can become an administrator. Remove the permissions of the path that the row describes. `escalation_paths`
-- lists all paths and documents what is evaluated.
--
-- `alarm`: a path is open, even if it depends on conditions, on resources that IAM does not know, such as an existing
-- function, or on the credentials of another principal. `error`: an unread policy decides. Administrators are skipped.
-- If the service control policies were not read, a path that they may deny is an alarm whose reason says so.

with organization_policies as (
    select
        max(case when c.operation = 'DescribeOrganization' and c.status = 'not_applicable' then 1 else 0 end) as absent,
        max(case when c.operation = 'ListTargetsForPolicy' then 1 else 0 end) as is_planned,
        max(case when c.status in ('ok', 'not_applicable') then 0 else 1 end) as has_failed
    from iamsql.coverage as c
    where
        c.service = 'organizations'
        and c.operation in (
            'DescribeOrganization', 'ListRoots', 'ListAccountsForParent', 'ListOrganizationalUnitsForParent',
            'ListPolicies', 'DescribePolicy', 'ListTargetsForPolicy'
        )
),

paths as (
    select
        e.principal, e.uncertainty,
        e.method = 'administrator' as is_admin,
        e.method = 'unread' as may_be_admin,
        array_to_string(e.conditions, ', ') as conditions,
        concat(
            e.path,
            case when len(e.conditions) > 0 then concat(', which depends on ', array_to_string(e.conditions, ', ')) end
        ) as path,
        -- A path that only unread service control policies may deny is an alarm, not an error.
        e.uncertainty = 3 and len([
            1 for condition_ in e.conditions
            if starts_with(condition_, 'not read: ') and condition_ <> 'not read: the service control policies'
        ]) > 0 as is_unread
    from iam_escalation_paths(false) as e
)

select
    u.arn as resource,
    unnest(case
        when e.is_admin then skip(concat(u.name, ' is an administrator.'))
        when e.uncertainty < 4 and not e.is_unread then alarm(concat(
            u.name, ' can become an administrator: ', e.path,
            case
                when
                    p.absent = 0
                    and (p.is_planned = 0 or p.has_failed = 1)
                    and u.account_id <> coalesce(r.management_account_id, '')
                    then '; service control policies, which may forbid it, were not read'
            end, '.'
        ))
        when e.may_be_admin then unknown(concat(u.name, ' may be an administrator; ', e.conditions, '.'))
        when e.principal is not null then unknown(concat(u.name, ' may become an administrator: ', e.path, '.'))
        else ok(concat(u.name, ' has no known path to become an administrator.'))
    end),
    u.account_id, 'global' as region
from users_and_roles() as u
cross join organization_policies as p
cross join iamsql.run as r
left join paths as e on e.principal = u.arn
order by account_position(u.account_id), u.arn
