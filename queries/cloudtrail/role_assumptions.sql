-- title: Assumed roles by caller and address
-- kind: report
-- severity: info
-- tags: cloudtrail, roles, cross-account
-- columns: actor, role, actor_in_organization, external_id, times, last_time
-- param: services boolean = false  # Include roles that AWS services assume
-- remediation: iamsql query who_can_assume --arg role={role}
-- remediation: aws iam get-role --role-name {role:name}
-- remediation: aws iam update-assume-role-policy --role-name {role:name} --policy-document file://trust-policy.json
--
-- Returns one row for each caller, role and pair of accounts, with the number of calls, the period and the addresses.
-- If sessions of a role assume another role, they are combined under the first role. CloudTrail logs an assumption
-- across accounts in both; it counts once. Review callers outside the organization first (`actor_in_organization`),
-- above all for roles that are assumed without an external ID, then new callers. STS events are logged in the Region
-- of the endpoint, so look-ups of the home Region return only a part of them and a trail returns all.

with records as (
    select
        coalesce(e.shared_event_id, e.event_id) as shared_id,
        e.event_time, e.event_name, e.error_code, e.region, e.source_ip_address, e.user_type,
        coalesce(e.issuer_arn, e.actor_arn) as actor_arn,
        coalesce(e.invoked_by, e.username, e.identity_provider, e.principal_id) as actor_name,
        case
            when e.user_type = 'AWSService' then null
            else coalesce(e.actor_account_id, case
                when coalesce(e.issuer_arn, e.actor_arn) like 'arn:%'
                    then split_part(coalesce(e.issuer_arn, e.actor_arn), ':', 5)
            end)
        end as actor_account,
        coalesce(e.request_parameters ->> '$.roleArn', e.request_parameters ->> '$.targetPrincipal') as role,
        e.request_parameters ->> '$.roleSessionName' as session_name,
        e.request_parameters ->> '$.externalId' as external_id,
        e.account_id
    from aws_cloudtrail_event as e
    where
        e.event_name in ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot')
        and e.event_source = 'sts.amazonaws.com'
        and ($services or coalesce(e.user_type, '') <> 'AWSService')
),

assumptions as (
    select
        r.shared_id, min(r.event_time) as event_time, max(r.event_name) as event_name, max(r.error_code) as error_code,
        max(r.region) as region, max(r.source_ip_address) as source_ip_address,
        coalesce(max(case when r.user_type <> 'AWSAccount' then r.user_type end), max(r.user_type)) as actor_type,
        coalesce(
            max(r.actor_arn),
            max(case when r.user_type <> 'AWSAccount' then r.actor_name end),
            concat('unknown principal of account ', max(r.actor_account))
        ) as actor,
        max(r.actor_account) as actor_account, max(r.role) as role,
        coalesce(
            max(case
                when r.role like 'arn:%' then nullif(split_part(r.role, ':', 5), '')
                when regexp_full_match(r.role, '[0-9]{12}') then r.role
            end),
            max(r.account_id)
        ) as role_account,
        max(r.session_name) as session_name, max(r.external_id) as external_id
    from records as r
    group by r.shared_id
),

assumption_groups as (
    select
        a.actor, max(a.actor_type) as actor_type,
        a.actor_account, a.role, a.role_account,
        sum(case when a.error_code is null then 1 else 0 end) as times,
        sum(case when a.error_code is null then 0 else 1 end) as failed,
        min(a.event_time) as first_time, max(a.event_time) as last_time,
        sum(case when a.external_id is not null then 1 else 0 end) as with_external_id,
        count(*) as attempts, count(distinct a.session_name) as session_names,
        count(distinct a.source_ip_address) as addresses,
        string_agg(distinct a.source_ip_address, ', ' order by a.source_ip_address) as source_ip_addresses,
        string_agg(distinct a.event_name, ', ' order by a.event_name) as event_names,
        string_agg(distinct a.error_code, ', ' order by a.error_code) as error_codes,
        string_agg(distinct a.region, ', ' order by a.region) as regions
    from assumptions as a
    group by a.actor, a.actor_account, a.role, a.role_account
)

select
    g.actor, g.actor_type, g.actor_account, f.name as actor_account_name,
    case
        when g.actor_account is null then null
        when f.account_id is not null then 'yes'
        when r.organization_id is null then 'unknown'
        else 'no'
    end as actor_in_organization,
    g.role, g.role_account, t.name as role_account_name,
    coalesce(g.actor_account <> g.role_account, false) as cross_account,
    g.times, g.failed,
    g.first_time at time zone 'UTC' as first_time,
    g.last_time at time zone 'UTC' as last_time,
    case
        when g.with_external_id = 0 then 'never'
        when g.with_external_id = g.attempts then 'always'
        else 'sometimes'
    end as external_id,
    g.session_names, g.addresses,
    left(g.source_ip_addresses, 400) as source_ip_addresses,
    g.event_names, g.error_codes, g.regions,
    as_of() as as_of
from assumption_groups as g
cross join iamsql.run as r
left join iamsql.accounts as f on f.account_id = g.actor_account
left join iamsql.accounts as t on t.account_id = g.role_account
order by
    case when g.actor_account is not null and f.account_id is null then 0 else 1 end,
    coalesce(g.actor_account <> g.role_account, false) desc, g.times desc, g.actor, g.role, g.actor_account,
    g.role_account
