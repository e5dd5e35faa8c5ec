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
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
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

-- What the permission restricts callers to.
restricted as (
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
from restricted as p
inner join iam_caller_sides(
    (select list({'account_id': r.account_id, 'restrictions': r.restrictions}) from restricted as r), $trusted
) as c on c.account_id = p.account_id and c.restrictions = p.restrictions
where
    c.side in ('unknown', 'outsider', 'everyone')
    -- services act for resources of the own account, unless the permission says otherwise
    and (c.parties is not null or p.has_any_source and (p.grantee = '*' or p.has_source))
order by p.event_time desc, p.event_id
