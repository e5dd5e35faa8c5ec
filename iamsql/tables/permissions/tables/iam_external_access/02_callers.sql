-- Whether conditions, block public access and control policies limit these principals, and the grants of KMS keys.

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
