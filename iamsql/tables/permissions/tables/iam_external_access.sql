-- Returns roles as resources whose policy is their trust policy.
-- returns: account_id VARCHAR, arn VARCHAR, document_id VARCHAR, duplicate_key VARCHAR
create or replace macro iam_role_resources() as table
select t.account_id, t.arn, t.document_id, t.duplicate_key
from iam_role_trust_policies() as t;

-- Returns the principals outside the organization that the policies of resources allow: one row for each resource, statement and
-- principal. If the account is in no organization, these are the principals outside the account. Resources are the rows of
-- aws_resource_policy, their KMS grants, and roles by their trust policies. As in IAM Access Analyzer, a statement counts if it
-- allows a principal that is not in the organization, unless a condition restricts callers to the organization. Access control
-- lists, endpoint policies and identity-based policies do not count.
--
--   access: public, external account, other organization, service or federated
--   verdict: allowed, conditional, or unknown if data that decides was not read
--   status: names this data
-- A service counts if no condition restricts the resource that it acts for. Amazon S3 accepts requests to an access point of a VPC
-- only from the VPC, and does not count its policy as public. Amazon EFS does not count a statement as public if it requires a
-- mount target. A file system without a policy has such a statement.
-- returns: account_id VARCHAR, region VARCHAR, resource_type VARCHAR, arn VARCHAR, principal VARCHAR, access VARCHAR, actions VARCHAR, conditions VARCHAR, statement VARCHAR, verdict VARCHAR, status VARCHAR
create or replace macro iam_external_access() as table
with owners as (
    select
        r.account_id, r.region, r.resource_type, r.arn, r.document_id, r.duplicate_key, r.policy_status, r.restrict_public_buckets,
        r.object_ownership, r.ignore_public_acls, r.grants, r.vpc_id
    from aws_resource_policy as r
    where r.resource_type <> 'vpc_endpoint'
    union all
    select
        t.account_id, 'global' as region, 'iam_role' as resource_type, t.arn, t.document_id, t.duplicate_key,
        case when t.document_id is null then 'unread' else 'read' end as policy_status, null as restrict_public_buckets,
        null as object_ownership, null as ignore_public_acls, null as grants, null as vpc_id
    from iam_role_resources() as t
),

-- The statements of these policies. Of a trust policy, these are only the statements that allow the role to be assumed.
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

-- One row: the actions that AWS accepts only from the account of the resource.
own_account_actions as (
    select list(lower(a.action)) as actions from iam_own_account_actions() as a
),

-- The Deny statements of each policy.
denials as (
    select
        t.arn, t.document_id,
        list(iam_denial(
            t.principals, t.not_principals, t.conditions, t.action_likes, t.actions is not null, t.resource_likes
        ) order by t.number) as denials
    from statements as t
    where t.effect = 'Deny' and t.not_resources is null
    group by t.arn, t.document_id
),

-- The principals of Allow statements. NotPrincipal allows everyone except the principals that it lists. Of a trust policy, these
-- are the principals that can make one of the calls that the statement allows. An identity provider makes calls of its own.
allowed as (
    select
        s.account_id, s.region, s.resource_type, s.arn, s.document_id, s.number, s.sid, s.actions, s.not_actions, s.resources,
        s.conditions, case when s.is_not then 'NotPrincipal' else s.who."type" end as kind,
        case when s.is_not then '*' else s.who."value" end as who,
        case when s.is_not then concat('everyone but ', s.who."value") end as who_text,
        case when s.is_not then '*' else iam_principal_party(s.who."type", s.who."value") end as party,
        -- for a trust policy, the calls that a Deny has to deny
        case
            when s.resource_type = 'iam_role' then iam_assume_actions(
                case when s.is_not then 'NotPrincipal' else s.who."type" end, s.who."value", s.action_likes, s.actions is not null
            )
            else s.actions
        end as denied_actions,
        s.who."type" = 'Service' or s.is_not or iam_is_anyone(s.who."type", s.who."value") as of_source,
        iam_request_kind(
            case when s.is_not then 'NotPrincipal' else s.who."type" end, s.who."value", s.resource_type <> 'iam_role'
        ) as caller
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

-- The principals that are not in the account of the resource, with the lists of parties of their callers. A caller is in all of
-- its lists. A Deny that excludes only callers of other accounts does not limit services and identity providers.
restricted as (
    select
        a.*,
        iam_deny_conditions(d.denials, a.who, a.party, a.denied_actions, a.resources, a.of_source, a.caller) as denials,
        [[a.party]] || iam_restrictions(a.conditions, a.of_source) || coalesce([
            parties_
            for parties_ in iam_deny_restrictions(
                d.denials, a.who, a.party, a.denied_actions, a.resources, a.of_source, a.caller
            )
            if len(parties_) = 0 or a.kind not in ('Service', 'Federated')
        ], []) as restrictions
    from allowed as a
    left join denials as d on d.arn = a.arn and d.document_id = a.document_id
    where a.party <> a.account_id and not iam_is_deleted(a.kind, a.who)
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
        a.*, o.restrict_public_buckets, u.document_id is not null and o.vpc_id is null as is_public_policy, o.vpc_id,
        c.side, c.parties,
        case
            when a.kind = 'Service' then 'service'
            when a.kind = 'Federated' then 'federated'
            when c.parties like 'o-%' then 'other organization'
            when c.parties is not null then 'external account'
            when iam_is_anyone('AWS', a.who) and o.vpc_id is null and not iam_requires_mount_target(a.conditions) then 'public'
            else 'external account'
        end as access
    from restricted as a
    inner join iam_caller_sides(
        (select list({'account_id': r.account_id, 'restrictions': r.restrictions}) from restricted as r), []
    ) as c on c.account_id = a.account_id and c.restrictions = a.restrictions
    inner join owners as o on o.account_id = a.account_id and o.arn = a.arn and o.document_id = a.document_id
    left join public_documents as u on u.document_id = a.document_id
    where
        c.side in ('unknown', 'outsider', 'everyone')
        -- roles exist for services: trust in a service is not external access
        and not (a.kind = 'Service' and a.resource_type = 'iam_role')
        and not (a.kind = 'Federated' and iam_requires_principal(a.conditions))
),

-- The resource control policies above the account of a resource that deny some of the actions of these statements, with or without
-- conditions.
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
        cast(json_extract(k.item, '$.Constraints') as varchar) as constraints, [[iam_account_of('AWS', k.who)]] as restrictions
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
    where iam_account_of('AWS', k.who) <> k.account_id
)

select
    c.account_id, c.region, c.resource_type, c.arn,
    coalesce(c.who_text, case when c.access = 'public' or c.party <> '*' then c.who else coalesce(c.parties, c.who) end) as principal,
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
        when c.is_public_policy and c.restrict_public_buckets is null and c.access <> 'service' or c.side = 'unknown' then 'unknown'
        when p.policies is null and c.denials is null and c.vpc_id is null
            and (len(c.conditions) = 0 or len(c.conditions) = 1 and len(iam_caller_keys(c.conditions, c.of_source)) = 1) then 'allowed'
        else 'conditional'
    end as verdict,
    case
        when c.is_public_policy and c.restrict_public_buckets is null and c.access <> 'service' then 'not read: block public access'
        when c.side = 'unknown' and not regexp_full_match(c.parties, '(\d{12}|o-[a-z0-9]+|, )+') then 'not read: whose principal it is'
        when c.side = 'unknown' then 'not read: the accounts of the organization'
        else 'read'
    end as status
from classified as c
left join control_policies as p on p.arn = c.arn and p.document_id = c.document_id and p.number = c.number
where not (c.is_public_policy and coalesce(c.restrict_public_buckets, false) and c.access <> 'service')
union all
select
    g.account_id, g.region, g.resource_type, g.arn, g.who as principal, 'external account' as access,
    array_to_string(['kms:' || o_ for o_ in g.operations], ', ') as actions, nullif(g.constraints, '{}') as conditions,
    concat('grant ', g.grant_id) as statement,
    case
        when c.side = 'unknown' then 'unknown' when coalesce(g.constraints, '{}') = '{}' then 'allowed' else 'conditional'
    end as verdict,
    case when c.side = 'unknown' then 'not read: the accounts of the organization' else 'read' end as status
from grants as g
inner join iam_caller_sides(
    (select list({'account_id': r.account_id, 'restrictions': r.restrictions}) from grants as r), []
) as c on c.account_id = g.account_id and c.restrictions = g.restrictions
where c.side in ('unknown', 'outsider')
union all
select
    o.account_id, o.region, o.resource_type, o.arn, cast(null as varchar) as principal, cast(null as varchar) as access,
    cast(null as varchar) as actions, cast(null as varchar) as conditions, cast(null as varchar) as statement, 'unknown' as verdict,
    case
        when o.duplicate_key is not null then concat('not evaluated: the policy has the key ', o.duplicate_key, ' twice')
        when o.policy_status = 'unread' then 'not read: the policy'
        when o.resource_type = 'kms_key' then 'not read: the grants'
        else 'not read: the access control lists'
    end as status
from owners as o
where
    o.policy_status = 'unread' or o.resource_type = 'kms_key' and o.grants is null
    or o.object_ownership <> 'BucketOwnerEnforced' and not coalesce(o.ignore_public_acls, false);
