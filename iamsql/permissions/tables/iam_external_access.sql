-- Roles as resources with a policy, which is their trust policy.
-- gives: account_id VARCHAR, arn VARCHAR, document_id VARCHAR
create or replace macro iam_role_resources() as table
select t.account_id, t.arn, t.document_id
from iam_role_trust_policies() as t;

-- Who outside the organization, or outside the account where it is in none, the policies of resources allow: a row for each
-- resource, statement and principal. Resources are those of aws_resource_policy, their KMS grants, and roles by their trust
-- policies. As in IAM Access Analyzer, a statement counts if it allows a principal that is not in the organization, unless a
-- condition restricts callers to the organization, and access control lists, endpoint policies and identity-based policies do not
-- count.
--
-- `access` is public, external account, other organization, service or federated; `verdict` is certain, conditional, or unknown
-- where something was not read that decides (`status` names it). A service counts if no condition restricts the resource for which
-- it acts. Amazon S3 accepts requests to an access point of a VPC only from the VPC, and does not count its policy as public.
-- Amazon EFS does not count a statement as public that requires a mount target; a file system without a policy has such a statement.
-- gives: account_id VARCHAR, region VARCHAR, resource_type VARCHAR, arn VARCHAR, who VARCHAR, access VARCHAR, actions VARCHAR, conditions VARCHAR, statement VARCHAR, verdict VARCHAR, status VARCHAR
create or replace macro iam_external_access() as table
with organization as (
    select max(split_part(split_part(a.arn, ':', 6), '/', 2)) as id from aws_organizations_account as a
),

owners as (
    select
        r.account_id, r.region, r.resource_type, r.arn, r.document_id, r.policy_status, r.restrict_public_buckets,
        r.object_ownership, r.ignore_public_acls, r.grants, r.vpc_id
    from aws_resource_policy as r
    where r.resource_type <> 'vpc_endpoint'
    union all
    select
        t.account_id, 'global' as region, 'iam_role' as resource_type, t.arn, t.document_id,
        case when t.document_id is null then 'unread' else 'read' end as policy_status, null as restrict_public_buckets,
        null as object_ownership, null as ignore_public_acls, null as grants, null as vpc_id
    from iam_role_resources() as t
),

-- The statements of these policies; those of a trust policy only if they allow the role to be assumed.
statements as (
    select
        o.account_id, o.region, o.resource_type, o.arn, o.document_id, s.number, s.sid, s.effect, s.actions, s.not_actions,
        s.resources, s.not_resources, s.conditions, s.action_likes, s.resource_likes, s.principals, s.not_principals
    from owners as o
    inner join aws_iam_statement as s on s.document_id = o.document_id
    where
        (s.principals is not null or s.not_principals is not null)
        and (o.resource_type <> 'iam_role' or iam_allows_assume_role(s.action_likes, s.actions is not null))
),

-- One row: the actions that AWS accepts from the account of the resource alone.
own_account_actions as (
    select list(lower(a.action)) as actions from iam_own_account_actions() as a
),

-- The principals of Allow statements. NotPrincipal allows everyone but those that it lists. Of a trust policy these are the
-- principals that can make one of the calls that the statement allows: an identity provider makes calls of its own.
allowed as (
    select
        s.account_id, s.region, s.resource_type, s.arn, s.document_id, s.number, s.sid, s.actions, s.not_actions, s.resources,
        s.conditions, s.who."type" as kind,
        case when s.is_not then '*' else s.who."value" end as who,
        case when s.is_not then concat('everyone but ', s.who."value") end as who_text,
        case when s.is_not then 'everyone' else iam_account_of(s.who."type", s.who."value") end as party
    from (
        select
            t.account_id, t.region, t.resource_type, t.arn, t.document_id, t.number, t.sid, t.actions, t.not_actions,
            t.resources, t.conditions, t.action_likes, t.principals is null as is_not,
            unnest(coalesce(t.principals, t.not_principals)) as who
        from statements as t
        cross join own_account_actions as o
        where t.effect = 'Allow' and coalesce(len([1 for action_ in t.actions if not list_contains(o.actions, lower(action_))]) > 0, true)
    ) as s
    where
        s.resource_type <> 'iam_role' or s.is_not or iam_is_anyone(s.who."type", s.who."value")
        or iam_matches_action(
            s.action_likes, s.actions is not null,
            case
                when s.who."type" <> 'Federated' then 'sts:AssumeRole'
                when contains(s.who."value", ':saml-provider/') then 'sts:AssumeRoleWithSAML'
                else 'sts:AssumeRoleWithWebIdentity'
            end
        )
),

-- What a condition of these statements restricts callers to, if it does: accounts and organizations, with whether each is known to
-- be the own one.
restrictions as (
    select
        p.arn, p.document_id, p.number, p.place, min(case when p.is_inside then 1 else 0 end) as is_inside,
        string_agg(distinct case when not p.is_inside then p.party end, ', ' order by case when not p.is_inside then p.party end)
            as outside
    from (
        select
            c.arn, c.document_id, c.number, c.place, c.party,
            c.party in (c.account_id, 'own') or coalesce(c.party = o.id, false) or m.id is not null as is_inside
        from (
            select
                s.arn, s.document_id, s.number, s.account_id, s.place,
                unnest(iam_condition_parties(s.conditions[s.place], s.is_anyone)) as party
            from (
                select distinct
                    a.arn, a.document_id, a.number, a.account_id, a.conditions, a.kind = 'Service' or a.who = '*' as is_anyone,
                    unnest(range(1, len(a.conditions) + 1)) as place
                from allowed as a
                where len(a.conditions) > 0
            ) as s
        ) as c
        cross join organization as o
        left join aws_organizations_account as m on m.id = c.party
    ) as p
    group by p.arn, p.document_id, p.number, p.place
),

restricted as (
    select r.arn, r.document_id, r.number, max(r.is_inside) as is_inside, min(r.outside) as outside
    from restrictions as r
    group by r.arn, r.document_id, r.number
),

-- The Deny statements with the principals that they list; `who` is `*` for everyone, and for NotPrincipal.
denials as (
    select distinct
        s.arn, s.number, s.conditions, s.action_likes, s.actions is not null as is_action, s.resource_likes,
        iam_denies_outsiders(s.conditions) as denies_outsiders,
        case
            when s.who is null or iam_is_anyone(s.who."type", s.who."value") then '*'
            when regexp_full_match(s.who."value", '\d{12}|arn:[^:]*:iam::\d{12}:root') then iam_account_of(s.who."type", s.who."value")
            else s.who."value"
        end as who
    from (
        select t.*, unnest(coalesce(t.principals, [null])) as who from statements as t
        where t.effect = 'Deny' and t.not_resources is null
    ) as s
),

-- For each Allow statement whether a Deny excludes everyone, or all but known callers, and the conditions of the others.
denied as (
    select
        a.arn, a.document_id, a.number, a.who,
        max(case when len(d.conditions) = 0 then 1 else 0 end) as denies_all,
        max(case when d.denies_outsiders then 1 else 0 end) as denies_outsiders,
        string_agg(distinct case
            when len(d.conditions) > 0 and not d.denies_outsiders then concat('unless ', iam_condition_text(d.conditions))
        end, '; ' order by case
            when len(d.conditions) > 0 and not d.denies_outsiders then concat('unless ', iam_condition_text(d.conditions))
        end) as conditions
    from (
        select distinct l.arn, l.document_id, l.number, l.who, l.party, l.actions, l.resources from allowed as l
    ) as a
    inner join denials as d on d.arn = a.arn and d.who in ('*', a.who, a.party)
    where iam_covers_actions(d.action_likes, d.is_action, a.actions) and iam_covers_resources(d.resource_likes, a.resources)
    group by a.arn, a.document_id, a.number, a.who
),

-- The documents that Amazon S3 counts as public.
public_documents as (
    select distinct s.document_id
    from statements as s
    where
        s.resource_type in ('s3_bucket', 's3_access_point', 's3_multi_region_access_point') and s.effect = 'Allow' and not iam_has_fixed_values(s.conditions)
        and (s.not_principals is not null or len([1 for p_ in s.principals if iam_is_anyone(p_."type", p_."value")]) > 0)
),

classified as (
    select
        a.*, o.restrict_public_buckets, u.document_id is not null and o.vpc_id is null as is_public_policy, o.vpc_id, r.outside, d.conditions as denials,
        r.arn is not null as is_restricted, g.is_known,
        case
            when a.kind = 'Service' then 'service'
            when a.kind = 'Federated' then 'federated'
            when r.outside like 'o-%' then 'other organization'
            when r.outside is not null then 'external account'
            when iam_is_anyone('AWS', a.who) and o.vpc_id is null and not iam_requires_mount_target(a.conditions) then 'public'
            else 'external account'
        end as access
    from allowed as a
    inner join owners as o on o.account_id = a.account_id and o.arn = a.arn and o.document_id = a.document_id
    cross join iam_organization_coverage() as g
    left join restricted as r on r.arn = a.arn and r.document_id = a.document_id and r.number = a.number
    left join denied as d on d.arn = a.arn and d.document_id = a.document_id and d.number = a.number and d.who = a.who
    left join public_documents as u on u.document_id = a.document_id
    left join aws_organizations_account as m on m.id = a.party
    where
        coalesce(a.party, '') <> a.account_id and m.id is null and not iam_is_deleted(a.kind, a.who)
        and coalesce(r.is_inside, 0) = 0 and coalesce(d.denies_all, 0) = 0
        and (coalesce(d.denies_outsiders, 0) = 0 or a.kind in ('Service', 'Federated'))
        -- roles exist for services, and a trust in one is no external access
        and not (a.kind = 'Service' and a.resource_type = 'iam_role')
        and not (a.kind = 'Federated' and iam_requires_principal(a.conditions))
),

-- The resource control policies above the account of a resource that deny some of the actions of these statements under conditions
-- or without.
control_policies as (
    select
        c.arn, c.document_id, c.number, string_agg(distinct l.policy_name, ', ' order by l.policy_name) as policies
    from (
        select distinct k.arn, k.account_id, k.document_id, k.number, k.actions from classified as k where k.access <> 'service'
    ) as c
    inner join aws_organizations_account_policy as l on l.account_id = c.account_id and l.type = 'RESOURCE_CONTROL_POLICY'
    inner join aws_iam_statement as s on s.document_id = l.document_id
    where
        s.effect = 'Deny' and iam_has_common_actions(s.actions, s.action_likes, c.actions)
        and iam_supports_rcps(concat(case split_part(c.arn, ':', 3) when 'iam' then 'sts' else split_part(c.arn, ':', 3) end, ':*'))
        and l.account_id not in (select split_part(r.arn, ':', 5) from aws_organizations_root as r)
    group by c.arn, c.document_id, c.number
),

-- The grants of KMS keys to principals of other accounts.
grants as (
    select
        k.account_id, k.region, k.resource_type, k.arn, k.who, k.operations, k.grant_id,
        cast(json_extract(k.item, '$.Constraints') as varchar) as constraints, g.is_known
    from (
        select
            i.account_id, i.region, i.resource_type, i.arn, i.item, i.item ->> '$.GranteePrincipal' as who,
            text_list(json_extract(i.item, '$.Operations')) as operations, i.item ->> '$.GrantId' as grant_id
        from (
            select o.account_id, o.region, o.resource_type, o.arn, unnest(elements(o.grants)) as item
            from owners as o
            where o.grants is not null
        ) as i
    ) as k
    cross join iam_organization_coverage() as g
    left join aws_organizations_account as m on m.id = iam_account_of('AWS', k.who)
    where iam_account_of('AWS', k.who) <> k.account_id and m.id is null
)

select
    c.account_id, c.region, c.resource_type, c.arn,
    coalesce(c.who_text, case when c.access = 'public' then '*' else coalesce(c.outside, c.who) end) as who,
    c.access,
    case
        when c.actions is null then concat('all but ', array_to_string(c.not_actions, ', '))
        else array_to_string(c.actions, ', ')
    end as actions,
    nullif(concat_ws(
        '; ', nullif(iam_condition_text(c.conditions), ''), 'stringequals aws:sourcevpc = ' || c.vpc_id, c.denials,
        'unless a resource control policy denies it: ' || p.policies
    ), '') as conditions,
    coalesce(nullif(c.sid, ''), cast(c.number as varchar)) as statement,
    case
        when c.is_public_policy and c.restrict_public_buckets is null and c.access <> 'service'
            or not c.is_known and c.access in ('external account', 'other organization') then 'unknown'
        when p.policies is null and c.denials is null and c.vpc_id is null
            and (len(c.conditions) = 0 or c.is_restricted and len(c.conditions) = 1) then 'certain'
        else 'conditional'
    end as verdict,
    case
        when c.is_public_policy and c.restrict_public_buckets is null and c.access <> 'service' then 'not read: block public access'
        when not c.is_known and c.access in ('external account', 'other organization')
            then 'not read: the accounts of the organization'
        else 'read'
    end as status
from classified as c
left join control_policies as p on p.arn = c.arn and p.document_id = c.document_id and p.number = c.number
where not (c.is_public_policy and coalesce(c.restrict_public_buckets, false) and c.access <> 'service')
union all
select
    g.account_id, g.region, g.resource_type, g.arn, g.who, 'external account' as access,
    array_to_string(['kms:' || o_ for o_ in g.operations], ', ') as actions, nullif(g.constraints, '{}') as conditions,
    concat('grant ', g.grant_id) as statement,
    case
        when not g.is_known then 'unknown' when coalesce(g.constraints, '{}') = '{}' then 'certain' else 'conditional'
    end as verdict,
    case when g.is_known then 'read' else 'not read: the accounts of the organization' end as status
from grants as g
union all
select
    o.account_id, o.region, o.resource_type, o.arn, cast(null as varchar) as who, cast(null as varchar) as access,
    cast(null as varchar) as actions, cast(null as varchar) as conditions, cast(null as varchar) as statement, 'unknown' as verdict,
    case
        when o.policy_status = 'unread' then 'not read: the policy'
        when o.resource_type = 'kms_key' then 'not read: the grants'
        else 'not read: the access control lists'
    end as status
from owners as o
where
    o.policy_status = 'unread' or o.resource_type = 'kms_key' and o.grants is null
    or o.object_ownership <> 'BucketOwnerEnforced' and not coalesce(o.ignore_public_acls, false);
