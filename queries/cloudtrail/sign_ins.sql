-- title: Sign-ins to the console and to Identity Center
-- kind: report
-- severity: info
-- version: 1
-- tags: cloudtrail, sign-in, mfa
-- param: days integer = 0             # Only the last so many days of the window; 0 is the whole window
--
-- Each sign-in, newest first: whether it succeeded, by whom, from where, with MFA or not. `way` tells root and IAM users,
-- who prove themselves to AWS, from people who come through an identity provider (`federated`, `Identity Center`): their
-- MFA happens there, and `mfa_used` says nothing about it; `credential` has what Identity Center asked for. A password or
-- code that failed at Identity Center has a row of its own (its event is CredentialVerification); with an external
-- identity provider such failures are in that provider's log. CloudTrail hides the name when it is no user's. The console
-- signs people in in several regions; `unread_regions` lists those whose sign-ins the run did not read for the account,
-- and an account with such regions and without any sign-in has a row of its own, `unknown`. Identity Center signs people
-- in in its home region, and writes that to the account that owns it, most often the management account. Where that
-- region was not read, `unread_identity_center` names it, or says that it is not known: then read all events of it
-- (`sync --region`), or a trail.

with sign_in_regions as (
    select * from (values
        ('us-east-1', 'aws'), ('us-east-2', 'aws'), ('eu-north-1', 'aws'), ('ap-southeast-2', 'aws'),
        ('cn-north-1', 'aws-cn'), ('us-gov-west-1', 'aws-us-gov'), ('eusc-de-east-1', 'aws-eusc')
    ) as regions(region, part)
),

reads as (
    select v.account_id, v.region
    from aws_cloudtrail_coverage as v
    where
        v.status = 'ok'
        and (
            (v.source = 'trail' and coalesce(v.error_code, '') <> 'no_objects')
            or v.look_up in ('EventName=ConsoleLogin', 'ReadOnly=false')
        )
    group by v.account_id, v.region
    union
    select c.account_id, c.region
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

homes as (
    select
        coalesce(o.management_account_id, c.account_id) as account_id,
        max(c.region) as region
    from iamsql.coverage as c
    cross join iamsql.run as o
    where
        c.service = 'sso-admin'
        and c.operation = 'ListInstances'
        and c.status = 'ok'
        and c.items > 0
    group by coalesce(o.management_account_id, c.account_id)
),

identity_center_reads as (
    select v.account_id, v.region
    from aws_cloudtrail_coverage as v
    where
        v.status = 'ok'
        and (
            (v.source = 'trail' and coalesce(v.error_code, '') <> 'no_objects')
            or v.look_up in ('EventName=UserAuthentication', 'ReadOnly=false')
        )
    group by v.account_id, v.region
),

identity_center_seen as (
    select e.account_id
    from sign_in_attempts() as e
    where e.by_identity_center
    group by e.account_id
),

identity_center_unread as (
    select
        a.account_id,
        coalesce(h.region, 'home region not known') as region,
        h.account_id is not null or a.account_id = o.management_account_id as is_likely
    from iamsql.accounts as a
    cross join iamsql.run as o
    left join homes as h on h.account_id = a.account_id
    left join identity_center_reads as r on r.account_id = a.account_id and r.region = h.region
    left join identity_center_seen as s on s.account_id = a.account_id
    left join trails as t on t.account_id = a.account_id
    where
        (h.account_id is not null or coalesce(o.management_account_id, a.account_id) = a.account_id)
        and r.account_id is null
        and t.account_id is null
        and (s.account_id is null or h.account_id is not null)
),

attempts as (
    select
        e.account_id, e.event_time,
        e.outcome is distinct from 'Failure' as is_success,
        case
            when e.user_type = 'Root' then 'root'
            when e.user_type = 'IdentityCenterUser' then 'Identity Center'
            when e.issuer_arn like '%/AWSReservedSSO_%' or e.actor_arn like '%:assumed-role/AWSReservedSSO_%'
                then 'Identity Center'
            when e.user_type = 'IAMUser' then 'IAM user'
            when e.user_type in ('AssumedRole', 'FederatedUser', 'SAMLUser', 'WebIdentityUser') then 'federated'
            else coalesce(e.user_type, 'unknown')
        end as way,
        coalesce(e.name, case when e.is_hidden then 'HIDDEN_DUE_TO_SECURITY_REASONS' end) as user_name,
        e.actor_arn, e.issuer_arn, e.mfa_used, e.credential, e.region, e.source_ip, e.user_agent, e.error_message,
        e.provider, e.found_by, e.event_id
    from sign_in_attempts() as e
    cross join iamsql.run as o
    where
        (e.event_name <> 'CredentialVerification' or e.outcome = 'Failure')
        and ($days <= 0 or e.event_time >= (coalesce(o.window_end, o.started_at) at time zone 'UTC') - to_days($days))
)

select
    t.event_time at time zone 'UTC' as event_time,
    case when t.event_id is null then 'unknown' when t.is_success then 'succeeded' else 'failed' end as outcome,
    t.way, t.user_name,
    coalesce(a.account_id, t.account_id) as account_id,
    a.name as account_name, t.mfa_used, t.credential, t.region, t.source_ip, t.user_agent, t.actor_arn as actor,
    t.issuer_arn as role, t.provider, t.error_message, u.regions as unread_regions,
    i.region as unread_identity_center, t.found_by, t.event_id,
    as_of() as as_of
from iamsql.accounts as a
full join attempts as t on t.account_id = a.account_id
left join unread as u on u.account_id = a.account_id
left join identity_center_unread as i on i.account_id = a.account_id
where t.account_id is not null or u.regions is not null or i.is_likely
order by t.event_time desc nulls last, a.position, t.event_id
