-- title: Trust policies that now admit accounts outside the organization
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, mitre:T1199, tactic:persistence, cloudtrail
--
-- Changing the trust of a role that exists already brings all of its rights along, and nobody notices a new role.
-- Put the former policy back, then look for AssumeRole events by the account in the detail and for what its
-- sessions did.
-- False positives: vendors whose access is renewed, and trust policies that a pipeline writes again as they were:
-- compare with the role's former policy. When a run reads one account alone, its sisters are strangers to it.

with changed as (
    select
        e.event_time as event_time,
        e.account_id as account_id,
        e.region as region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip,
        e.event_name as event_name,
        e.request_parameters ->> '$.roleName' as role_name,
        e.event_id as event_id,
        e.user_agent as user_agent,
        e.invoked_by as invoked_by,
        try_cast(e.request_parameters ->> '$.policyDocument' as json) as policy
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and e.event_name = 'UpdateAssumeRolePolicy'
        and e.error_code is null
        and coalesce(e.user_type, '') <> 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

statements as (
    select
        c.account_id as account_id,
        c.event_id as event_id,
        unnest(
            case json_type(c.policy, '$.Statement')
                when 'ARRAY' then json_extract(c.policy, '$.Statement[*]')
                else [json_extract(c.policy, '$.Statement')]
            end
        ) as body
    from changed as c
),

principals as (
    select
        s.account_id as account_id,
        s.event_id as event_id,
        s.body ->> '$.Condition' as condition,
        unnest(
            case json_type(s.body, '$.Principal.AWS')
                when 'ARRAY' then json_extract_string(s.body, '$.Principal.AWS[*]')
                else [coalesce(s.body ->> '$.Principal.AWS', nullif(s.body ->> '$.Principal', ''))]
            end
        ) as principal
    from statements as s
    where (s.body ->> '$.Effect') = 'Allow'
),

strangers as (
    select
        p.account_id as account_id,
        p.event_id as event_id,
        string_agg(distinct p.principal, ', ' order by p.principal) as principals,
        count(*) - count(p.condition) as free
    from principals as p
    where
        p.principal = '*'
        or (
            regexp_extract(p.principal, '^(arn:[^:]*:(iam|sts)::)?(\d{12})', 3) <> ''
            and regexp_extract(p.principal, '^(arn:[^:]*:(iam|sts)::)?(\d{12})', 3) not in (
                select a.account_id from iamsql.accounts as a
            )
        )
    group by p.account_id, p.event_id
)

select
    c.event_time as event_time,
    c.account_id as account_id,
    c.region as region,
    c.actor as actor,
    c.source_ip as source_ip,
    c.event_name as event_name,
    c.role_name as target,
    concat(
        'may be assumed by ',
        f.principals,
        case when f.free = 0 then ', under a condition' else ', without a condition' end,
        case when c.invoked_by is not null then concat(', through ', c.invoked_by) end
    ) as detail,
    c.event_id as event_id,
    f.principals as principals,
    c.policy as policy,
    c.user_agent as user_agent
from changed as c
inner join strangers as f on f.account_id = c.account_id and f.event_id = c.event_id
order by c.event_time desc, c.event_id
