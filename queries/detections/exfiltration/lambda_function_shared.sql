-- title: Lambda function or layer shared with an external account or the public
-- kind: detection
-- severity: medium
-- tags: mitre:T1098, mitre:T1648, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects Lambda permissions that let everyone or an account outside the organization call a function or use a layer.
-- A function runs with the permissions of its role, and a layer exposes its code. Findings are `*` without a
-- condition, accounts that are not in the organization, and conditions that contain such an account or organization,
-- even where the caller is a service: S3 or SNS then calls on behalf of a resource of that account. Remove the
-- statement (`aws lambda remove-permission`) and look for invocations since.
-- False positives: public function URLs, partners (`$trusted`), and layers that are published for everyone. Services
-- such as S3 or API Gateway are excluded where the source contains no account.

with permissions as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(c.request_parameters ->> '$.functionName', c.request_parameters ->> '$.layerName') as target,
        c.request_parameters ->> '$.principal' as principal,
        coalesce(
            nullif(regexp_extract(c.request_parameters ->> '$.principal', '^arn:[^:]*:[^:]*::([0-9]{12}):', 1), ''),
            c.request_parameters ->> '$.principal'
        ) as grantee,
        c.request_parameters ->> '$.functionUrlAuthType' as url_auth,
        c.request_parameters ->> '$.sourceAccount' as source_account,
        c.request_parameters ->> '$.sourceArn' as source_arn,
        coalesce(
            c.request_parameters ->> '$.principalOrgID', c.request_parameters ->> '$.organizationId'
        ) as organization_id,
        c.invoked_by, c.event_id
    from successful_calls('lambda.amazonaws.com') as c
    where (c.event_name like 'AddPermission%' or c.event_name like 'AddLayerVersionPermission%')
),

-- What the permission restricts callers to.
permission_limits as (
    select
        p.*,
        coalesce(iam_value_party('arnlike', 'account', p.source_account), '*') = '*'
        and coalesce(iam_value_party('arnlike', 'organization', p.organization_id), '*') = '*'
        and coalesce(regexp_full_match(p.source_arn, 'arn:[^:]*:[^:]*:[^:]*:[*?]*:[*?]*|arn:[*?]+|[*?]+'), true) as has_any_source,
        p.source_arn is not null as has_source,
        [[iam_principal_party(
            case when regexp_full_match(p.grantee, '[a-z0-9.-]+\.amazonaws\.com(\.cn)?') then 'Service' else 'AWS' end, p.grantee
        )]] || [
            [iam_value_party('arnlike', condition_.kind, condition_.value)]
            for condition_ in [
                {'kind': 'account', 'value': p.source_account}, {'kind': 'arn', 'value': p.source_arn},
                {'kind': 'organization', 'value': p.organization_id}
            ]
            if condition_.value is not null
        ] as restrictions
    from permissions as p
)

select
    p.event_time, p.account_id, p.region, p.actor, p.source_ip_address, p.event_name, p.target,
    concat(
        'may be used by ',
        case when p.grantee = '*' then 'everyone' else p.principal end,
        case when c.parties <> p.grantee then concat(', for ', c.parties) end,
        case when p.url_auth is not null then concat(', by function URL with authentication ', p.url_auth) end,
        ', through ' || p.invoked_by
    ) as detail,
    p.event_id
from permission_limits as p
inner join iam_caller_sides(
    (select list({'account_id': r.account_id, 'restrictions': r.restrictions}) from permission_limits as r), $trusted
) as c on c.account_id = p.account_id and c.restrictions = p.restrictions
where
    c.side in ('unknown', 'outsider', 'everyone')
    -- services act for resources of the own account, unless the permission says otherwise
    and (c.parties is not null or p.has_any_source and (p.grantee = '*' or p.has_source))
order by p.event_time desc, p.event_id
