-- Returns one row for each set of statements whose conditions depend on the request, with its verdict.
--
-- `statements` is a list of {'signature', 'policy_type', 'effect', 'conditions'}. The signature identifies the set. A request
-- passes if no Deny matches and each policy type with an Allow has one that matches. IAM has more possible requests than can be
-- tried, but conditions distinguish only a few. The sample values of each key are divided into classes: the same conditions hold
-- for all values of a class. One request is evaluated for each combination of classes.
--
--   verdict: allowed if every request passes, conditional if some do, denied if none does, and NULL for more than 20,000
--     combinations
--   deciding_keys: the keys that change the result while all other keys stay as they are
--   all_keys: all keys of the conditions
--   reasons: the reasons that deny every request; without such a reason, the reasons that deny some
-- returns: signature VARCHAR, verdict VARCHAR, deciding_keys VARCHAR[], all_keys VARCHAR[], reasons VARCHAR[]
create or replace macro iam_condition_outcomes(statements) as table
-- The statements, with numbers.
with recursive items as materialized (
    select row_number() over () as item, s.definition.signature as signature, s.definition.policy_type as policy_type,
        s.definition.effect as effect, s.definition.conditions as conditions
    from (
        select unnest(cast(statements as struct(
            signature varchar, policy_type varchar, effect varchar, conditions struct(
                "key" varchar, original_key varchar, "operator" varchar, qualifier varchar, if_exists boolean, "values" varchar[],
                is_always_present boolean
            )[]
        )[])) as definition
    ) as s
),

-- The conditions of each statement.
item_conditions as materialized (select i.signature, i.item, unnest(i.conditions) as condition from items as i),

-- The distinct conditions of each set. `place` numbers the conditions of one key. The lists of results below have this order.
key_conditions as materialized (
    select c.signature, c.condition, c.condition.key as key,
        row_number() over (partition by c.signature, c.condition.key order by cast(c.condition as varchar)) as place
    from (select distinct i.signature, i.condition from item_conditions as i) as c
),

-- The condition keys of each set. `is_multivalued`: a condition compares a set of values (ForAllValues, ForAnyValue).
condition_keys as materialized (
    select c.signature, c.key, min(c.condition.original_key) as original_key,
        bool_and(c.condition.is_always_present) as is_always_present,
        bool_or(c.condition.qualifier is not null) as is_multivalued,
        bool_or(iam_has_other_values(c.condition.operator)) as has_other_values
    from key_conditions as c group by c.signature, c.key
),

-- The values that the conditions compare with.
condition_values as materialized (
    select c.signature, c.key, c.condition.operator as operator, unnest(c.condition."values") as value from key_conditions as c
),

-- The values that a request may have for each key: the values of the conditions, values next to them, and one that no condition
-- mentions.
sample_values as materialized (
    select distinct s.signature, s.key, s.sample from (
        select * from (
            select v.signature, v.key, unnest(
                iam_sample_values(v.operator, v.value)
                || case when v.key like 'resource %' then [replace(v.value, '*', v.key[10:] || '/any~')] else [] end
            ) as sample
            from condition_values as v
        ) as t
        -- a resource of another type is not a resource of the action
        where t.key not like 'resource %' or coalesce(
            nullif(regexp_extract(t.sample, ':(user|role|group|policy|instance-profile|mfa|server-certificate)/', 1), ''), t.key[10:]
        ) = t.key[10:]
        union all
        select k.signature, k.key, 'other~' from condition_keys as k where k.has_other_values
        union all
        -- a value that two patterns match at once, such as ab of a* and *b
        select v.signature, v.key, replace(replace(v.value, '*', replace(replace(w.value, '*', ''), '?', 'x')), '?', 'x')
        from condition_values as v join condition_values as w using (signature, key)
        where contains(v.value, '*') and v.value <> w.value and contains(v.operator, 'like')
    ) as s
),

-- The distinct lists of the conditions that a value matches.
value_matches as materialized (
    select distinct e.signature, e.key, e.matches from (
        select s.signature, s.key,
            list(coalesce(iam_match_any(c.condition.operator, c.condition."values", s.sample), false) order by c.place) as matches
        from sample_values as s join key_conditions as c using (signature, key)
        group by s.signature, s.key, s.sample
    ) as e
),

-- The same for sets of values: the conditions that some value of the set matches, and the conditions that every value matches.
value_set_matches as (
    select e.signature, e.key, e.matches as some_match, e.matches as all_match from value_matches as e
    union
    select s.signature, s.key, iam_or_lists(s.some_match, e.matches), iam_and_lists(s.all_match, e.matches)
    from value_set_matches as s
    join condition_keys as k on k.signature = s.signature and k.key = s.key and k.is_multivalued
    join value_matches as e on e.signature = s.signature and e.key = s.key
),

-- The classes of values of a key, by the conditions that hold. A request without the key is a class too.
value_classes as materialized (
    select c.signature, c.key, c.holds, row_number() over (partition by c.signature, c.key order by c.holds) - 1 as class
    from (
        select s.signature, s.key, list(iam_holds_with(
            c.condition.operator, c.condition.qualifier, c.condition."values",
            case when s.all_match[c.place] then 2 when s.some_match[c.place] then 1 else 0 end, 2
        ) order by c.place) as holds
        from value_set_matches as s join key_conditions as c on c.signature = s.signature and c.key = s.key
        group by s.signature, s.key, s.some_match, s.all_match
        union
        select k.signature, k.key, list(
            iam_holds_without(c.condition.operator, c.condition.qualifier, c.condition.if_exists, c.condition."values")
            order by c.place
        )
        from condition_keys as k join key_conditions as c using (signature, key)
        where not k.is_always_present
        group by k.signature, k.key
    ) as c
),

class_counts as (
    select c.signature, c.key, count(*) as classes from value_classes as c group by c.signature, c.key
),

-- How the number of a request encodes the class of each key: number // stride % classes.
dimensions as materialized (
    select n.signature, n.key, n.classes,
        coalesce(product(n.classes) over (
            partition by n.signature order by n.key rows between unbounded preceding and 1 preceding
        ), 1) as stride,
        product(n.classes) over (partition by n.signature) as total
    from class_counts as n
),

-- The requests: all combinations of classes.
requests as (
    select t.signature, unnest(range(cast(t.total as bigint))) as request
    from (select distinct d.signature, d.total from dimensions as d where d.total <= 20000) as t
),

-- The class of each key in each request.
request_classes as materialized (
    select r.signature, r.request, d.key, c.holds, d.stride, c.class
    from requests as r
    join dimensions as d using (signature)
    join value_classes as c on c.signature = d.signature and c.key = d.key
        and c.class = r.request // cast(d.stride as bigint) % d.classes
),

-- Whether each statement matches each request: all of its conditions hold.
item_matches as (
    select r.signature, r.request, i.item, bool_and(r.holds[c.place]) as matches
    from request_classes as r
    join key_conditions as c on c.signature = r.signature and c.key = r.key
    join item_conditions as i on i.signature = c.signature and i.condition = c.condition
    group by all
),

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
