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
        j.principal,
        string_agg(distinct split_part(j.action, ':', 2), ' and ' order by split_part(j.action, ':', 2)) filter (
            where j.as_read <> 'denied'
        ) as actions,
        string_agg(distinct j.reason, '; ' order by j.reason) filter (where j.verdict <> 'allowed') as reason
    from iam_principal_evaluation([
        {'action': 'cloudtrail:StopLogging', 'resource': 'any'},
        {'action': 'cloudtrail:DeleteTrail', 'resource': 'any'}
    ], null, false, false, null) as j
    where j.verdict <> 'denied'
    group by j.principal
),

admins as (
    select d.principal from iam_admins() as d where d.as_read <> 'denied'
)

select
    p.arn as resource,
    unnest(case
        when t.principal is null then ok(concat(p.name, ' cannot stop or delete a trail.'))
        when d.principal is not null then skip(concat(p.name, ' is an administrator.'))
        when t.actions is null then unknown(concat('whether ', p.name, ' can stop or delete a trail; ', t.reason, '.'))
        else alarm(concat(p.name, ' can call ', t.actions, case when t.reason is not null then concat(', ', t.reason) end, '.'))
    end),
    p.account_id, 'global' as region
from users_and_roles() as p
left join trail_permissions as t on t.principal = p.arn
left join admins as d on d.principal = p.arn
order by account_position(p.account_id), p.arn
