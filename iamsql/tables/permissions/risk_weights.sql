-- Returns the points that each fact about a user, key, root user or role adds to its risk score of 0 to 10 (iam_risk_weights).
-- `changes` is a JSON object of other points by factor and level, such as {"mfa.none": 4}. An unknown name is an error.
create or replace macro iam_risk_points(changes) as table
select
    w.factor, w.level,
    case
        when n.unknown_names <> ''
            then error(concat('weights: there is no ', n.unknown_names, '; iamsql query risk_weights lists the names'))
        else coalesce(
            cast(json_extract_string(n.changed_points, key_pointer(concat(w.factor, '.', w.level))) as double),
            cast(w.points as double)
        )
    end as points,
    w.reason, w.about
from iam_risk_weights() as w
cross join (
    select
        g.changed_points,
        array_to_string([name_ for name_ in json_keys(g.changed_points) if not list_contains(g.names, name_)], ', ') as unknown_names
    from (
        select cast(changes as json) as changed_points, k.names
        from (select list(concat(e.factor, '.', e.level)) as names from iam_risk_weights() as e) as k
    ) as g
) as n;
