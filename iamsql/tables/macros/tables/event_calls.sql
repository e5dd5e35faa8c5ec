-- Returns the rows of recorded_calls() for the successful API calls to a service.
-- returns: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip_address VARCHAR, event_name VARCHAR, event_id VARCHAR, target VARCHAR, user_agent VARCHAR, user_type VARCHAR, username VARCHAR, actor_arn VARCHAR, issuer_arn VARCHAR, invoked_by VARCHAR, access_key_id VARCHAR, session_mfa VARCHAR, request_parameters JSON, response_elements JSON, additional_event_data JSON
create or replace macro successful_calls(source) as table
select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.target, c.user_agent, c.user_type,
    c.username, c.actor_arn, c.issuer_arn, c.invoked_by, c.access_key_id, c.session_mfa, c.request_parameters,
    c.response_elements, c.additional_event_data
from recorded_calls() as c
where c.event_source = source and c.error_code is null;

-- Returns the principals that new policies allow, with the side of their callers (iam_caller_sides). Services are left out unless
-- conditions name the resources that they act for.
--   policies: a list of {'account_id', 'event_id', 'document'}
--   is_trust: whether these are trust policies of roles
--   known: a list of the IDs of known accounts and organizations outside
-- returns: account_id VARCHAR, event_id VARCHAR, kind VARCHAR, value VARCHAR, conditions STRUCT("operator" VARCHAR, qualifier VARCHAR, if_exists BOOLEAN, "key" VARCHAR, original_key VARCHAR, "values" VARCHAR[])[], side VARCHAR, parties VARCHAR
create or replace macro document_callers(policies, is_trust, known) as table
with written_documents as (
    select unnest(
        cast(policies as struct(account_id varchar, event_id varchar, document varchar)[]), max_depth := 2
    )
),

named_principals as (
    select
        d.account_id, d.event_id, d.document,
        unnest(iam_document_principals(cast(try_cast(d.document as json) as varchar), is_trust)) as principal
    from written_documents as d
),

restricted_principals as (
    select distinct
        p.account_id, p.event_id, p.principal,
        [[p.principal.party]] || iam_restrictions(p.principal.conditions, p.principal.party = '*') || coalesce(
            iam_deny_restrictions(
                iam_document_denials(p.document), p.principal.value, p.principal.party, p.principal.actions, p.principal.resources,
                p.principal.party = '*', iam_request_kind(p.principal.kind, p.principal.value, not is_trust)
            ), []
        ) as restrictions
    from named_principals as p
)

select r.account_id, r.event_id, r.principal.kind, r.principal.value, r.principal.conditions, c.side, c.parties
from restricted_principals as r
inner join iam_caller_sides(
    (select list({'account_id': s.account_id, 'restrictions': s.restrictions}) from restricted_principals as s), known
) as c on c.account_id = r.account_id and c.restrictions = r.restrictions;

-- Returns the policies that allow principals outside the organization, as findings. * is everyone. `policies` is a list of structs
-- with event_time, account_id, region, actor, source_ip_address, event_name, target, document, invoked_by and event_id.
-- returns: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip_address VARCHAR, event_name VARCHAR, target VARCHAR, detail VARCHAR, event_id VARCHAR
create or replace macro opened_policies(policies, trusted) as table
with documents as (
    select unnest(
        cast(policies as struct(
            event_time timestamp, account_id varchar, region varchar, actor varchar, source_ip_address varchar, event_name varchar,
            target varchar, document json, invoked_by varchar, event_id varchar
        )[]),
        max_depth := 2
    )
),

opened as (
    select
        p.account_id, p.event_id,
        string_agg(distinct p.principal, ', ' order by p.principal) as principals,
        string_agg(distinct p.unread, ', ' order by p.unread) as unread
    from (
        select
            c.account_id, c.event_id,
            case
                when c.kind = 'CanonicalUser' then 'the canonical user ' || c."value"
                when c.side = 'everyone' and len(c.conditions) > 0
                    then 'everyone under the condition ' || left(iam_condition_text(c.conditions), 300)
                when c.side = 'everyone' then '*'
                else c.parties
            end as principal,
            case when c.side = 'unknown' and c.kind <> 'CanonicalUser' then c.parties end as unread
        from document_callers(
            (
                select list({'account_id': d.account_id, 'event_id': d.event_id, 'document': cast(d.document as varchar)})
                from documents as d
            ),
            false, trusted
        ) as c
        where
            c.side in ('unknown', 'outsider', 'everyone')
            -- services act for resources of their own account, unless a condition says otherwise
            and not (c.kind in ('Service', 'Federated') and c.parties is null)
            and not iam_is_deleted(c.kind, c."value")
    ) as p
    group by p.account_id, p.event_id
)

select
    d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name, d.target,
    concat(
        'allows access for ', case o.principals when '*' then 'everyone' else o.principals end,
        case when o.unread is not null then concat(' (whether the organization contains ', o.unread, ' was not read)') end,
        ', through ' || d.invoked_by
    ) as detail,
    d.event_id
from documents as d
inner join opened as o on o.account_id = d.account_id and o.event_id = d.event_id;

-- Returns the resources that were shared outside the organization, as findings. `shares` is a list of structs with event_time,
-- account_id, region, actor, source_ip_address, event_name, target, receivers, invoked_by and event_id. A receiver is an account,
-- the ARN of an organization or OU, or all or * for everyone.
-- returns: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip_address VARCHAR, event_name VARCHAR, target VARCHAR, detail VARCHAR, event_id VARCHAR
create or replace macro shared_resources(shares, trusted) as table
with given as (
    select unnest(
        cast(shares as struct(
            event_time timestamp, account_id varchar, region varchar, actor varchar, source_ip_address varchar, event_name varchar,
            target varchar, receivers varchar[], invoked_by varchar, event_id varchar
        )[]),
        max_depth := 2
    )
),

receiver_parties as (
    select
        r.account_id, r.event_id, r.receiver,
        case
            when r.receiver like 'arn:%:organizations::%' then split_part(r.receiver, '/', 2)
            when r.receiver in ('all', '*') then '*'
            else coalesce(iam_account_of('AWS', r.receiver), r.receiver)
        end as party
    from (select g.account_id, g.event_id, unnest(g.receivers) as receiver from given as g) as r
    where r.receiver is not null
),

outside as (
    select
        e.account_id, e.event_id,
        string_agg(distinct e.receiver, ', ' order by e.receiver) as receivers,
        bool_or(e.receiver in ('all', '*')) as is_public
    from receiver_parties as e
    inner join iam_caller_sides(
        (select list({'account_id': r.account_id, 'restrictions': [[r.party]]}) from receiver_parties as r), trusted
    ) as c on c.account_id = e.account_id and c.restrictions = [[e.party]]
    where c.side in ('unknown', 'outsider', 'everyone') and not list_contains(trusted, e.receiver)
    group by e.account_id, e.event_id
)

select
    g.event_time, g.account_id, g.region, g.actor, g.source_ip_address, g.event_name, g.target,
    concat('shared with ', o.receivers, case when o.is_public then ' (public)' end, ', through ' || g.invoked_by) as detail,
    g.event_id
from given as g
inner join outside as o on o.account_id = g.account_id and o.event_id = g.event_id;

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
