-- The values that need more than a path, as scalar macros, so that a run file answers alike in every DuckDB client.
--
-- List comprehensions stand for lambdas, because DuckDB 1.2 and 2.0 share no other spelling of them. Their variables
-- carry an underscore: a lambda's variable would hide a column of that name in a macro's argument.
-- `[… for x_ in [expression]][1]` names an expression that is used more than once.

-- The JSON value of a document; one that is a string is read once more, URL-encoded or not.
create or replace macro document(doc) as
    [
        case when json_type(read_) = 'VARCHAR' then try_cast(
            case
                when json_extract_string(read_, '$') like '\%7B%' escape '\'
                    then url_decode(json_extract_string(read_, '$'))
                else json_extract_string(read_, '$')
            end as json
        ) else read_ end
        for read_ in [try_cast(doc as json)]
    ][1];

-- The JSON pointer of a key, whatever letters it has.
create or replace macro key_pointer(k) as '/' || replace(replace(k, '~', '~0'), '/', '~1');

-- The keys of an object in jsonb's order: by length in bytes, then by bytes.
create or replace macro sorted_keys(names) as
    [
        sized_.name for sized_ in
        list_sort([{'size': strlen(name_), 'name': name_} for name_ in list_distinct(names)], 'ASC')
    ];

-- A value as a list of texts, an array's elements or the value alone; NULL for nothing and for an empty array.
create or replace macro text_list(v) as
    case when json_type(v) = 'ARRAY' then
        case when json_array_length(v) > 0 then cast(json_extract_string(v, '$[*]') as varchar[]) end
    when json_type(v) <> 'NULL' then [json_extract_string(v, '$')] end;

-- The keys of an object that has some, else NULL. (A CASE around a list comprehension would work it out twice.)
create or replace macro some_keys(v) as
    case when json_type(v) = 'OBJECT' and cast(v as varchar) <> '{}' then json_keys(v) end;

-- The elements of a list. DuckDB binds the path of a constant NULL as no list, hence the cast.
create or replace macro elements(list) as cast(json_extract(try_cast(list as json), '$[*]') as json[]);

create or replace macro text_set(texts) as cast(to_json(list_sort(list_distinct(texts), 'ASC')) as varchar);

create or replace macro quoted(t) as cast(to_json(t) as varchar);

-- A member of a statement as `"Name":[…]`, or NULL when it is absent or empty.
create or replace macro member_set(name, texts) as '"' || name || '":' || text_set(texts);

create or replace macro member_text(name, t) as case when t <> '' then '"' || name || '":' || quoted(t) end;

-- Who a statement speaks of. An empty list stays: it means nobody, and leaving it out would mean another thing.
create or replace macro member_principal(name, principal) as
    '"' || name || '":{' || coalesce(
        array_to_string([
            quoted(kind_) || ':' || coalesce(text_set(text_list(json_extract(principal, key_pointer(kind_)))), '[]')
            for kind_ in sorted_keys(some_keys(principal))
        ], ','),
        case when json_type(principal) in ('VARCHAR', 'ARRAY') then '"AWS":' || text_set(text_list(principal)) end
    ) || '}';

-- One operator's keys and values; keys that differ by case alone are one key with the values of all.
create or replace macro condition_keys_std(wanted) as
    '{' || coalesce(array_to_string([
        quoted(lower_) || ':' || coalesce(text_set(flatten([
            text_list(json_extract(wanted, key_pointer(spelt_))) for spelt_ in json_keys(wanted)
            if lower(spelt_) = lower_
        ])), '[]')
        for lower_ in sorted_keys([lower(given_) for given_ in json_keys(wanted)])
    ], ','), '') || '}';

create or replace macro member_condition(conditions) as
    '"Condition":{' || array_to_string([
        quoted(operator_) || ':' || condition_keys_std(json_extract(conditions, key_pointer(operator_)))
        for operator_ in sorted_keys(some_keys(conditions))
    ], ',') || '}';

create or replace macro statement_std(statement) as
    case when json_type(statement) = 'OBJECT' then '{' end || concat_ws(
        ',', member_text('Sid', json_extract_string(statement, '$.Sid')),
        member_set('Action', [lower(action_) for action_ in text_list(json_extract(statement, '$.Action'))]),
        member_text('Effect', json_extract_string(statement, '$.Effect')),
        member_set('Resource', text_list(json_extract(statement, '$.Resource'))),
        member_condition(json_extract(statement, '$.Condition')),
        member_set('NotAction', [lower(spared_) for spared_ in text_list(json_extract(statement, '$.NotAction'))]),
        member_principal('Principal', json_extract(statement, '$.Principal')),
        member_set('NotResource', text_list(json_extract(statement, '$.NotResource'))),
        member_principal('NotPrincipal', json_extract(statement, '$.NotPrincipal'))
    ) || '}';

-- The statements of a policy, of which one need not be in an array; NULL for what is no policy.
create or replace macro statement_list(policy) as
    case when json_type(policy) = 'OBJECT' then
        case json_type(json_extract(policy, '$.Statement'))
            when 'ARRAY' then elements(json_extract(policy, '$.Statement'))
            when 'OBJECT' then [json_extract(policy, '$.Statement')]
            else cast([] as json[])
        end
    end;

create or replace macro standard(policy) as
    cast(
        '{' || concat_ws(
            '', member_text('Id', json_extract_string(policy, '$.Id')) || ',',
            member_text('Version', json_extract_string(policy, '$.Version')) || ','
        )
        || '"Statement":[' || coalesce(
            array_to_string([statement_std(statement_) for statement_ in statement_list(policy)], ','),
            case when json_type(policy) = 'OBJECT' then '' end
        ) || ']}' as json
    );

-- A policy in the one spelling in which equal policies are equal texts; NULL for what is no policy.
create or replace macro policy_std(doc) as standard(document(doc));

-- NULL for an absent or empty list or map, else the value as it is.
create or replace macro empty_null(list) as
    case when cast(try_cast(list as json) as varchar) not in ('[]', '{}', 'null') then try_cast(list as json) end;

create or replace macro inline(list) as empty_null(list);

-- Tags as one object; of two tags with one key the later counts.
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

create or replace macro default_version_document(versions, default_id) as
    coalesce(
        [
            json_extract(version_, '$.Document') for version_ in elements(versions)
            if json_extract_string(version_, '$.IsDefaultVersion') = 'true'
        ][1],
        [
            json_extract(version_, '$.Document') for version_ in elements(versions)
            if json_extract_string(version_, '$.VersionId') = default_id
        ][1]
    );

-- The credential report's words for "nothing here".
create or replace macro report_text(t) as
    case when t not in ('N/A', 'no_information', 'not_supported', '') then t end;

create or replace macro report_bool(t) as case lower(t) when 'true' then true when 'false' then false end;

-- A time without a zone is UTC, in whatever zone the client is.
create or replace macro report_time(t) as
    case when regexp_matches(t, '^\d{4}-\d\d-\d\d') then try_cast(
        case
            when length(t) = 10 then t || ' 00:00:00+00'
            when regexp_matches(t, ':\d\d(\.\d+)? ?(Z|[+-]\d\d(:?\d\d)?)$') then t
            else t || '+00'
        end as timestamptz
    ) end;
