-- title: A user joined a group by itself, or joined a group of administrators
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
-- param: admin_like text = 'admin|power|super|root|owner|break.?glass'   # What such a group's name looks like
--
-- Group membership gives rights without any policy being touched. Found are users who put themselves into a group, and
-- anybody put into a group whose name tells of power, or whose policies do: one that allows everything, or lets anyone's
-- permissions be raised, as the log shows it before or the run read it. Take the user out, then see which policies the
-- group has and what the user did since.
-- False positives: onboarding of an administrator by another administrator, or an account's set-up, in which the first
-- administrator joins his own group. A name that matches by chance (`$admin_like`) does no harm either.

with joined as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.target,
        e.request_parameters ->> '$.groupName' as group_name,
        e.username = (e.request_parameters ->> '$.userName') as is_own,
        e.user_type, e.invoked_by, e.event_id
    from successful_calls('iam.amazonaws.com') as e
    where e.event_name = 'AddUserToGroup'
),

attached as (
    select
        e.account_id,
        e.request_parameters ->> '$.groupName' as group_name,
        e.event_time as since,
        e.request_parameters ->> '$.policyArn' as policy_arn,
        e.request_parameters ->> '$.policyDocument' as document
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and e.event_name in ('AttachGroupPolicy', 'PutGroupPolicy')
        and e.error_code is null
    union all
    select
        g.account_id, g.name, null as since,
        unnest(json_extract_string(g.attached_policy_arns, '$[*]')) as policy_arn,
        null as document
    from aws_iam_group as g
    union all
    select
        g.account_id, g.name, null as since, null as policy_arn,
        cast(unnest(json_extract(g.inline_policies, '$[*].PolicyDocument')) as varchar) as document
    from aws_iam_group as g
),

held as (
    select j.event_id, j.account_id, j.event_time, a.policy_arn, a.document
    from joined as j
    inner join attached as a
        on
            a.account_id = j.account_id
            and a.group_name = j.group_name
            and (a.since is null or a.since <= j.event_time)
),

contents as (
    select
        h.event_id, h.policy_arn,
        arg_max(k.document, coalesce(k.since, timestamp '1970-01-01 00:00:00')) as document
    from held as h
    inner join iam_policy_contents() as k
        on
            k.account_id = h.account_id
            and k.policy_arn = h.policy_arn
            and (k.since is null or k.since <= h.event_time)
    group by h.event_id, h.policy_arn
),

powers as (
    select
        h.event_id,
        case
            when regexp_matches(h.policy_arn, ':iam::aws:policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$')
                then split_part(h.policy_arn, '/', -1)
            else array_to_string(iam_document_admin_statements(coalesce(h.document, c.document)), '; ')
        end as words
    from held as h
    left join contents as c on c.event_id = h.event_id and c.policy_arn = h.policy_arn
),

summed as (
    select
        p.event_id,
        string_agg(distinct p.words, '; ' order by p.words) as words
    from powers as p
    where p.words <> ''
    group by p.event_id
)

select
    j.event_time, j.account_id, j.region, j.actor, j.source_ip, j.event_name, j.target,
    concat(
        'group ', j.group_name,
        case when s.words is not null then concat(', which has ', s.words) end,
        case when j.is_own then ', by the user itself' end,
        ', through ' || j.invoked_by
    ) as detail,
    j.event_id
from joined as j
left join summed as s on s.event_id = j.event_id
where
    regexp_matches(lower(j.group_name), $admin_like)
    or (j.user_type = 'IAMUser' and j.is_own)
    or s.words is not null
order by j.event_time desc, j.event_id
