-- title: Ensure no IAM user or role can escalate its privileges to administrator
-- kind: control
-- severity: critical
-- version: 1
-- tags: permissions, privilege-escalation
--
-- A principal that can attach a policy to itself, pass a strong role to a function or rewrite a role's trust policy has the
-- rights of an administrator. `escalation_paths` has every way and describes what is evaluated.
--
-- `alarm`: a way is open in every context, or depends on conditions, on something that IAM does not tell, such as a function
-- that exists to be taken over, or on the credentials of a principal to which it may give more rights. `error`: a policy that
-- decides was not read. Administrators make a `skip` row. Where the service control policies were not read, a way that they
-- may forbid is an alarm whose reason says so.

with caps as (
    select
        max(case when c.operation = 'DescribeOrganization' and c.status = 'not_applicable' then 1 else 0 end) as are_none,
        max(case when c.operation = 'ListTargetsForPolicy' then 1 else 0 end) as are_asked,
        max(case when c.status in ('ok', 'not_applicable') then 0 else 1 end) as are_lacking
    from iamsql.coverage as c
    where
        c.service = 'organizations'
        and c.operation in (
            'DescribeOrganization', 'ListRoots', 'ListAccountsForParent', 'ListOrganizationalUnitsForParent',
            'ListPolicies', 'DescribePolicy', 'ListTargetsForPolicy'
        )
),

people as (
    select u.account_id, u.arn, u.name
    from aws_iam_user as u
    union all
    select r.account_id, r.arn, r.name
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
),

ways as (
    select
        w.principal, w.uncertainty,
        w.method = 'administrator' as is_admin,
        w.method = 'unread' as may_be_admin,
        array_to_string(w.conditions, ', ') as conditions,
        concat(
            w.path, case when len(w.conditions) > 0 then concat(', which depends on ', array_to_string(w.conditions, ', ')) end
        ) as way,
        -- what service control policies may forbid is an alarm where none of them was read
        w.uncertainty = 3 and len([
            1 for condition_ in w.conditions
            if starts_with(condition_, 'not read: ') and condition_ <> 'not read: the service control policies'
        ]) > 0 as is_unread
    from iam_escalation_paths(false) as w
)

select
    p.arn as resource,
    unnest(case
        when w.is_admin then skip(concat(p.name, ' is an administrator already.'))
        when w.uncertainty < 4 and not w.is_unread then alarm(concat(
            p.name, ' has a way: ', w.way,
            case
                when
                    c.are_none = 0
                    and (c.are_asked = 0 or c.are_lacking = 1)
                    and p.account_id <> coalesce(r.management_account_id, '')
                    then '; service control policies, which may forbid it, were not read'
            end, '.'
        ))
        when w.may_be_admin then unknown(concat(p.name, ' may be an administrator; ', w.conditions, '.'))
        when w.principal is not null then unknown(concat(p.name, ' may have a way: ', w.way, '.'))
        else ok(concat(p.name, ' has no known way to become an administrator.'))
    end),
    p.account_id, 'global' as region
from people as p
cross join caps as c
cross join iamsql.run as r
left join ways as w on w.principal = p.arn
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
