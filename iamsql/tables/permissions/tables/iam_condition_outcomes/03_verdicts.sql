-- The verdict of each signature over all of its requests.

-- The result of each policy type for each request: an explicit deny, or no Allow where one is needed.
policy_type_results as materialized (
    select m.signature, m.request, i.policy_type,
        bool_or(m.matches and i.effect = 'Deny') as denies,
        bool_or(i.effect = 'Allow') and not bool_or(m.matches and i.effect = 'Allow') as lacks_allow
    from item_matches as m join items as i using (signature, item)
    group by all
),

request_results as materialized (
    select t.signature, t.request, not bool_or(t.denies or t.lacks_allow) as passes from policy_type_results as t group by all
),

-- The keys that decide: among the requests that differ only in the key's class, some pass and some do not.
deciding_keys as (
    select t.signature, iam_sorted_set(list(k.original_key)) as deciding_keys
    from (
        select r.signature, r.key
        from request_classes as r join request_results as o using (signature, request)
        group by r.signature, r.key, r.request - r.class * cast(r.stride as bigint)
        having bool_or(o.passes) and not bool_and(o.passes)
    ) as t
    join condition_keys as k using (signature, key)
    group by t.signature
),

-- The reasons why each request is denied.
denials as (
    select t.signature, unnest([
        case when t.denies then 'explicit_deny_' || split_part(t.policy_type, ' ', 1) end,
        case when t.lacks_allow then split_part(t.policy_type, ' ', 1) || '_not_allowed' end
    ]) as reason, t.request
    from policy_type_results as t
),

-- The reasons that deny every request; without such a reason, all reasons.
deny_reasons as (
    select r.signature, list_sort(list(r.reason) filter (r.denied = r.requests or not r.any_denies_all)) as reasons
    from (
        select d.signature, d.reason, count(distinct d.request) as denied, any_value(n.requests) as requests,
            bool_or(count(distinct d.request) = any_value(n.requests)) over (partition by d.signature) as any_denies_all
        from denials as d
        join (select o.signature, count(*) as requests from request_results as o group by all) as n using (signature)
        where d.reason is not null
        group by d.signature, d.reason
    ) as r
    group by r.signature
),

verdicts as (
    select o.signature,
        case when bool_and(o.passes) then 'allowed' when bool_or(o.passes) then 'conditional' else 'denied' end as verdict
    from request_results as o group by all
)

select k.signature, v.verdict, t.deciding_keys, k.all_keys, d.reasons
from (select y.signature, iam_sorted_set(list(y.original_key)) as all_keys from condition_keys as y group by all) as k
left join verdicts as v on v.signature = k.signature
left join deciding_keys as t on t.signature = k.signature
left join deny_reasons as d on d.signature = k.signature;
