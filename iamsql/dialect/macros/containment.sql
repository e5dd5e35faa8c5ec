-- Containment (@>) of a document that is known at run time only.

-- Numbers are compared as DOUBLE, and two integers also as HUGEINT, because a double has 53 bits.
create or replace macro pg_equal_scalar(a, b) as
    case
        when json_type(a) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')
            then json_type(b) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')
            and try_cast(json_extract_string(a, '$') as double) = try_cast(json_extract_string(b, '$') as double)
            and (json_type(a) = 'DOUBLE' or json_type(b) = 'DOUBLE'
                or try_cast(json_extract_string(a, '$') as hugeint) = try_cast(json_extract_string(b, '$') as hugeint))
        else json_type(a) = json_type(b) and cast(json_extract(a, '$') as varchar) = cast(json_extract(b, '$') as varchar)
    end;

create or replace macro pg_equals_number(a, n) as
    json_type(a) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') and try_cast(json_extract_string(a, '$') as double) = n;

-- Each part of b with each part of a that may contain it: the member of the same key, or any element.
create or replace macro pg_contained_pairs(a, b) as
    case json_type(b)
        when 'OBJECT' then list_transform(
            list_filter(json_keys(b), lambda key_: json_exists(a, pg_path(key_))),
            lambda key_: {
                'key': key_, 'place': 0, 'outer_value': json_extract(a, pg_path(key_)), 'inner_value': json_extract(b, pg_path(key_))
            }
        )
        when 'ARRAY' then flatten(list_transform(
            cast(json_extract(b, '$[*]') as json[]),
            lambda item_, index_: list_transform(
                cast(json_extract(a, '$[*]') as json[]),
                lambda element_, position_: {'key': cast(index_ as varchar), 'place': position_, 'outer_value': element_, 'inner_value': item_}
            )
        ))
    end;

-- Whether an array has only strings, booleans and null, which are equal if their spellings are.
create or replace macro pg_is_plain_array(x) as
    len(list_filter(cast(json_extract(x, '$[*]') as json[]), lambda text_: json_type(text_) not in ('VARCHAR', 'BOOLEAN', 'NULL'))) = 0;

-- walk_ pairs the parts of both documents level by level, test_ compares the pairs, and the CTEs level_10 to level_0 count them
-- from the leaves to the root: a pair is contained if every part of its inner value is contained in some part of the outer.
-- The levels are written out, because a recursive CTE cannot aggregate over its own rows and a macro cannot call itself.
create or replace macro pg_contains_nested(a, b) as (
    with recursive walk_ as (
        select 0 as depth, '' as place, '' as owner, '' as key, cast(a as json) as outer_value, cast(b as json) as inner_value
        union all
        select walk_.depth + 1, walk_.place || '/' || pair_.key || ':' || cast(pair_.place as varchar), walk_.place,
            pair_.key, pair_.outer_value, pair_.inner_value
        from walk_, lateral (select unnest(pg_contained_pairs(walk_.outer_value, walk_.inner_value), recursive := true)) as pair_
        where json_type(walk_.outer_value) = json_type(walk_.inner_value) and walk_.depth < 10
    ),
    test_ as (
        select depth, place, owner, key,
            case json_type(inner_value)
                when 'OBJECT' then len(json_keys(inner_value)) when 'ARRAY' then json_array_length(inner_value) else 0
            end as parts
        from walk_
        where case
            when json_type(inner_value) in ('ARRAY', 'OBJECT') then json_type(outer_value) = json_type(inner_value)
            else pg_equal_scalar(outer_value, inner_value)
        end
    ),
    level_10 as (
        select owner, key from test_
        where depth = 10 and case when parts > 0 then error('@> compares documents up to 10 levels deep.') else true end
    ),
    level_9 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_10 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 9 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_8 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_9 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 8 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_7 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_8 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 7 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_6 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_7 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 6 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_5 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_6 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 5 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_4 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_5 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 4 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_3 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_4 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 3 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_2 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_3 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 2 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_1 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_2 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 1 and test_.parts = coalesce(counts_.count_, 0)
    ),
    level_0 as (
        select test_.owner, test_.key from test_
        left join (select owner, count(distinct key) as count_ from level_1 group by owner) as counts_ on counts_.owner = test_.place
        where test_.depth = 0 and test_.parts = coalesce(counts_.count_, 0)
    )
    select count(*) > 0 from level_0
);

create or replace macro pg_contains(a, b) as
    case
        when a is null or b is null then null
        when json_type(b) = 'ARRAY' and pg_is_plain_array(b)
            then json_type(a) = 'ARRAY' and list_has_all(cast(json_extract(a, '$[*]') as json[]), cast(json_extract(b, '$[*]') as json[]))
        when json_type(b) not in ('ARRAY', 'OBJECT') and json_type(a) = 'ARRAY'
            then len(list_filter(cast(json_extract(a, '$[*]') as json[]), lambda element_: pg_equal_scalar(element_, b))) > 0
        -- DuckDB evaluates a subquery for every row, whatever the branch of CASE: NULL spares the rows that need none.
        else pg_contains_nested(
            case when json_type(b) = 'ARRAY' and pg_is_plain_array(b) then null else a end,
            case when json_type(b) = 'ARRAY' and pg_is_plain_array(b) then null else b end
        )
    end
