-- The statements of resource policies and trust policies, and the outside principals that they allow.

owners as (
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

-- The Deny statements of each policy, except those with NotResource.
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
