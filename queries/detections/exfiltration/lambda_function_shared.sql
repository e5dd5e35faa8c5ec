-- title: Lambda function or layer shared with an external account or the public
-- kind: detection
-- severity: medium
-- tags: mitre:T1098, mitre:T1648, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # IDs of external accounts that are expected
--
-- Detects Lambda permissions that let everyone or an account outside the organization call a function or use a layer.
-- A function runs with the permissions of its role, and a layer exposes its code. Findings are `*` without a
-- condition, accounts that the run does not know, and conditions that contain such an account or organization, also
-- where the caller is a service: S3 or SNS then calls on behalf of a resource of that account. Remove the statement
-- (`aws lambda remove-permission`) and look for invocations since.
-- False positives: public function URLs, partners (`$trusted`), and layers that are published for everyone. Services
-- such as S3 or API Gateway are excluded where the source contains no account.

with permissions as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        coalesce(e.request_parameters ->> '$.functionName', e.request_parameters ->> '$.layerName') as target,
        e.request_parameters ->> '$.principal' as principal,
        coalesce(
            nullif(regexp_extract(e.request_parameters ->> '$.principal', '^arn:[^:]*:[^:]*::([0-9]{12}):', 1), ''),
            e.request_parameters ->> '$.principal'
        ) as grantee,
        e.request_parameters ->> '$.functionUrlAuthType' as url_auth,
        e.request_parameters ->> '$.sourceAccount' as source_account,
        e.request_parameters ->> '$.sourceArn' as source_arn,
        coalesce(
            e.request_parameters ->> '$.principalOrgID', e.request_parameters ->> '$.organizationId'
        ) as organization_id,
        e.invoked_by, e.event_id
    from successful_calls('lambda.amazonaws.com') as e
    where (e.event_name like 'AddPermission%' or e.event_name like 'AddLayerVersionPermission%')
),

own as (
    select distinct p.account_id, list_append(o.ids, p.account_id) as ids, o.organization_id
    from permissions as p
    cross join own_accounts() as o
),

compared as (
    select
        p.*,
        case
            when p.source_account is not null
                and iam_organization_side('aws:sourceaccount', p.source_account, s.ids, s.organization_id) = 'outside'
                then p.source_account
            when p.source_arn is not null
                and iam_organization_side('aws:sourcearn', p.source_arn, s.ids, s.organization_id) = 'outside'
                then coalesce(iam_account_of('AWS', p.source_arn), '*')
            when p.organization_id is not null
                and iam_organization_side('aws:principalorgid', p.organization_id, s.ids, s.organization_id) = 'outside'
                then p.organization_id
        end as external_source,
        coalesce(p.source_account, p.source_arn, p.organization_id) is null as is_unconditional
    from permissions as p
    inner join own as s on s.account_id = p.account_id
)

select
    p.event_time, p.account_id, p.region, p.actor, p.source_ip, p.event_name, p.target,
    concat(
        'may be used by ',
        case when p.grantee = '*' then 'everyone' else p.principal end,
        case when p.external_source is not null then concat(', for ', p.external_source) end,
        case when p.url_auth is not null then concat(', by function URL with authentication ', p.url_auth) end,
        ', through ' || p.invoked_by
    ) as detail,
    p.event_id
from compared as p
left join iamsql.accounts as a on a.account_id = p.grantee
where
    a.account_id is null
    and p.grantee <> p.account_id
    and not list_contains($trusted, p.grantee)
    and not list_contains($trusted, coalesce(p.external_source, ''))
    and (
        (p.grantee = '*' and p.is_unconditional)
        or regexp_matches(p.grantee, '^[0-9]{12}$')
        or p.external_source is not null
    )
order by p.event_time desc, p.event_id
