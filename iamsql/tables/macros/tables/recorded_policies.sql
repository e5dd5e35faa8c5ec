-- Returns the documents of managed policies with the start of the time when each applies, which is never NULL. An ASOF join finds
-- the document that was in force at an event. iam_policy_contents() describes what is known. The order of changes in the same
-- second is not known.
-- returns: account_id VARCHAR, policy_arn VARCHAR, since TIMESTAMP, document VARCHAR
create or replace macro policy_documents() as table
select
    c.account_id, c.policy_arn, coalesce(c.since, timestamp '1970-01-01 00:00:00') as since, max(c.document) as document
from iam_policy_contents() as c
group by c.account_id, c.policy_arn, coalesce(c.since, timestamp '1970-01-01 00:00:00');

-- Returns the calls that wrote a trust policy which principals outside the organization may use. `call_names` are the names of the
-- calls. `ways` says how each principal may use the role (opened_trusts()).
-- returns: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip_address VARCHAR, event_name VARCHAR, target VARCHAR, detail VARCHAR, event_id VARCHAR, principals VARCHAR, policy JSON, user_agent VARCHAR
create or replace macro opened_role_trusts(call_names, days) as table
with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.event_id, e.user_agent, e.invoked_by,
        coalesce(e.request_parameters ->> '$.roleName', e.response_elements ->> '$.role.roleName') as role_name,
        coalesce(
            e.request_parameters ->> '$.assumeRolePolicyDocument', e.request_parameters ->> '$.policyDocument',
            -- AcquireRole, whose request names a template. Documents of responses are URL-encoded.
            case
                when (e.response_elements ->> '$.role.assumeRolePolicyDocument') like '\%7B%' escape '\'
                    then url_decode(e.response_elements ->> '$.role.assumeRolePolicyDocument')
                else e.response_elements ->> '$.role.assumeRolePolicyDocument'
            end
        ) as document
    from successful_calls('iam.amazonaws.com') as e
    where scan_filter(list_contains(call_names, e.event_name))
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip_address, w.event_name, w.role_name as target,
    concat('may be assumed by ', t.ways, ', through ' || w.invoked_by) as detail,
    w.event_id, t.principals,
    try_cast(w.document as json) as policy,
    w.user_agent
from written as w
inner join opened_trusts(
    (
        select list({
            'account_id': d.account_id, 'event_id': d.event_id, 'event_time': d.event_time, 'document': d.document
        })
        from written as d
    ),
    days
) as t on t.account_id = w.account_id and t.event_id = w.event_id;

-- Returns the versions of managed policies that events created, with their content.
-- returns: account_id VARCHAR, policy_arn VARCHAR, version_id VARCHAR, document VARCHAR
create or replace macro policy_version_documents() as table
select
    e.account_id,
    coalesce(e.request_parameters ->> '$.policyArn', e.response_elements ->> '$.policy.arn') as policy_arn,
    coalesce(e.response_elements ->> '$.policyVersion.versionId', 'v1') as version_id,
    max(e.request_parameters ->> '$.policyDocument') as document
from aws_cloudtrail_event as e
where
    e.event_source = 'iam.amazonaws.com'
    and scan_filter(e.event_name in ('CreatePolicy', 'CreatePolicyVersion'))
    and e.error_code is null
group by all;

-- Returns the inline policies of users, roles and groups with the start of the time when each applies, which is never NULL. They
-- come from events and from the run. `holder` is the kind and the name, such as user/alice.
-- returns: account_id VARCHAR, holder VARCHAR, policy_name VARCHAR, since TIMESTAMP, document VARCHAR
create or replace macro inline_policies() as table
with written as (
    select
        e.account_id, iam_policy_holder(e.request_parameters) as holder,
        e.request_parameters ->> '$.policyName' as policy_name,
        e.event_time as since,
        e.request_parameters ->> '$.policyDocument' as document
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and scan_filter(e.event_name in ('PutUserPolicy', 'PutRolePolicy', 'PutGroupPolicy'))
        and e.error_code is null
    union all
    select
        p.account_id, concat(p.kind, '/', p.name), p.item ->> '$.PolicyName', timestamp '1970-01-01 00:00:00',
        cast(p.item -> '$.PolicyDocument' as varchar)
    from (
        select u.account_id, 'user' as kind, u.name, unnest(json_extract(u.inline_policies, '$[*]')) as item
        from aws_iam_user as u
        union all
        select r.account_id, 'role' as kind, r.name, unnest(json_extract(r.inline_policies, '$[*]')) as item
        from aws_iam_role as r
        union all
        select g.account_id, 'group' as kind, g.name, unnest(json_extract(g.inline_policies, '$[*]')) as item
        from aws_iam_group as g
    ) as p
)

select w.account_id, w.holder, w.policy_name, w.since, max(w.document) as document
from written as w
where w.document is not null
group by w.account_id, w.holder, w.policy_name, w.since;

-- Returns the policies of groups: the ARN of an attached policy, or the document of an inline policy. `since` is the time of the
-- event, or NULL for a policy that the run read.
-- returns: account_id VARCHAR, group_name VARCHAR, since TIMESTAMP, policy_arn VARCHAR, document VARCHAR
create or replace macro group_policies() as table
select
    e.account_id,
    e.request_parameters ->> '$.groupName' as group_name,
    e.event_time as since,
    e.request_parameters ->> '$.policyArn' as policy_arn,
    e.request_parameters ->> '$.policyDocument' as document
from aws_cloudtrail_event as e
where
    e.event_source = 'iam.amazonaws.com'
    and scan_filter(e.event_name in ('AttachGroupPolicy', 'PutGroupPolicy'))
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
from aws_iam_group as g;
