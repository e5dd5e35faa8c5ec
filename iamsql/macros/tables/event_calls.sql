-- The rows of recorded_calls() for the successful API calls to a service.
-- gives: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip VARCHAR, event_name VARCHAR, event_id VARCHAR, target VARCHAR, user_agent VARCHAR, user_type VARCHAR, username VARCHAR, actor_arn VARCHAR, issuer_arn VARCHAR, invoked_by VARCHAR, access_key_id VARCHAR, session_mfa VARCHAR, request_parameters JSON, response_elements JSON, additional_event_data JSON
create or replace macro successful_calls(source) as table
select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip, c.event_name, c.event_id, c.target, c.user_agent, c.user_type,
    c.username, c.actor_arn, c.issuer_arn, c.invoked_by, c.access_key_id, c.session_mfa, c.request_parameters,
    c.response_elements, c.additional_event_data
from recorded_calls() as c
where c.event_source = source and c.error_code is null;

-- The policies that allow principals outside the organization, as findings; * is everyone. `policies` is a list of the rows of
-- event_time, account_id, region, actor, source_ip, event_name, target, document, invoked_by and event_id.
-- gives: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip VARCHAR, event_name VARCHAR, target VARCHAR, detail VARCHAR, event_id VARCHAR
create or replace macro opened_policies(policies, trusted) as table
with documents as (
    select unnest(
        cast(policies as struct(
            event_time timestamp, account_id varchar, region varchar, actor varchar, source_ip varchar, event_name varchar,
            target varchar, document json, invoked_by varchar, event_id varchar
        )[]),
        max_depth := 2
    )
),

principals as (
    select
        d.account_id, d.event_id,
        unnest(iam_document_external_principals(d.document, list_append(o.ids, d.account_id), o.organization_id)) as principal
    from documents as d
    cross join own_accounts() as o
),

opened as (
    select p.account_id, p.event_id, string_agg(distinct p.principal, ', ' order by p.principal) as principals
    from principals as p
    where not list_contains(trusted, p.principal)
    group by p.account_id, p.event_id
)

select
    d.event_time, d.account_id, d.region, d.actor, d.source_ip, d.event_name, d.target,
    concat(
        'allows access for ', case o.principals when '*' then 'everyone' else o.principals end, ', through ' || d.invoked_by
    ) as detail,
    d.event_id
from documents as d
inner join opened as o on o.account_id = d.account_id and o.event_id = d.event_id;

-- The resources that were shared outside the organization, as findings. `shares` is a list of the rows of event_time, account_id,
-- region, actor, source_ip, event_name, target, receivers, invoked_by and event_id. A receiver is an account, an ARN of an
-- organization or OU, or all or * for everyone.
-- gives: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip VARCHAR, event_name VARCHAR, target VARCHAR, detail VARCHAR, event_id VARCHAR
create or replace macro shared_resources(shares, trusted) as table
with given as (
    select unnest(
        cast(shares as struct(
            event_time timestamp, account_id varchar, region varchar, actor varchar, source_ip varchar, event_name varchar,
            target varchar, receivers varchar[], invoked_by varchar, event_id varchar
        )[]),
        max_depth := 2
    )
),

each_receiver as (
    select g.account_id, g.event_id, unnest(g.receivers) as receiver
    from given as g
),

outside as (
    select
        e.account_id, e.event_id,
        string_agg(distinct e.receiver, ', ' order by e.receiver) as receivers,
        bool_or(e.receiver in ('all', '*')) as is_public
    from each_receiver as e
    left join iamsql.accounts as a on a.account_id = e.receiver
    left join iamsql.run as r on e.receiver like 'arn:%' and split_part(e.receiver, '/', 2) = r.organization_id
    where
        a.account_id is null
        and r.organization_id is null
        and e.receiver <> e.account_id
        and not list_contains(trusted, e.receiver)
    group by e.account_id, e.event_id
)

select
    g.event_time, g.account_id, g.region, g.actor, g.source_ip, g.event_name, g.target,
    concat('shared with ', o.receivers, case when o.is_public then ' (public)' end, ', through ' || g.invoked_by) as detail,
    g.event_id
from given as g
inner join outside as o on o.account_id = g.account_id and o.event_id = g.event_id;

-- The external principals that new trust policies of roles allow, with the reasons. A provider counts as new for `days`
-- days. `policies` is a list of {'account_id': …, 'event_id': …, 'event_time': …, 'document': …}.
-- gives: account_id VARCHAR, event_id VARCHAR, principals VARCHAR, ways VARCHAR
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
        c.account_id, c.event_id, c.event_time,
        unnest(iam_document_trusts(c.document, list_append(o.ids, c.account_id), o.organization_id)) as who
    from documents as c
    cross join own_accounts() as o
),

found as (
    select
        t.account_id, t.event_id,
        t.who.kind as kind,
        t.who.named as named,
        coalesce(
            t.who.opens,
            case
                when exists (
                    select 1
                    from providers as p
                    where
                        p.account_id = t.account_id
                        and p.arn = lower(t.who.named)
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
