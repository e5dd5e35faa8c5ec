-- title: Roles made for strangers: accounts outside the organization, or anybody's tokens
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, mitre:T1199, tactic:persistence, cloudtrail
-- param: days integer = 7   # How long an identity provider counts as new
--
-- A role that trusts a foreign account, or everybody, lets others in from outside and needs no key of ours.
-- Found are principals of other accounts and everybody, unless a condition keeps to this organization; tokens of an
-- OpenID Connect provider without a condition on the subject (`sub`), or with a wildcard that leaves the subject or the
-- audience open; providers of other accounts; providers made or changed in the last `$days` days, whose owner may be
-- anybody (not GitHub's and the like and those of EKS, where the subject decides); and services that give the role to
-- machines outside AWS. Whose a repository or cluster is, which a condition on the subject names, is for the reader.
-- Find out whose the principal is; if nobody can say, empty the trust policy first and then look for AssumeRole
-- events of it.
-- False positives: vendors who watch or bill the account: the detail then tells of a condition (an external id),
-- and a contract names the account; and a provider that is being connected, with the first roles for it. When a run
-- reads one account alone, its sisters are strangers to it; run over the organization, or compare with the list of
-- accounts.

with changed as (
    select
        e.event_time as event_time,
        e.account_id as account_id,
        e.region as region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip,
        e.event_name as event_name,
        e.request_parameters ->> '$.roleName' as role_name,
        e.event_id as event_id,
        e.user_agent as user_agent,
        e.invoked_by as invoked_by,
        e.request_parameters ->> '$.assumeRolePolicyDocument' as document
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and e.event_name = 'CreateRole'
        and e.error_code is null
        and coalesce(e.user_type, '') <> 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

own as (
    select
        list(a.account_id) as ids,
        max(r.organization_id) as organization_id
    from iamsql.run as r
    left join iamsql.accounts as a on true
),

providers as (
    select
        e.account_id as account_id,
        e.event_time as event_time,
        lower(coalesce(
            e.request_parameters ->> '$.sAMLProviderArn',
            e.response_elements ->> '$.sAMLProviderArn',
            e.request_parameters ->> '$.openIDConnectProviderArn',
            e.response_elements ->> '$.openIDConnectProviderArn',
            concat('arn:aws:iam::', e.account_id, ':saml-provider/', e.request_parameters ->> '$.name'),
            ''
        )) as arn
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and e.event_name in (
            'CreateSAMLProvider', 'UpdateSAMLProvider', 'CreateOpenIDConnectProvider',
            'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint'
        )
        and e.error_code is null
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

trusted as (
    select
        c.account_id as account_id,
        c.event_id as event_id,
        c.event_time as event_time,
        unnest(iam_written_trust(c.document, list_append(o.ids, c.account_id), o.organization_id)) as who
    from changed as c
    cross join own as o
),

found as (
    select
        t.account_id as account_id,
        t.event_id as event_id,
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
                        and p.event_time between t.event_time - to_days($days) and t.event_time
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
),

strangers as (
    select
        f.account_id as account_id,
        f.event_id as event_id,
        string_agg(distinct f.named, ', ' order by f.named) as principals,
        string_agg(distinct f.way, '; ' order by f.way) as ways
    from ways as f
    group by f.account_id, f.event_id
)

select
    c.event_time as event_time,
    c.account_id as account_id,
    c.region as region,
    c.actor as actor,
    c.source_ip as source_ip,
    c.event_name as event_name,
    c.role_name as target,
    concat(
        'may be assumed by ',
        s.ways,
        case when c.invoked_by is not null then concat(', through ', c.invoked_by) end
    ) as detail,
    c.event_id as event_id,
    s.principals as principals,
    try_cast(c.document as json) as policy,
    c.user_agent as user_agent
from changed as c
inner join strangers as s on s.account_id = c.account_id and s.event_id = c.event_id
order by c.event_time desc, c.event_id
