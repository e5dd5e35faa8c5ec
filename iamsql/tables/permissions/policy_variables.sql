-- Returns the policy variables in a string, ${key} or ${key, 'default'}, as written between the braces.
create or replace macro iam_variables(text) as list_distinct(regexp_extract_all(text, '\$\{([^}]*)\}', 1));

create or replace macro iam_variable_key(variable) as lower(trim(split_part(variable, ',', 1)));

create or replace macro iam_variable_default(variable) as
    case when contains(variable, ',') then
        trim(trim(array_to_string(string_split(variable, ',')[2:], ',')), '''')
    end;

-- Returns the value of a policy variable, or NULL for a variable without a value and default. `free`: the value depends on the
-- request.
create or replace macro iam_variable_value(facts, variable, resource) as [
    case
        when variable in ('*', '?', '$') then {'value': variable, 'free': false}
        when iam_key_is_known(facts, '', key_, [], resource)
            then {'value': coalesce(iam_key_value(facts, key_, resource), iam_variable_default(variable)), 'free': false}
        else {'value': cast(null as varchar), 'free': true}
    end
    for key_ in [iam_variable_key(variable)]
][1];

-- Returns the value of a policy variable, which can come from the context of a question. `has_tags`: the context has all tags of
-- the resource.
create or replace macro iam_request_value(context, has_tags, facts, variable, resource) as [
    case
        when len(request_.entries) > 0
            then {'value': coalesce(request_.entries[1]."values"[1], iam_variable_default(variable)), 'free': false}
        when has_tags and iam_is_resource_tag(request_.key) then {'value': iam_variable_default(variable), 'free': false}
        else iam_variable_value(facts, variable, resource)
    end
    for request_ in [{
        'key': iam_variable_key(variable), 'entries': [entry_ for entry_ in context if entry_.key = iam_variable_key(variable)]
    }]
][1];

-- Returns a pattern with values instead of its variables. `literals` are the strings between the variables, and `variable_values`
-- has the values in the same order. The result is NULL if a variable has no value.
create or replace macro iam_join_pattern(literals, variable_values, as_like) as
    case when len([1 for variable_ in variable_values if variable_.value is null and not variable_.free]) = 0 then
        list_aggr([
            case when as_like then iam_like(literals[position_]) else literals[position_] end || case
                when position_ > len(variable_values) then ''
                when variable_values[position_].free then case when as_like then '%' else '${}' end
                when as_like then iam_literal(variable_values[position_].value)
                else variable_values[position_].value
            end for position_ in range(1, len(literals) + 1)
        ], 'string_agg', '')
    end;

-- Returns a pattern with its variables resolved. `names` and `variable_values` have the same order. If a variable has no value,
-- the result is NULL, which matches nothing. With `as_like` the result is a LIKE pattern, and a variable that depends on the
-- request is a wildcard.
create or replace macro iam_resolve_variables(pattern, names, variable_values, as_like) as [
    iam_join_pattern(parts_.literals, parts_.variable_values, as_like) for parts_ in [{
        'literals': string_split_regex(pattern, '\$\{[^}]*\}'),
        'variable_values': [
            variable_values[list_position(names, variable_)]
            for variable_ in regexp_extract_all(pattern, '\$\{([^}]*)\}', 1)
        ]
    }]
][1];
