-- title: An inline policy that allows everything was put on a user, group or role
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
--
-- An inline policy with `*`, `iam:*`, `iam:Put*` or `NotAction` on all resources makes an administrator, and it does not
-- show in the list of attached policies, which is why it is liked for staying unseen. Wildcards count however they are
-- spelled (`*:*`, `arn:aws:*:*:*:*`, `NotResource`), and so do single actions of IAM that raise any user, role, group or
-- policy, unless a condition on iam:PermissionsBoundary or iam:PolicyARN delegates them. Read the policy in the event,
-- delete it unless somebody answers for it, and follow what the target did since.
-- False positives: sandboxes, break-glass roles and some installers write such policies. They do so at the birth of the
-- role and from infrastructure code; a policy put on a person's user by hand is another matter.

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.target,
        e.request_parameters ->> '$.policyName' as policy_name,
        try_cast(e.request_parameters ->> '$.policyDocument' as json) as document,
        e.invoked_by, e.event_id
    from successful_calls('iam.amazonaws.com') as e
    where e.event_name in ('PutUserPolicy', 'PutGroupPolicy', 'PutRolePolicy')
),

judged as (
    select w.*, iam_document_admin_statements(w.document) as power
    from written as w
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip, w.event_name, w.target,
    concat(
        'policy ', w.policy_name, ' allows ', array_to_string(w.power, '; '), ', through ' || w.invoked_by
    ) as detail,
    w.event_id
from judged as w
where len(w.power) > 0
order by w.event_time desc, w.event_id
