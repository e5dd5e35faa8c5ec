-- title: Administrator policy attached to a user, group or role
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
-- param: policies text[] = AdministratorAccess, PowerUserAccess, IAMFullAccess  # Names of administrator policies
-- param: excluded text[] = ''                                                   # Names of policies to exclude, even if they allow everything
--
-- Detects administrator policies that are attached to a user, group or role: the policies in `$policies`, and any other
-- policy that allows everything, or that lets its holder extend the permissions of any principal (see
-- managed_policy_wildcard). The content of a policy comes from earlier events or from the run; a policy with unknown
-- content counts by its name alone. A principal that may attach policies can become an administrator with one call. Ask
-- for the ticket. If there is none, detach the policy, review what the target did since, with its keys and sessions,
-- and find out how the principal gained the permission.
-- False positives: the setup of an account, a new administrator role, and infrastructure as code that attaches the
-- policy to its deployment role. Such changes come from the usual pipeline or from a few known people, and the target
-- was created shortly before.

with attachments as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
        c.request_parameters ->> '$.policyArn' as policy_arn,
        split_part(c.request_parameters ->> '$.policyArn', ':policy/', 2) as policy_path,
        split_part(c.request_parameters ->> '$.policyArn', '/', -1) as policy_name,
        c.username = (c.request_parameters ->> '$.userName') as is_own,
        c.invoked_by, c.event_id
    from successful_calls('iam.amazonaws.com') as c
    where scan_filter(c.event_name in ('AttachUserPolicy', 'AttachGroupPolicy', 'AttachRolePolicy'))
),

policy_powers as (
    select a.*, iam_document_admin_statements(d.document) as power
    from attachments as a
    asof left join policy_documents() as d
        on d.account_id = a.account_id and d.policy_arn = a.policy_arn and d.since <= a.event_time
)

select
    p.event_time, p.account_id, p.region, p.actor, p.source_ip_address, p.event_name,
    coalesce(p.target, p.policy_arn) as target,
    concat(
        p.policy_path,
        case when len(p.power) > 0 then concat(', which allows ', array_to_string(p.power, '; ')) end,
        case when p.is_own then ', by the user itself' end,
        ', through ' || p.invoked_by
    ) as detail,
    p.event_id
from policy_powers as p
where
    (list_contains($policies, p.policy_path) or list_contains($policies, p.policy_name) or len(p.power) > 0)
    and not list_contains($excluded, p.policy_name)
order by p.event_time desc, p.event_id
