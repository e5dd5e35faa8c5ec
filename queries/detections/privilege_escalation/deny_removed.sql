-- title: Policy with a Deny removed from a user, group or role
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, mitre:T1562.001, tactic:privilege_escalation, cloudtrail
-- param: deny_like text = 'deny|guard|restrict|quarantine|block'  # Regular expression for names of policies that deny
--
-- Detects that denials no longer apply to a user, group or role: a policy is detached or deleted, a user leaves a
-- group, an inline policy or the default version of a managed policy is replaced, or the version to which it could be
-- set back is deleted. A Deny overrides every Allow, so its removal can raise permissions as much as a new policy.
-- `detail` lists the denials. Restore the policy, and review what the principal did since. The content of a policy
-- comes from earlier events or from the run. If it is unknown, the finding says so, and is limited to principals that
-- change themselves and to names that match `$deny_like`: read the policy.
-- False positives: infrastructure as code that replaces one policy with another that has the same denials, and a user
-- who moves to another group. The detachment of AWS's quarantine policy is a finding of quarantine_policy_removed.

with changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
        c.request_parameters ->> '$.policyArn' as policy_arn,
        coalesce(
            split_part(c.request_parameters ->> '$.policyArn', '/', -1), c.request_parameters ->> '$.policyName'
        ) as policy_name,
        c.request_parameters ->> '$.groupName' as group_name,
        iam_policy_holder(c.request_parameters) as holder,
        c.request_parameters ->> '$.versionId' as version_id,
        case
            when c.event_name like 'Put%' or (c.request_parameters ->> '$.setAsDefault') = 'true'
                then c.request_parameters ->> '$.policyDocument'
        end as later,
        c.username = (c.request_parameters ->> '$.userName')
        or split_part(c.issuer_arn, '/', -1) = (c.request_parameters ->> '$.roleName') as is_own,
        c.invoked_by, c.event_id
    from successful_calls('iam.amazonaws.com') as c
    where
        scan_filter(c.event_name in (
            'DetachUserPolicy', 'DetachRolePolicy', 'DetachGroupPolicy', 'DeleteUserPolicy', 'DeleteRolePolicy',
            'DeleteGroupPolicy', 'PutUserPolicy', 'PutRolePolicy', 'PutGroupPolicy', 'RemoveUserFromGroup',
            'CreatePolicyVersion', 'SetDefaultPolicyVersion', 'DeletePolicyVersion'
        ))
        and not regexp_matches(
            coalesce(c.request_parameters ->> '$.policyArn', ''), ':iam::aws:policy/AWSCompromisedKeyQuarantine'
        )
        and (c.event_name <> 'CreatePolicyVersion' or (c.request_parameters ->> '$.setAsDefault') = 'true')
        and (c.event_name not like 'Put%' or (c.request_parameters ->> '$.policyDocument') is not null)
),

-- The policies that each change removes, with their content before the change; NULL where it is not known. The
-- content that the run read can be later than a change, so it is not compared with a new document.
former_documents as (
    select c.event_id, d.document as former
    from changes as c
    asof left join policy_documents() as d
        on d.account_id = c.account_id and d.policy_arn = c.policy_arn and d.since < c.event_time
    where
        c.policy_arn is not null
        and c.event_name <> 'DeletePolicyVersion'
        and (c.event_name like 'Detach%' or d.since > timestamp '1970-01-01 00:00:00')
    union all
    select c.event_id, v.document as former
    from changes as c
    left join policy_version_documents() as v
        on v.account_id = c.account_id and v.policy_arn = c.policy_arn and v.version_id = c.version_id
    where c.event_name = 'DeletePolicyVersion'
    union all
    select c.event_id, i.document as former
    from changes as c
    asof left join inline_policies() as i
        on
            i.account_id = c.account_id
            and i.holder = c.holder
            and i.policy_name = c.policy_name
            and i.since < c.event_time
    where
        c.policy_arn is null
        and c.event_name <> 'RemoveUserFromGroup'
        and (c.event_name like 'Delete%' or i.since > timestamp '1970-01-01 00:00:00')
    union all
    select c.event_id, coalesce(g.document, d.document) as former
    from changes as c
    inner join group_policies() as g
        on g.account_id = c.account_id and g.group_name = c.group_name and coalesce(g.since < c.event_time, true)
    asof left join policy_documents() as d
        on d.account_id = c.account_id and d.policy_arn = g.policy_arn and d.since < c.event_time
    where c.event_name = 'RemoveUserFromGroup'
),

-- The content that applies instead: the new document, or for a deleted version the default version.
later_documents as (
    select c.event_id, coalesce(c.later, d.document) as document
    from changes as c
    asof left join policy_documents() as d
        on d.account_id = c.account_id and d.policy_arn = c.policy_arn and d.since <= c.event_time
    where c.event_name like '%PolicyVersion' or c.event_name like 'Put%'
),

denials as (
    select
        d.event_id,
        list_distinct(flatten(list(iam_removed_denies(d.former, coalesce(l.document, '{"Statement": []}'))))) as lost
    from former_documents as d
    left join later_documents as l on l.event_id = d.event_id
    where d.former is not null
    group by d.event_id
),

change_denials as (
    select
        c.*, d.lost,
        d.event_id is null
        and (coalesce(c.policy_arn, '') not like 'arn:%:iam::aws:policy/%' or regexp_matches(c.policy_name, 'Deny'))
        and regexp_matches(c.event_name, '^Detach|^Delete(User|Role|Group)Policy') as is_unknown
    from changes as c
    left join denials as d on d.event_id = c.event_id
)

select
    d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name,
    coalesce(d.target, d.policy_arn) as target,
    concat(
        coalesce('policy ' || d.policy_name, 'group ' || d.group_name),
        case
            when d.is_unknown then ', whose content is not known: it may have denied actions'
            else concat(', which denied ', array_to_string(list_sort(d.lost), '; '))
        end,
        case when d.is_own then ', by the principal itself' end,
        ', through ' || d.invoked_by
    ) as detail,
    d.event_id
from change_denials as d
where
    len(d.lost) > 0
    or (d.is_unknown and (coalesce(d.is_own, false) or regexp_matches(lower(d.policy_name), $deny_like)))
order by d.event_time desc, d.event_id
