-- The statements that match only some requests, with policy variables replaced by values.

-- The applicable statements that match only some requests, with their conditions. A grant to one session is also a condition, as
-- is the disputed limit by the boundary.
conditional_statements as materialized (
    select
        row_number() over () as conditional_id, r.question, r.scope_id, r.policy_type, r.label, s.effect, q.resource,
        s.has_variables, s.resources, s.not_resources, s.conditions || case when r.sessions is null then [] else [{
            'operator': 'stringequals', 'qualifier': cast(null as varchar), 'if_exists': false, 'key': 'aws:userid',
            'original_key': 'the role session name', 'values': r.sessions
        }] end || case when r.disputed is null then [] else [{
            'operator': 'bool', 'qualifier': cast(null as varchar), 'if_exists': false, 'key': r.policy_type || '~disputed',
            'original_key': case r.disputed
                when 'trust'
                    then 'whether the boundary limits what a trust policy grants to a user (the pages of the IAM User Guide differ)'
                else concat(
                    'whether the ', case r.policy_type when 'session' then 'session policy' else 'boundary' end,
                    ' limits what a resource policy grants to everyone (the IAM User Guide does not say)'
                )
            end,
            'values': ['true']
        }] end as conditions, f.facts
    from applicable_statements as r
    join action_statements as s on s.statement_id = r.statement_id
    join numbered_questions as q on q.question = r.question
    join (
        select o.subject_id as scope_id, o.facts from principal_facts as o
        union all
        select g.scope_id, g.facts from organization_scopes as g
    ) as f on f.scope_id = r.scope_id
    where not r.is_plain
),

-- The policy variables of a statement's resources and conditions.
statement_variables as materialized (
    select s.conditional_id, s.question, s.facts, s.resource, iam_variables(array_to_string(
        coalesce(s.resources, s.not_resources, []) || flatten([condition_."values" for condition_ in s.conditions]), ' '
    )) as names
    from conditional_statements as s where s.has_variables
),

-- The value of each variable, in the order of the names.
variable_values as materialized (
    select v.conditional_id, v.names, [
        iam_request_value(q.context, q.has_tags, v.facts, name_, v.resource) for name_ in v.names
    ] as variable_values
    from statement_variables as v join numbered_questions as q on q.question = v.question
),

-- The statements with their variables replaced by values, if the resource matches. A variable that depends on the request becomes
-- a condition on the variable's key.
resolved_statements as materialized (
    select s.* exclude (has_variables) from conditional_statements as s where not s.has_variables
    union all
    select
        s.* exclude (has_variables) replace (
            case when s.resources is not null then v.patterns end as resources,
            case when s.not_resources is not null then v.patterns end as not_resources,
            [{
                'operator': condition_.operator, 'qualifier': condition_.qualifier, 'if_exists': condition_.if_exists,
                'key': condition_.key, 'original_key': condition_.original_key,
                'values': [
                    iam_resolve_variables(value_, v.names, v.variable_values, false) for value_ in condition_."values"
                ]
            } for condition_ in s.conditions] || [{
                'operator': 'stringequals', 'qualifier': cast(null as varchar), 'if_exists': false,
                'key': iam_variable_key(v.names[place_]), 'original_key': v.names[place_], 'values': ['what the resource names']
            } for place_ in range(1, len(v.names) + 1)
                if v.variable_values[place_].free and contains(array_to_string(s.resources, ' '), v.names[place_])] as conditions)
    from conditional_statements as s
    join (
        select n.*, [
            iam_resolve_variables(pattern_, n.names, n.variable_values, false) for pattern_ in coalesce(o.resources, o.not_resources)
        ] as patterns
        from variable_values as n join conditional_statements as o using (conditional_id)
    ) as v using (conditional_id)
    where
        (s.resources is null and s.not_resources is null)
        or iam_is_any_resource(s.resource)
        or (s.resources is not null) = (len([
            1 for pattern_ in coalesce(s.resources, s.not_resources)
            if s.resource like iam_resolve_variables(pattern_, v.names, v.variable_values, true) escape '\'
        ]) > 0)
),
