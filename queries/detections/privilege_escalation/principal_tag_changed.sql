-- title: Tag that policies evaluate set on a user or role
-- kind: detection
-- severity: low
-- tags: mitre:T1098, tactic:privilege_escalation, cloudtrail
--
-- Detects tags that are set on a user or role if a policy uses the tag key in an `aws:PrincipalTag` condition, and
-- principals that set a tag on themselves. Where policies grant access by tags, a tag is as good as a policy: it admits
-- the principal to the resources of another project, or removes a denial. `detail` contains the tags. Read the policies
-- that use the key, and restore the former value. The conditions come from identity-based policies in events or in the
-- run, and from trust policies in the run.
-- False positives: tags that infrastructure as code sets when it creates the role, and provisioning from a directory.

with tag_changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(c.request_parameters ->> '$.roleName', c.request_parameters ->> '$.userName', c.target) as target,
        coalesce(json_extract_string(c.request_parameters, '$.tags[*].key'), []) as tag_keys,
        c.request_parameters ->> '$.tags' as tags,
        coalesce(
            c.username = (c.request_parameters ->> '$.userName')
            or split_part(c.issuer_arn, '/', -1) = (c.request_parameters ->> '$.roleName'), false
        ) as is_own,
        c.invoked_by, c.event_id
    from successful_calls('iam.amazonaws.com') as c
    where scan_filter(c.event_name in ('TagRole', 'TagUser'))
),

documents as (
    select p.document from policy_documents() as p
    union all
    select i.document from inline_policies() as i
    union all
    select cast(r.assume_role_policy as varchar) as document from aws_iam_role as r
),

policy_keys as (
    select distinct lower(unnest(regexp_extract_all(d.document, '(?i)aws:PrincipalTag/([^"}]+)', 1))) as tag_key
    from documents as d
    where contains(lower(d.document), 'aws:principaltag/')
),

used_tag_keys as (
    select t.event_id, string_agg(distinct k.tag_key, ', ' order by k.tag_key) as used_keys
    from (select c.event_id, unnest(c.tag_keys) as tag_key from tag_changes as c) as t
    inner join policy_keys as k on k.tag_key = lower(t.tag_key)
    group by t.event_id
)

select
    t.event_time, t.account_id, t.region, t.actor, t.source_ip_address, t.event_name, t.target,
    concat(
        'tags ', left(coalesce(t.tags, '[]'), 300), ', which policies evaluate: ' || u.used_keys,
        case when t.is_own then ', by the principal itself' end,
        ', through ' || t.invoked_by
    ) as detail,
    t.event_id
from tag_changes as t
left join used_tag_keys as u on u.event_id = t.event_id
where t.is_own or u.event_id is not null
order by t.event_time desc, t.event_id
