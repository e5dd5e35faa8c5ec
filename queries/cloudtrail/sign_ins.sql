-- title: Sign-ins to the console
-- kind: report
-- severity: info
-- version: 1
-- tags: cloudtrail, sign-in, mfa
-- param: days integer = 0             # Only the last so many days of the window; 0 is the whole window
--
-- Each sign-in, newest first: whether it succeeded, by whom, from where, with MFA or not. `way` tells root and IAM users,
-- who prove themselves to AWS, from people who come through an identity provider (`federated`, `Identity Center`): their
-- MFA happens there, and `mfa_used` says nothing about it. CloudTrail hides the name when it is no user's. The console
-- signs people in in several regions; `unread_regions` lists those whose sign-ins the run did not read for the account,
-- and an account with such regions and without any sign-in has a row of its own, `unknown`.

with sign_in_regions as (
    select 'us-east-1' as region, 'aws' as part
    union all
    select 'us-east-2', 'aws'
    union all
    select 'eu-north-1', 'aws'
    union all
    select 'ap-southeast-2', 'aws'
    union all
    select 'cn-north-1', 'aws-cn'
    union all
    select 'us-gov-west-1', 'aws-us-gov'
    union all
    select 'eusc-de-east-1', 'aws-eusc'
),

reads as (
    select
        v.account_id,
        v.region
    from aws_cloudtrail_coverage as v
    where
        v.status = 'ok'
        and (
            (v.source = 'trail' and coalesce(v.error_code, '') <> 'no_objects')
            or v.look_up in ('EventName=ConsoleLogin', 'ReadOnly=false')
        )
    group by v.account_id, v.region
    union
    select
        c.account_id,
        c.region
    from iamsql.coverage as c
    where
        c.service = 'cloudtrail'
        and c.operation = 'LookupEvents'
        and c.status = 'ok'
        and not exists (select 1 from aws_cloudtrail_coverage as v where v.account_id = c.account_id)
),

trails as (
    select v.account_id
    from aws_cloudtrail_coverage as v
    where v.source = 'trail' and coalesce(v.error_code, '') <> 'no_objects'
    group by v.account_id
    having min(case when v.status = 'ok' then 1 else 0 end) = 1
),

unread as (
    select
        a.account_id,
        string_agg(s.region, ', ' order by s.region) as regions
    from iamsql.accounts as a
    cross join iamsql.run as o
    inner join sign_in_regions as s on s.part = coalesce(o."partition", 'aws')
    left join reads as r on r.account_id = a.account_id and r.region = s.region
    left join trails as t on t.account_id = a.account_id
    where r.account_id is null and t.account_id is null
    group by a.account_id
),

attempts as (
    select
        e.account_id,
        e.event_time,
        case
            when e.event_name = 'UserAuthentication'
                then coalesce(e.service_event_details ->> '$.UserAuthentication', 'Success') = 'Success'
            else coalesce(e.console_login, '') <> 'Failure'
        end
        and e.error_code is null
        and coalesce(e.error_message, '') <> 'Failed authentication' as is_success,
        case
            when e.user_type = 'Root' then 'root'
            when e.event_name = 'UserAuthentication' or e.user_type = 'IdentityCenterUser' then 'Identity Center'
            when e.issuer_arn like '%/AWSReservedSSO_%' or e.actor_arn like '%:assumed-role/AWSReservedSSO_%'
                then 'Identity Center'
            when e.user_type = 'IAMUser' then 'IAM user'
            when e.user_type in ('AssumedRole', 'FederatedUser', 'SAMLUser', 'WebIdentityUser') then 'federated'
            else coalesce(e.user_type, 'unknown')
        end as way,
        coalesce(e.username, e.additional_event_data ->> '$.UserName') as user_name,
        e.actor_arn,
        e.issuer_arn,
        e.mfa_used,
        e.region,
        e.source_ip_address,
        e.user_agent,
        e.error_message,
        e.additional_event_data ->> '$.SamlProviderArn' as provider,
        e.found_by,
        e.event_id
    from aws_cloudtrail_event as e
    cross join iamsql.run as o
    where
        e.event_name in ('ConsoleLogin', 'UserAuthentication')
        and e.event_source in ('signin.amazonaws.com', 'sso.amazonaws.com')
        and ($days <= 0 or e.event_time >= (coalesce(o.window_end, o.started_at) at time zone 'UTC') - to_days($days))
)

select
    t.event_time at time zone 'UTC' as event_time,
    case when t.event_id is null then 'unknown' when t.is_success then 'succeeded' else 'failed' end as outcome,
    t.way as way,
    t.user_name as user_name,
    coalesce(a.account_id, t.account_id) as account_id,
    a.name as account_name,
    t.mfa_used as mfa_used,
    t.region as region,
    t.source_ip_address as source_ip,
    t.user_agent as user_agent,
    t.actor_arn as actor,
    t.issuer_arn as role,
    t.provider as provider,
    t.error_message as error_message,
    u.regions as unread_regions,
    t.found_by as found_by,
    t.event_id as event_id,
    as_of() as as_of
from iamsql.accounts as a
full join attempts as t on t.account_id = a.account_id
left join unread as u on u.account_id = a.account_id
where t.account_id is not null or u.regions is not null
order by t.event_time desc nulls last, a.position, t.event_id
