-- Returns the IAM actions that each list of action patterns matches. `patterns` is a list of {'pattern', 'likes', 'is_action'}:
-- `pattern` identifies the list, and `is_action` is false for NotAction. `catalog` is a list of {'number', 'action', 'service'},
-- which numbers the actions.
-- returns: pattern BIGINT, number BIGINT
create or replace macro iam_pattern_actions(patterns, catalog) as table
with lists as materialized (
    select l.item.pattern as pattern, l.item.likes as likes, l.item.is_action as is_action
    from (select unnest(cast(patterns as struct("pattern" bigint, likes varchar[], is_action boolean)[])) as item) as l
),

actions as materialized (
    select c.item."number" as number, c.item."action" as action, c.item.service as service
    from (select unnest(cast(catalog as struct("number" bigint, "action" varchar, service varchar)[])) as item) as c
),

-- The pattern of one service is compared with the actions of that service.
elements as materialized (
    select e.pattern, e.element, split_part(e.element, ':', 1) as service
    from (select l.pattern, unnest(l.likes) as element from lists as l where l.is_action) as e
)

select e.pattern, a.number
from elements as e
inner join actions as a on a.service = e.service and a.action like e.element escape '\'
union
select e.pattern, a.number
from elements as e
inner join actions as a on regexp_matches(e.service, '[%_\\]') and a.action like e.element escape '\'
union all
select l.pattern, a.number
from lists as l
cross join actions as a
where not l.is_action and iam_matches_action(l.likes, false, a.action);
