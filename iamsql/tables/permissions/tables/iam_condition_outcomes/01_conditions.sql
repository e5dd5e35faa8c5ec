-- The conditions of the statements, and the values that distinguish requests.

-- The statements, with numbers.
items as materialized (
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
