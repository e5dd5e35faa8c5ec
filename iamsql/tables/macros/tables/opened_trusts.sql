-- Returns the external principals that new trust policies of roles allow, with the reasons. A provider counts as new for `days`
-- days. `policies` is a list of {'account_id', 'event_id', 'event_time', 'document'}.
-- returns: account_id VARCHAR, event_id VARCHAR, principals VARCHAR, ways VARCHAR
create or replace macro opened_trusts(policies, days) as table
with documents as (
    select unnest(
        cast(policies as struct(account_id varchar, event_id varchar, event_time timestamp, document varchar)[]),
        max_depth := 2
    )
),

providers as (
    select
        e.account_id, e.event_time,
        lower(coalesce(
            e.request_parameters ->> '$.sAMLProviderArn', e.response_elements ->> '$.sAMLProviderArn',
            e.request_parameters ->> '$.openIDConnectProviderArn',
            e.response_elements ->> '$.openIDConnectProviderArn',
            concat('arn:aws:iam::', e.account_id, ':saml-provider/', e.request_parameters ->> '$.name'), ''
        )) as arn
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and scan_filter(e.event_name in (
            'CreateSAMLProvider', 'UpdateSAMLProvider', 'CreateOpenIDConnectProvider',
            'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint'
        ))
        and e.error_code is null
        and not coalesce(iam_is_service_linked_role(e.issuer_arn), false)
),

trusted as (
    select
        c.account_id, c.event_id, d.event_time, c.kind, c."value" as named,
        iam_trust_exposure(
            c.kind, c."value", c.conditions, z.account_id is not null or split_part(c."value", ':', 5) = c.account_id, c.side
        ) as opens
    from document_callers(
        (select list({'account_id': p.account_id, 'event_id': p.event_id, 'document': p.document}) from documents as p),
        true, []
    ) as c
    inner join documents as d on d.account_id = c.account_id and d.event_id = c.event_id
    left join iam_zone_accounts() as z on z.account_id = split_part(c."value", ':', 5)
    where not iam_is_deleted(c.kind, c."value")
),

found as (
    select
        t.account_id, t.event_id, t.kind, t.named,
        coalesce(
            t.opens,
            case
                when exists (
                    select 1
                    from providers as p
                    where
                        p.account_id = t.account_id
                        and p.arn = lower(t.named)
                        and p.event_time between t.event_time - to_days(days) and t.event_time
                        and not regexp_matches(
                            p.arn,
                            ':oidc-provider/(token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io'
                            || '|oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?)(/|$)'
                        )
                )
                    then 'a provider made or changed just before'
            end
        ) as opens
    from trusted as t
),

ways as (
    select
        f.*,
        concat(case when f.kind = 'NotPrincipal' then 'everyone but ' end, f.named, ', ', f.opens) as way
    from found as f
    where f.opens is not null
)

select
    f.account_id, f.event_id,
    string_agg(distinct f.named, ', ' order by f.named) as principals,
    string_agg(distinct f.way, '; ' order by f.way) as ways
from ways as f
group by f.account_id, f.event_id;
