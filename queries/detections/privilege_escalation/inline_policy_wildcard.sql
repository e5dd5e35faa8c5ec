-- title: Inline policy that allows everything, or every role to be assumed, added to a user, group or role
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
--
-- Detects inline policies that make an administrator: `*`, `iam:*`, `iam:Put*` or `NotAction` on all resources. Inline
-- policies do not appear in the list of attached policies, which is why attackers prefer them. Every spelling of a
-- wildcard counts (`*:*`, `arn:aws:*:*:*:*`, `NotResource`), as do single IAM actions that raise the permissions of
-- any user, role, group or policy, unless a condition on iam:PermissionsBoundary or iam:PolicyARN limits the
-- delegation. `sts:*` or `sts:AssumeRole` on all roles counts too: it gives the permissions of every role whose trust
-- policy admits the account. Read the policy in the event, delete it unless somebody is responsible for it, and review
-- what the target did since.
-- False positives: sandboxes, break-glass roles and some installers. They add such policies when the role is created,
-- by infrastructure as code; a policy that was added to the user of a person manually is suspicious.

with policy_changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
        c.request_parameters ->> '$.policyName' as policy_name,
        try_cast(c.request_parameters ->> '$.policyDocument' as json) as document,
        c.invoked_by, c.event_id
    from successful_calls('iam.amazonaws.com') as c
    where scan_filter(c.event_name in ('PutUserPolicy', 'PutGroupPolicy', 'PutRolePolicy'))
),

policy_powers as (
    select
        c.*,
        iam_sorted_set(
            list_concat(iam_document_admin_statements(c.document), iam_document_assume_statements(c.document))
        ) as power
    from policy_changes as c
)

select
    p.event_time, p.account_id, p.region, p.actor, p.source_ip_address, p.event_name, p.target,
    concat(
        'policy ', p.policy_name, ' allows ', array_to_string(p.power, '; '), ', through ' || p.invoked_by
    ) as detail,
    p.event_id
from policy_powers as p
where len(p.power) > 0
order by p.event_time desc, p.event_id
