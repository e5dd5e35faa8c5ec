-- title: An administrator policy was attached to a user, group or role
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
-- param: policies text[] = AdministratorAccess, PowerUserAccess, IAMFullAccess   # Policies that count by name
-- param: known text[] = ''   # Policies that do not count whatever they allow, by name
--
-- Whoever may attach policies may make himself administrator, and a single call is enough. Ask the actor for the
-- ticket; when there is none, detach the policy, look at what the target did since (its keys and sessions too), and at
-- how the actor came by the right to attach. A policy counts by its name (`$policies`), and whatever its name by its
-- content, where the log shows it before the event or the run read it: one that allows everything, or lets anyone's
-- permissions be raised, as in managed_policy_wildcard. A policy whose content is not known counts by name alone.
-- False positives: setting up an account, a new administrator role, or infrastructure code that attaches the policy to
-- its own deployment role. Such work comes from the usual pipeline or from a few known people, and the target has just
-- been made.

with attached as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.target,
        e.request_parameters ->> '$.policyArn' as policy_arn,
        split_part(e.request_parameters ->> '$.policyArn', ':policy/', 2) as policy_path,
        e.username = (e.request_parameters ->> '$.userName') as is_own,
        e.invoked_by, e.event_id
    from successful_calls('iam.amazonaws.com') as e
    where e.event_name in ('AttachUserPolicy', 'AttachGroupPolicy', 'AttachRolePolicy')
),

contents as (
    select
        a.account_id, a.event_id,
        arg_max(k.document, coalesce(k.since, timestamp '1970-01-01 00:00:00')) as document
    from attached as a
    inner join iam_policy_contents() as k
        on
            k.account_id = a.account_id
            and k.policy_arn = a.policy_arn
            and (k.since is null or k.since <= a.event_time)
    group by a.account_id, a.event_id
),

judged as (
    select
        a.*,
        split_part(a.policy_path, '/', -1) as policy_name,
        iam_document_admin_statements(c.document) as power
    from attached as a
    left join contents as c on c.account_id = a.account_id and c.event_id = a.event_id
)

select
    j.event_time, j.account_id, j.region, j.actor, j.source_ip, j.event_name,
    coalesce(j.target, j.policy_arn) as target,
    concat(
        j.policy_path,
        case when len(j.power) > 0 then concat(', which allows ', array_to_string(j.power, '; ')) end,
        case when j.is_own then ', by the user itself' end,
        ', through ' || j.invoked_by
    ) as detail,
    j.event_id
from judged as j
where
    (list_contains($policies, j.policy_path) or list_contains($policies, j.policy_name) or len(j.power) > 0)
    and not list_contains($known, j.policy_name)
order by j.event_time desc, j.event_id
