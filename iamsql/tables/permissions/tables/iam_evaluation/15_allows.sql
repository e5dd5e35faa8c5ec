-- The statements that match some request, and whether they allow every request of a policy type.

-- The statements that match some request. If conditions remain, `conditional_id` is the number of the statement in
-- open_conditions. A list for each statement would take much memory.
effective_statements as materialized (
    select
        s.question, s.scope_id, s.policy_type, s.label, s.effect, cast(null as bigint) as conditional_id
    from applicable_statements as s where s.is_plain
    union all
    select
        s.question, s.scope_id, s.policy_type, s.label, s.effect,
        case when len(o.conditions) > 0 then s.conditional_id end
    from resolved_statements as s left join open_conditions as o using (conditional_id)
    where coalesce(o.may_hold, true)
),

-- Whether each policy type allows some request (`may_allow`), or every request (`allows`).
policy_type_allows as materialized (
    select
        s.question, s.scope_id, s.policy_type,
        bool_or(s.effect = 'Allow') as may_allow,
        bool_or(s.effect = 'Allow' and s.conditional_id is null) as allows
    from effective_statements as s
    group by all
),
