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

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.target,
        e.request_parameters ->> '$.policyName' as policy_name,
        try_cast(e.request_parameters ->> '$.policyDocument' as json) as document,
        e.invoked_by, e.event_id
    from successful_calls('iam.amazonaws.com') as e
    where scan_filter(e.event_name in ('PutUserPolicy', 'PutGroupPolicy', 'PutRolePolicy'))
),

evaluated as (
    select
        w.*,
        iam_sorted_set(
            list_concat(iam_document_admin_statements(w.document), iam_document_assume_statements(w.document))
        ) as power
    from written as w
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip_address, w.event_name, w.target,
    concat(
        'policy ', w.policy_name, ' allows ', array_to_string(w.power, '; '), ', through ' || w.invoked_by
    ) as detail,
    w.event_id
from evaluated as w
where len(w.power) > 0
order by w.event_time desc, w.event_id
