-- Scalar macros for values that a JSON path cannot express, so a run file returns the same values in every DuckDB client.
--
-- DuckDB 1.2 and 2.0 have no lambda syntax in common, so the macros use list comprehensions. The names of their variables end with
-- an underscore, so a variable does not hide a column in an argument of the macro.
-- `[… for x_ in [expression]][1]` names an expression that is used more than once. list_aggr joins nested lists. array_to_string
-- is a macro that repeats its list, and would double the expression that DuckDB plans with each level.

-- Returns the JSON value of a policy document. A JSON string is parsed again, after URL decoding if it is encoded.
create or replace macro document(policy) as
    [
        case when json_type(parsed_) = 'VARCHAR' then try_cast(
            case
                when json_extract_string(parsed_, '$') like '\%7B%' escape '\'
                    then url_decode(json_extract_string(parsed_, '$'))
                else json_extract_string(parsed_, '$')
            end as json
        ) else parsed_ end
        for parsed_ in [try_cast(policy as json)]
    ][1];

-- Returns the JSON pointer of a key, with special characters escaped.
create or replace macro key_pointer(key) as '/' || replace(replace(key, '~', '~0'), '/', '~1');

-- Returns the keys of an object in the order of PostgreSQL's jsonb: by length in bytes, then by bytes.
create or replace macro sorted_keys(names) as
    [
        sized_.name for sized_ in
        list_sort([{'size': strlen(name_), 'name': name_} for name_ in list_distinct(names)], 'ASC')
    ];

-- Returns an array or a single value as a list of strings; NULL for no value and for an empty array.
create or replace macro text_list(value) as
    case when json_type(value) = 'ARRAY' then
        case when json_array_length(value) > 0 then cast(json_extract_string(value, '$[*]') as varchar[]) end
    when json_type(value) <> 'NULL' then [json_extract_string(value, '$')] end;

-- Returns the keys of an object; NULL for an empty object and for other values. A CASE around a list comprehension would evaluate
-- it twice.
create or replace macro some_keys(value) as
    case when json_type(value) = 'OBJECT' and cast(value as varchar) <> '{}' then json_keys(value) end;

-- Returns the elements of a list. The cast is necessary for a constant NULL: DuckDB otherwise binds the path as a single value.
create or replace macro elements(list) as cast(json_extract(try_cast(list as json), '$[*]') as json[]);

create or replace macro text_set(strings) as cast(to_json(list_sort(list_distinct(strings), 'ASC')) as varchar);

create or replace macro quoted(string) as cast(to_json(string) as varchar);

-- Returns a member of a statement as `"Name":[…]`, or NULL if the member is absent or empty.
create or replace macro member_set(name, strings) as '"' || name || '":' || text_set(strings);

create or replace macro member_text(name, string) as case when string <> '' then '"' || name || '":' || quoted(string) end;

-- Returns the principals of a statement as a member. An empty list stays: it matches nobody, and a statement without the member
-- has another meaning.
create or replace macro member_principal(name, principal) as
    '"' || name || '":{' || coalesce(
        list_aggr([
            quoted(kind_) || ':' || coalesce(text_set(text_list(json_extract(principal, key_pointer(kind_)))), '[]')
            for kind_ in sorted_keys(some_keys(principal))
        ], 'string_agg', ','),
        case when json_type(principal) in ('VARCHAR', 'ARRAY') then '"AWS":' || text_set(text_list(principal)) end
    ) || '}';

-- Returns the condition keys and values of an operator. Keys that differ only in case become one key with all values.
create or replace macro condition_keys_std(condition_keys) as
    '{' || coalesce(list_aggr([
        quoted(lowercase_key_) || ':' || coalesce(text_set(flatten([
            text_list(json_extract(condition_keys, key_pointer(written_key_))) for written_key_ in json_keys(condition_keys)
            if lower(written_key_) = lowercase_key_
        ])), '[]')
        for lowercase_key_ in sorted_keys([lower(name_) for name_ in json_keys(condition_keys)])
    ], 'string_agg', ','), '') || '}';

create or replace macro member_condition(conditions) as
    '"Condition":{' || list_aggr([
        quoted(operator_) || ':' || condition_keys_std(json_extract(conditions, key_pointer(operator_)))
        for operator_ in sorted_keys(some_keys(conditions))
    ], 'string_agg', ',') || '}';

create or replace macro statement_std(statement) as
    case when json_type(statement) = 'OBJECT' then '{' end || concat_ws(
        ',', member_text('Sid', json_extract_string(statement, '$.Sid')),
        member_set('Action', [lower(action_) for action_ in text_list(json_extract(statement, '$.Action'))]),
        member_text('Effect', json_extract_string(statement, '$.Effect')),
        member_set('Resource', text_list(json_extract(statement, '$.Resource'))),
        member_condition(json_extract(statement, '$.Condition')),
        member_set('NotAction', [lower(not_action_) for not_action_ in text_list(json_extract(statement, '$.NotAction'))]),
        member_principal('Principal', json_extract(statement, '$.Principal')),
        member_set('NotResource', text_list(json_extract(statement, '$.NotResource'))),
        member_principal('NotPrincipal', json_extract(statement, '$.NotPrincipal'))
    ) || '}';

-- Returns the statements of a policy. A single statement need not be in an array. The result is NULL for other values.
create or replace macro statement_list(policy) as
    case when json_type(policy) = 'OBJECT' then
        case json_type(json_extract(policy, '$.Statement'))
            when 'ARRAY' then elements(json_extract(policy, '$.Statement'))
            when 'OBJECT' then [json_extract(policy, '$.Statement')]
            else cast([] as json[])
        end
    end;

-- Returns the first duplicate key of an object in a policy document, or NULL. Principals, conditions and their operators are
-- objects too. With `folds`, keys are compared without regard to case.
create or replace macro repeated_key(policy, folds) as
    [
        [
            key_ for key_ in keys_
            if len([1 for other_ in keys_ if other_ = key_ or folds and lower(other_) = lower(key_)]) > 1
        ][1]
        for keys_ in list_concat([json_keys(policy)], flatten([
            json_keys(statement_, ['$', '$.Principal', '$.NotPrincipal', '$.Condition'])
            || coalesce([
                json_keys(json_extract(statement_, '/Condition' || key_pointer(operator_)))
                for operator_ in some_keys(json_extract(statement_, '$.Condition'))
            ], [])
            for statement_ in statement_list(policy)
        ]))
        if len(keys_) <> len(list_distinct([case when folds then lower(key_) else key_ end for key_ in keys_]))
    ][1];

-- Returns the key that makes a policy document ambiguous: AWS does not document which of the values counts. Condition keys and
-- operators are not case-sensitive. Whether other keys are is not documented.
create or replace macro duplicate_key(policy) as repeated_key(policy, true);

-- Returns the ID of a policy document; NULL for a document with a duplicate key, which is not evaluated.
create or replace macro policy_document_id(policy) as
    case when duplicate_key(policy) is null then md5(cast(policy as varchar)) end;

create or replace macro standard(policy) as
    cast(
        '{' || concat_ws(
            '', member_text('Id', json_extract_string(policy, '$.Id')) || ',',
            member_text('Version', json_extract_string(policy, '$.Version')) || ','
        )
        || '"Statement":[' || coalesce(
            list_aggr([statement_std(statement_) for statement_ in statement_list(policy)], 'string_agg', ','),
            case when json_type(policy) = 'OBJECT' then '' end
        ) || ']}' as json
    );

-- Returns a policy in canonical form: equal policies are equal strings. The result is NULL for other values. A document with a
-- duplicate key stays as it is, because its canonical form would have only one of the values.
create or replace macro policy_std(policy) as
    [
        case when repeated_key(document_, false) is null then standard(document_) else cast(document_ as varchar) end
        for document_ in [document(policy)]
    ][1];

-- Returns the value; NULL for an absent or empty list or map.
create or replace macro empty_null(list) as
    case when cast(try_cast(list as json) as varchar) not in ('[]', '{}', 'null') then try_cast(list as json) end;

create or replace macro inline(list) as empty_null(list);

-- Tags as an object. If a key occurs twice, the later value applies.
create or replace macro member_texts(list, member) as
    list_reverse([json_extract_string(pair_, '$.' || member) for pair_ in elements(list)]);

create or replace macro tag_map(list) as
    cast('{' || array_to_string([
        quoted(tag_) || ':' || coalesce(
            quoted(member_texts(list, 'Value')[list_position(member_texts(list, 'Key'), tag_)]), 'null'
        )
        for tag_ in sorted_keys(
            case when json_array_length(try_cast(list as json)) > 0 then member_texts(list, 'Key') end
        )
    ], ',') || '}' as json);

create or replace macro pluck(list, member) as
    case when json_array_length(try_cast(list as json)) > 0 then
        to_json(json_extract(try_cast(list as json), '$[*]."' || member || '"')) end;

-- Returns a value of the credential report; NULL for the strings that mean no value.
create or replace macro report_text(value) as
    case when value not in ('N/A', 'no_information', 'not_supported', '') then value end;

create or replace macro report_bool(value) as case lower(value) when 'true' then true when 'false' then false end;

-- Returns a time of the credential report. A time without a time zone is UTC, regardless of the time zone of the client.
create or replace macro report_time(value) as
    case when regexp_matches(value, '^\d{4}-\d\d-\d\d') then try_cast(
        case
            when length(value) = 10 then value || ' 00:00:00+00'
            when regexp_matches(value, ':\d\d(\.\d+)? ?(Z|[+-]\d\d(:?\d\d)?)$') then value
            else value || '+00'
        end as timestamptz
    ) end;

-- Returns the number of days from `since` to `till`, rounded down. It is negative if `till` is earlier.
create or replace macro days_between(since, till) as
    cast(floor((extract(epoch from till) - extract(epoch from since)) / 86400) as bigint);

-- Returns a number of days as text.
create or replace macro in_days(days) as concat(days, case when days = 1 then ' day' else ' days' end);
