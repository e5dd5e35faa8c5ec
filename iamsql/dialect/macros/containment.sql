-- jsonb's @> where the right side is known only when the query runs.
create or replace macro pg_equal_scalar(a, b) as
    case
        when json_type(a) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')
            then json_type(b) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')
            and try_cast(json_extract_string(a, '$') as double) = try_cast(json_extract_string(b, '$') as double)
            and (json_type(a) = 'DOUBLE' or json_type(b) = 'DOUBLE'
                or try_cast(json_extract_string(a, '$') as hugeint) = try_cast(json_extract_string(b, '$') as hugeint))
        else json_type(a) = json_type(b) and cast(json_extract(a, '$') as varchar) = cast(json_extract(b, '$') as varchar)
    end;

create or replace macro pg_number_is(a, n) as
    json_type(a) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') and try_cast(json_extract_string(a, '$') as double) = n;

-- Each part of the right side with each part of the left that may hold it: the member of that key, or any element.
create or replace macro pg_pairs(a, b) as
    case json_type(b)
        when 'OBJECT' then list_transform(
            list_filter(json_keys(b), lambda key_: json_exists(a, pg_path(key_))),
            lambda key_: {
                'wish': key_, 'place': 0, 'held': json_extract(a, pg_path(key_)), 'wanted': json_extract(b, pg_path(key_))
            }
        )
        when 'ARRAY' then flatten(list_transform(
            cast(json_extract(b, '$[*]') as json[]),
            lambda item_, at_: list_transform(
                cast(json_extract(a, '$[*]') as json[]),
                lambda one_, place_: {'wish': cast(at_ as varchar), 'place': place_, 'held': one_, 'wanted': item_}
            )
        ))
    end;

create or replace macro pg_only_texts(x) as
    len(list_filter(cast(json_extract(x, '$[*]') as json[]), lambda text_: json_type(text_) not in ('VARCHAR', 'BOOLEAN', 'NULL'))) = 0;

-- What is wanted is followed down into what is held (walk_), tested there (test_), and counted on the way back up: a pair
-- holds when each part that is wanted is held by some part.
create or replace macro pg_walked(a, b) as (
    with recursive walk_ as (
        select 0 as depth, '' as place, '' as owner, '' as wish, cast(a as json) as held, cast(b as json) as wanted
        union all
        select walk_.depth + 1, walk_.place || '/' || pair_.wish || ':' || cast(pair_.place as varchar), walk_.place,
            pair_.wish, pair_.held, pair_.wanted
        from walk_, lateral (select unnest(pg_pairs(walk_.held, walk_.wanted), recursive := true)) as pair_
        where json_type(walk_.held) = json_type(walk_.wanted) and walk_.depth < 10
    ),
    test_ as (
        select depth, place, owner, wish,
            case json_type(wanted)
                when 'OBJECT' then len(json_keys(wanted)) when 'ARRAY' then json_array_length(wanted) else 0
            end as parts
        from walk_
        where case
            when json_type(wanted) in ('ARRAY', 'OBJECT') then json_type(held) = json_type(wanted)
            else pg_equal_scalar(held, wanted)
        end
    ),
    held_10 as (
        select owner, wish from test_
        where depth = 10 and case when parts > 0 then error('@> is not followed more than 10 levels deep.') else true end
    ),
    held_9 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_10 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 9 and test_.parts = coalesce(met_.met, 0)
    ),
    held_8 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_9 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 8 and test_.parts = coalesce(met_.met, 0)
    ),
    held_7 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_8 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 7 and test_.parts = coalesce(met_.met, 0)
    ),
    held_6 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_7 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 6 and test_.parts = coalesce(met_.met, 0)
    ),
    held_5 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_6 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 5 and test_.parts = coalesce(met_.met, 0)
    ),
    held_4 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_5 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 4 and test_.parts = coalesce(met_.met, 0)
    ),
    held_3 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_4 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 3 and test_.parts = coalesce(met_.met, 0)
    ),
    held_2 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_3 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 2 and test_.parts = coalesce(met_.met, 0)
    ),
    held_1 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_2 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 1 and test_.parts = coalesce(met_.met, 0)
    ),
    held_0 as (
        select test_.owner, test_.wish from test_
        left join (select owner, count(distinct wish) as met from held_1 group by owner) as met_ on met_.owner = test_.place
        where test_.depth = 0 and test_.parts = coalesce(met_.met, 0)
    )
    select count(*) > 0 from held_0
);

create or replace macro pg_contains(a, b) as
    case
        when a is null or b is null then null
        when json_type(b) = 'ARRAY' and pg_only_texts(b)
            then json_type(a) = 'ARRAY' and list_has_all(cast(json_extract(a, '$[*]') as json[]), cast(json_extract(b, '$[*]') as json[]))
        when json_type(b) not in ('ARRAY', 'OBJECT') and json_type(a) = 'ARRAY'
            then len(list_filter(cast(json_extract(a, '$[*]') as json[]), lambda bare_: pg_equal_scalar(bare_, b))) > 0
        else pg_walked(
            case when json_type(b) = 'ARRAY' and pg_only_texts(b) then null else a end,
            case when json_type(b) = 'ARRAY' and pg_only_texts(b) then null else b end
        )
    end
