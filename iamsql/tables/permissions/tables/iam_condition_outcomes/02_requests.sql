-- One request for each combination of values, and the statements that match it.

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
