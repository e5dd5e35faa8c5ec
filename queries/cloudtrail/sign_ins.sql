-- title: Sign-ins to the console and to Identity Center
-- kind: report
-- severity: info
-- tags: cloudtrail, sign-in, mfa
-- columns: event_time, outcome, user_name, account, mfa_used, source_ip_address
-- param: days integer = 0  # Number of days at the end of the window; 0 for the entire window
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: iamsql query why_empty --arg names=ConsoleLogin
--
-- Returns each sign-in, newest first: whether it succeeded, the user, the address, and MFA. `sign_in_type`
-- distinguishes root and IAM users, whom AWS authenticates, from people who come through an identity provider
-- (`federated`, `Identity Center`): the provider verifies their MFA, and `mfa_used` does not cover it. `credential` is
-- what Identity Center requested. A failed password or code of Identity Center is a row of its own (event
-- CredentialVerification); an external identity provider records such failures in its own log. CloudTrail hides names
-- that are not users. First review sign-ins without MFA and sign-ins from addresses that you do not know.
-- Console sign-ins are logged in several Regions. `unread_regions` lists the Regions whose sign-ins the run did not
-- read for the account; an account with such Regions and without a sign-in has a row with the outcome `unknown`.
-- Sign-ins to Identity Center are logged in its home Region, in the account that owns it, usually the management
-- account. `unread_identity_center` contains that Region if it was not read, or says that it is not known: then read
-- all events of the Region (`sync --region`), or a trail.

with sign_in_regions as (
    select * from (values
        ('us-east-1', 'aws'), ('us-east-2', 'aws'), ('eu-north-1', 'aws'), ('ap-southeast-2', 'aws'),
        ('cn-north-1', 'aws-cn'), ('us-gov-west-1', 'aws-us-gov'), ('eusc-de-east-1', 'aws-eusc')
    ) as regions(region, partition_name)
),

successful_reads as (
    select c.account_id, c.region, c.source, c.look_up
    from aws_cloudtrail_coverage as c
    where c.status = 'ok' and (c.source <> 'trail' or coalesce(c.error_code, '') <> 'no_objects')
),

console_reads as (
    select v.account_id, v.region
    from successful_reads as v
    where v.source = 'trail' or v.look_up in ('EventName=ConsoleLogin', 'ReadOnly=false')
    union
    select c.account_id, c.region
    from iamsql.coverage as c
    where
        c.service = 'cloudtrail'
        and c.operation = 'LookupEvents'
        and c.status = 'ok'
        and not exists (select 1 from aws_cloudtrail_coverage as v where v.account_id = c.account_id)
),

complete_trails as (
    select c.account_id
    from aws_cloudtrail_coverage as c
    where c.source = 'trail' and coalesce(c.error_code, '') <> 'no_objects'
    group by c.account_id
    having bool_and(c.status = 'ok')
),

unread_sign_in_regions as (
    select
        a.account_id,
        string_agg(s.region, ', ' order by s.region) as regions
    from iamsql.accounts as a
    cross join iamsql.run as o
    inner join sign_in_regions as s on s.partition_name = coalesce(o."partition", 'aws')
    left join console_reads as r on r.account_id = a.account_id and r.region = s.region
    left join complete_trails as t on t.account_id = a.account_id
    where r.account_id is null and t.account_id is null
    group by a.account_id
),

identity_center_regions as (
    select
        coalesce(r.management_account_id, c.account_id) as account_id,
        max(c.region) as region
    from iamsql.coverage as c
    cross join iamsql.run as r
    where
        c.service = 'sso-admin'
        and c.operation = 'ListInstances'
        and c.status = 'ok'
        and c.items > 0
    group by coalesce(r.management_account_id, c.account_id)
),

identity_center_reads as (
    select distinct r.account_id, r.region
    from successful_reads as r
    where r.source = 'trail' or r.look_up in ('EventName=UserAuthentication', 'ReadOnly=false')
),

identity_center_seen as (
    select a.account_id
    from sign_in_attempts() as a
    where a.by_identity_center
    group by a.account_id
),

identity_center_unread as (
    select
        a.account_id,
        coalesce(h.region, 'home region not known') as region,
        h.account_id is not null or a.account_id = o.management_account_id as has_identity_center
    from iamsql.accounts as a
    cross join iamsql.run as o
    left join identity_center_regions as h on h.account_id = a.account_id
    left join identity_center_reads as r on r.account_id = a.account_id and r.region = h.region
    left join identity_center_seen as s on s.account_id = a.account_id
    left join complete_trails as t on t.account_id = a.account_id
    where
        (h.account_id is not null or coalesce(o.management_account_id, a.account_id) = a.account_id)
        and r.account_id is null
        and t.account_id is null
        and (s.account_id is null or h.account_id is not null)
),

attempts as (
    select
        a.account_id, a.event_time,
        a.outcome is distinct from 'Failure' as is_success,
        case
            when a.user_type = 'Root' then 'root'
            when a.user_type = 'IdentityCenterUser' then 'Identity Center'
            when iam_is_identity_center_role(a.issuer_arn)
                or a.issuer_arn is null and a.actor_arn like 'arn:%:sts::%:assumed-role/AWSReservedSSO_%'
                then 'Identity Center'
            when a.user_type = 'IAMUser' then 'IAM user'
            when a.user_type in ('AssumedRole', 'FederatedUser', 'SAMLUser', 'WebIdentityUser') then 'federated'
            else coalesce(a.user_type, 'unknown')
        end as sign_in_type,
        coalesce(a.name, case when a.is_hidden then 'HIDDEN_DUE_TO_SECURITY_REASONS' end) as user_name,
        a.actor_arn, a.issuer_arn, a.mfa_used, a.credential, a.region, a.source_ip_address, a.user_agent, a.error_message,
        a.provider, a.data_source, a.event_id
    from sign_in_attempts() as a
    cross join iamsql.run as r
    where
        (a.event_name <> 'CredentialVerification' or a.outcome = 'Failure')
        and ($days <= 0 or a.event_time >= (coalesce(r.window_end, r.started_at) at time zone 'UTC') - to_days($days))
)

select
    t.event_time at time zone 'UTC' as event_time,
    case when t.event_id is null then 'unknown' when t.is_success then 'succeeded' else 'failed' end as outcome,
    t.sign_in_type, t.user_name,
    coalesce(a.account_id, t.account_id) as account_id,
    a.name as account_name, t.mfa_used, t.credential, t.region, t.source_ip_address, t.user_agent, t.actor_arn as actor,
    t.issuer_arn as role, t.provider, t.error_message, u.regions as unread_regions,
    i.region as unread_identity_center, t.data_source, t.event_id,
    as_of() as as_of
from iamsql.accounts as a
full join attempts as t on t.account_id = a.account_id
left join unread_sign_in_regions as u on u.account_id = a.account_id
left join identity_center_unread as i on i.account_id = a.account_id
where t.account_id is not null or u.regions is not null or i.has_identity_center
order by t.event_time desc nulls last, a.position, t.event_id
