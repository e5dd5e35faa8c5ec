-- title: Ensure only administrators can stop or delete CloudTrail trails
-- kind: control
-- severity: high
-- tags: permissions, cloudtrail
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: # In the management account: aws organizations create-policy --type SERVICE_CONTROL_POLICY --name protect-trails --description "Protect trails" --content file://scp.json
-- remediation: # In the management account: aws organizations attach-policy --policy-id POLICY_ID --target-id {account_id}
--
-- Attackers stop or delete the trail to hide their activity. Deny these actions to all but administrators, preferably
-- with a service control policy. Permissions of users and roles are evaluated on any trail, as in the query `can`.
-- Administrators are skipped. If the service control policies were not read, the reason of an alarm says so. The result
-- is an error if an unread policy decides.

with trail_permissions as (
    select
        e.principal,
        string_agg(distinct split_part(e.action, ':', 2), ' and ' order by split_part(e.action, ':', 2)) filter (
            where e.as_read <> 'denied'
        ) as actions,
        string_agg(distinct e.reason, '; ' order by e.reason) filter (where e.verdict <> 'allowed') as reason
    from iam_principal_evaluation([
        {'action': 'cloudtrail:StopLogging', 'resource': 'any'},
        {'action': 'cloudtrail:DeleteTrail', 'resource': 'any'}
    ], null, false, false, null) as e
    where e.verdict <> 'denied'
    group by e.principal
),

admins as (
    select a.principal from iam_admins() as a where a.as_read <> 'denied'
)

select
    r.arn as resource,
    unnest(case
        when t.principal is null then ok(concat(r.name, ' cannot stop or delete a trail.'))
        when a.principal is not null then skip(concat(r.name, ' is an administrator.'))
        when t.actions is null then unknown(concat('whether ', r.name, ' can stop or delete a trail; ', t.reason, '.'))
        else alarm(concat(r.name, ' can call ', t.actions, case when t.reason is not null then concat(', ', t.reason) end, '.'))
    end),
    r.account_id, 'global' as region
from users_and_roles() as r
left join trail_permissions as t on t.principal = r.arn
left join admins as a on a.principal = r.arn
order by account_position(r.account_id), r.arn
